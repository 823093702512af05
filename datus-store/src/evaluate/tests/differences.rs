//! Confidence intervals and differences from a base run.

use super::close;
use crate::ErrorKind;
use crate::evaluate::{Evaluation, Measure, PairedDifference, Question, Report};

/// Returns a report on `questions` questions with one relevant key each. A run finds this key at rank 1 for the questions in
/// `from..to`, and not at all for the others.
fn hits(questions: usize, runs: &[(&str, usize, usize)]) -> Report {
    let mut evaluation =
        Evaluation::new((0..questions).map(|number| Question::new(format!("question {number}"), [number])))
            .unwrap();
    for (name, from, to) in runs {
        let answer = |number: usize| if (*from..*to).contains(&number) { vec![number] } else { vec![] };
        evaluation = evaluation.run(*name, (0..questions).map(answer)).unwrap();
    }
    evaluation.at([1]).report()
}

fn difference(report: &Report, run: &str) -> PairedDifference {
    report.difference(run, Measure::Recall(1)).unwrap()
}

#[test]
fn the_interval_of_a_measure_is_that_of_its_questions() {
    let report = hits(100, &[("half", 0, 50), ("all", 0, 100)]);
    let interval = report.interval("half", Measure::Recall(1)).unwrap();
    // 1.96 standard errors of a proportion of 0.5 over 100 questions are 0.098.
    assert!((interval.low - 0.402).abs() <= 0.015 && (interval.high - 0.598).abs() <= 0.015, "{interval}");
    assert!(interval.contains(report.value("half", Measure::Recall(1)).unwrap()));
    let interval = report.interval("all", Measure::Ndcg(1)).unwrap();
    assert_eq!((interval.low, interval.high), (1.0, 1.0));
    assert_eq!(report.interval("else", Measure::Mrr(1)), None);
}

/// If the differences on `n` questions have the same sign, 2 of the 2ⁿ assignments of signs have a mean as far from 0 as the
/// observed one.
#[test]
fn a_difference_on_few_questions_is_noise_and_on_more_it_is_not() {
    let report = hits(40, &[("base", 0, 0), ("five", 0, 5), ("six", 0, 6)]);
    let five = difference(&hits(40, &[("base", 0, 0), ("five", 0, 5)]), "five");
    assert_eq!((five.mean, five.p_value, five.is_significant()), (0.125, 2.0 / 32.0, false));
    let six = difference(&hits(40, &[("base", 0, 0), ("six", 0, 6)]), "six");
    assert_eq!((six.mean, six.p_value, six.is_significant()), (0.15, 2.0 / 64.0, true));
    assert!(six.interval.low > 0.0 && six.interval.contains(0.15), "{six:?}");
    // With two runs, the smaller p-value is doubled.
    assert_eq!(difference(&report, "six").p_value, 4.0 / 64.0);
    assert_eq!(difference(&report, "five").p_value, 4.0 / 64.0);
}

/// The runs differ on as many questions as in the test above, but their means are the same.
#[test]
fn runs_that_are_better_on_different_questions_do_not_differ() {
    let report = hits(40, &[("left", 0, 10), ("right", 10, 20)]);
    let right = difference(&report, "right");
    assert_eq!((right.mean, right.p_value), (0.0, 1.0));
    assert!(right.interval.low < -0.1 && right.interval.high > 0.1, "{right:?}");
}

#[test]
fn differences_are_paired_by_question() {
    // Both runs vary from question to question, but one is always a little better.
    let questions = || (0..30).map(|number| Question::new(format!("question {number}"), 0..10));
    let found = |number: usize| number % 9;
    let report = Evaluation::new(questions())
        .unwrap()
        .run("fewer", (0..30).map(|number| 0..found(number)))
        .unwrap()
        .run("more", (0..30).map(|number| 0..=found(number)))
        .unwrap()
        .report();
    let difference = report.difference("more", Measure::Recall(10)).unwrap();
    assert!(close(difference.mean, 0.1) && difference.p_value < 0.001, "{difference:?}");
    assert!(close(difference.interval.low, 0.1) && close(difference.interval.high, 0.1), "{difference:?}");
}

#[test]
fn the_base_is_the_first_run_or_the_one_that_is_named() {
    let runs = [("a", 0, 10), ("b", 0, 20), ("c", 0, 40)];
    let report = hits(40, &runs);
    assert_eq!(report.base(), Some("a"));
    assert_eq!(difference(&report, "c").mean, 0.75);
    assert_eq!(report.difference("a", Measure::Recall(1)), None);
    let report = report.against("c").unwrap();
    assert_eq!((report.base(), difference(&report, "a").mean), (Some("c"), -0.75));
    let all: Vec<(String, Measure)> =
        report.differences().into_iter().map(|difference| (difference.run, difference.measure)).collect();
    let measures = [Measure::Recall(1), Measure::Mrr(1), Measure::Ndcg(1)];
    let expected: Vec<(String, Measure)> =
        ["a", "b"].iter().flat_map(|run| measures.map(|measure| ((*run).to_owned(), measure))).collect();
    assert_eq!(all, expected);
    let error = hits(40, &runs).against("d").unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("evaluate")));
    assert_eq!(error.message(), "there is no run \"d\" to compare with");
    assert_eq!(error.help(), Some("name one of the runs [\"a\", \"b\", \"c\"]"));
}

#[test]
fn a_report_of_one_run_or_of_none_has_no_differences() {
    let report = hits(5, &[("only", 0, 5)]);
    assert!(report.differences().is_empty());
    let expected = "\
5 questions             recall@1                MRR@1               nDCG@1
only          1.000 [1.00, 1.00]   1.000 [1.00, 1.00]   1.000 [1.00, 1.00]

[ ] 95% interval over the questions (percentile bootstrap)";
    assert_eq!(report.to_string(), expected);
    let report = hits(5, &[]);
    assert_eq!((report.base(), report.differences().len()), (None, 0));
    assert!(report.against("only").is_err());
}

#[test]
fn the_tables_have_intervals_and_mark_what_is_more_than_noise() {
    let report = hits(60, &[("poor", 0, 30), ("good", 0, 54), ("alike", 1, 31)]);
    let expected = "\
60 questions             recall@1                MRR@1               nDCG@1
poor           0.500 [.367, .633]   0.500 [.367, .633]   0.500 [.367, .633]
good           0.900 [.833, .967]   0.900 [.833, .967]   0.900 [.833, .967]
alike          0.500 [.367, .633]   0.500 [.367, .633]   0.500 [.367, .633]

against poor             recall@1                MRR@1               nDCG@1
good          +.400 [+.28, +.52]*  +.400 [+.28, +.52]*  +.400 [+.28, +.52]*
alike         +.000 [-.05, +.05]   +.000 [-.05, +.05]   +.000 [-.05, +.05]

[ ] 95% interval over the questions (percentile bootstrap)
*   more than noise: p < 0.05 (paired randomization test, corrected for the number of runs)";
    assert_eq!(report.to_string(), expected);
    let three = super::report().to_string();
    assert!(!three.contains("]*"), "three questions show nothing: {three}");
}
