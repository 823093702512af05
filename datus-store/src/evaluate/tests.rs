mod differences;

use super::{Evaluation, Question, Report, measure};
use crate::ErrorKind;

/// Returns `true` if two numbers are equal up to rounding.
fn close(left: f64, right: f64) -> bool {
    (left - right).abs() < 1e-12
}

#[test]
fn recall_is_the_fraction_of_relevant_keys_that_are_found() {
    let grades = [0, 1, 0, 2, 1];
    let at = |k| measure::recall_at(&grades, 4, k);
    assert_eq!([at(0), at(1), at(2), at(4), at(5), at(100)], [0.0, 0.0, 0.25, 0.5, 0.75, 0.75]);
    assert_eq!(measure::recall_at(&[1, 1, 1], 3, 2), 2.0 / 3.0, "a fraction of all relevant keys");
    assert_eq!(measure::recall_at(&[], 3, 10), 0.0);
    assert_eq!(measure::recall_at(&[0], 0, 10), 0.0);
}

#[test]
fn the_reciprocal_rank_is_that_of_the_first_relevant_answer() {
    let of = |grades: &[u32], k| measure::reciprocal_rank_at(grades, k);
    assert_eq!([of(&[1, 0], 5), of(&[0, 3, 1], 5), of(&[0, 0, 0, 0, 1], 5)], [1.0, 0.5, 0.2]);
    assert_eq!([of(&[0, 0, 0, 0, 0, 1], 5), of(&[0], 5), of(&[], 5)], [0.0; 3]);
}

/// The expected values are those of scikit-learn 1.9.1 for the example in its documentation with relevance 10, 0, 0, 1, 5:
/// `ndcg_score([[10, 0, 0, 1, 5]], scores)` for the scores .1, .2, .3, 4, 70, and .05, 1.1, 1, .5, 0 (the latter also with
/// `k=4`).
#[test]
fn ndcg_equals_that_of_scikit_learn() {
    let relevant = [10, 1, 5];
    assert!(close(measure::ndcg_at(&[5, 1, 0, 0, 10], &relevant, 5), 0.695_694_044_381_307_6));
    assert!(close(measure::ndcg_at(&[0, 0, 1, 10, 5], &relevant, 5), 0.493_680_191_377_376));
    assert!(close(measure::ndcg_at(&[0, 0, 1, 10, 5], &relevant, 4), 0.352_024_110_063_448_8));
}

/// The ranking of six documents with grades 3, 2, 3, 0, 1, 2 has a DCG of 6.861, and the ideal DCG is 7.141. Wikipedia's
/// article on the measure, which cites Järvelin and Kekäläinen, derives these values.
#[test]
fn ndcg_equals_a_calculation_by_hand() {
    let grades = [3, 2, 3, 0, 1, 2];
    let dcg = 3.0 + 1.262 + 1.5 + 0.0 + 0.387 + 0.712;
    let ideal = 3.0 + 1.893 + 1.0 + 0.861 + 0.387 + 0.0;
    let ndcg = measure::ndcg_at(&grades, &grades, 6);
    assert!((ndcg - dcg / ideal).abs() < 5e-4, "{ndcg}");
    assert_eq!(measure::ndcg_at(&[3, 3, 2, 2, 1, 0], &grades, 6), 1.0);
    assert_eq!(measure::ndcg_at(&[0, 0], &grades, 6), 0.0);
    assert_eq!(measure::ndcg_at(&[1], &[], 6), 0.0);
}

/// Returns an evaluation with three questions: one has two relevant keys, one has a single relevant key, and one has grades.
fn evaluation() -> Evaluation {
    let questions = [
        Question::new("first", ["a", "b"]),
        Question::new("second", ["c"]),
        Question::graded("third", [("d", 3), ("e", 1), ("f", 0)]),
    ];
    Evaluation::new(questions).unwrap()
}

fn report() -> Report {
    let good = [vec!["a", "x", "b"], vec!["c"], vec!["e", "d"]];
    let poor = [vec!["x", "y", "a"], vec![], vec!["f", "x", "d"]];
    evaluation().at([3, 1]).run("good", good).unwrap().run("poor & <plain>", poor).unwrap().report()
}

#[test]
fn measures_are_means_over_all_questions() {
    let report = report();
    assert!(close(report.recall("good", 1).unwrap(), (0.5 + 1.0 + 0.5) / 3.0));
    assert!(close(report.recall("good", 3).unwrap(), 1.0));
    assert!(close(report.mrr("good", 3).unwrap(), 1.0));
    let log3 = 3_f64.log2();
    let first = (1.0 + 1.0 / 2.0) / (1.0 + 1.0 / log3);
    let third = (1.0 + 3.0 / log3) / (3.0 + 1.0 / log3);
    assert!(close(report.ndcg("good", 3).unwrap(), (first + 1.0 + third) / 3.0));
    assert!(close(report.recall("poor & <plain>", 3).unwrap(), (0.5 + 0.0 + 0.5) / 3.0));
    assert!(close(report.mrr("poor & <plain>", 3).unwrap(), (1.0 / 3.0 + 0.0 + 1.0 / 3.0) / 3.0));
    assert_eq!((report.recall("else", 3), report.mrr("else", 3), report.ndcg("else", 3)), (None, None, None));
}

#[test]
fn the_worst_answers_come_first() {
    let report = report();
    let worst = report.worst("poor & <plain>", 3);
    let recalls: Vec<(&str, f64)> =
        worst.iter().map(|asked| (asked.question.text.as_str(), asked.recall)).collect();
    assert_eq!(recalls, [("second", 0.0), ("first", 0.5), ("third", 0.5)]);
    assert_eq!(worst[1].answer, ["x", "y", "a"]);
    assert!(report.worst("else", 3).is_empty());
}

#[test]
fn the_chart_is_xml_with_a_bar_for_each_measure_of_each_run() {
    let svg = report().to_svg();
    assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\"") && svg.ends_with("</svg>\n"));
    assert_eq!(svg.matches("</title></rect>").count(), 8);
    assert!(
        svg.contains("recall@1 of good: 0.667") && svg.contains("nDCG@3 of poor &amp; &lt;plain&gt;: 0.240")
    );
    assert!(!svg.contains("<plain>") && !svg.contains("NaN"));
    let opened = svg.matches('<').count() - svg.matches("</").count() - svg.matches("/>").count();
    assert_eq!(opened, svg.matches("</").count(), "every element is closed");
}

#[test]
fn invalid_input_is_an_error_with_a_remedy() {
    let message = |result: crate::Result<Evaluation>| {
        let error = result.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("evaluate")));
        format!("{}: {}", error.message(), error.help().unwrap_or_default())
    };
    assert_eq!(message(Evaluation::new([])), "there are no questions: pass at least one");
    let none = Question::graded("who?", [("a", 0)]);
    assert!(
        message(Evaluation::new([none])).starts_with("the question \"who?\" has no relevant key: add a key")
    );
    let empty: [Vec<String>; 3] = Default::default();
    let twice = evaluation().run("a", empty.clone()).unwrap().run("a", empty);
    assert_eq!(message(twice), "there are two runs \"a\": give each run its own name");
    let few = evaluation().run("a", [vec!["a"]]);
    assert!(
        message(few)
            .starts_with("expected 3 results in run \"a\", found 1: pass one result for each question")
    );
    let repeated = evaluation().run("a", [vec!["x", "y", "x"], vec![], vec![]]);
    assert!(
        message(repeated)
            .contains("contains the key \"x\" twice for the question \"first\": pass each key once")
    );
}

#[test]
fn keys_of_any_type_are_compared_as_text() {
    let questions = [Question::new("one", [1, 2]), Question::new("two", [2, 3])];
    let evaluation = Evaluation::new(questions).unwrap();
    assert_eq!(evaluation.keys().collect::<Vec<_>>(), ["1", "2", "3"]);
    let report = evaluation.run("ids", [vec![2_u64], vec![1, 3]]).unwrap().report();
    assert_eq!(report.recall("ids", 10), Some(0.5));
}

#[test]
fn questions_are_read_from_a_list_of_keys_or_a_map_of_grades() {
    let read = |json| serde_json::from_str::<Question>(json);
    let plain = read(r#"{"text": "a?", "relevant": ["x", "y"]}"#).unwrap();
    assert_eq!(plain, Question::new("a?", ["x", "y"]));
    let graded = read(r#"{"text": "a?", "relevant": {"x": 3, "y": 1}}"#).unwrap();
    assert_eq!(graded, Question::graded("a?", [("x", 3), ("y", 1)]));
    let written = serde_json::to_string(&graded).unwrap();
    assert_eq!(read(&written).unwrap(), graded);
    let error = read(r#"{"text": "a?", "relevant": "x"}"#).unwrap_err();
    assert!(error.to_string().contains("a list of keys, or a map from keys to grades"), "{error}");
}

#[test]
fn an_assertion_passes_at_its_bound() {
    let report = report();
    crate::assert_recall!(report, "good", @1 >= 2.0 / 3.0);
    crate::assert_recall!(&report, "good", @3 >= report.recall("poor & <plain>", 3).unwrap(),);
}

#[test]
fn a_failed_assertion_shows_the_expected_and_the_found_keys() {
    let report = report();
    let message = report.recall_shortfall("poor & <plain>", 3, 0.9).unwrap();
    assert!(
        message.starts_with("recall@3 of \"poor & <plain>\" is 0.333, expected at least 0.9\n"),
        "{message}"
    );
    assert!(message.contains("\ngood             0.667 [.500, 1.00]"), "{message}");
    assert!(message.contains("\"second\"\n  expected [\"c\"]\n  found first []"), "{message}");
    assert!(
        message.contains("\"third\"\n  expected [\"d\", \"e\"]\n  found first [\"f\", \"x\", \"d\"]"),
        "{message}"
    );
    let unknown = report.recall_shortfall("hybird", 3, 0.9).unwrap();
    assert_eq!(unknown, "there is no run \"hybird\": the runs are [\"good\", \"poor & <plain>\"]");
    assert!(report.recall_shortfall("good", 3, f64::NAN).is_some());
}
