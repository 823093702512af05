use super::*;
use crate::record::{Col, ColumnPath, Handle};
use crate::rerank::{Siblings, Weighted};

fn database() -> Col<(), Option<String>> {
    Col::at(ColumnPath::column("database"))
}

/// Creates a candidate from the vector leg with a cosine, in a database.
fn row(cosine: f32, name: Option<&str>) -> Candidate {
    let row = candidate(Some((1, 1.0 - cosine)), None);
    row.with_value(database(), &name.map(str::to_owned)).unwrap()
}

/// Rows of two databases, and rows without a database. The relevances are 0.9, 0.6, 0.5, 0.1 and 0.
fn five() -> [Candidate; 5] {
    [
        row(0.9, Some("shop")),
        row(0.6, None),
        row(0.5, Some("school")),
        row(0.1, Some("shop")),
        row(0.0, Some("school")),
    ]
}

#[test]
fn the_best_row_of_a_group_raises_its_others() {
    let siblings = Siblings::by(database());
    let expected = [(0, 0.9 + 0.54), (1, 0.6 + 0.36), (2, 0.5 + 0.3), (3, 0.1 + 0.54), (4, 0.3)];
    assert_ranking(&rank(&siblings, &five()), &expected);
    let expected = [(0, 0.9 + 1.8), (3, 0.1 + 1.8), (1, 0.6 + 1.2), (2, 0.5 + 1.0), (4, 1.0)];
    assert_ranking(&rank(&siblings.with_weight(2.0), &five()), &expected);
}

#[test]
fn the_group_can_be_the_mean_of_its_best_rows() {
    let siblings = Siblings::by(database()).with_best(2);
    let expected = [(0, 0.9 + 0.3), (1, 0.6 + 0.36), (2, 0.5 + 0.15), (3, 0.1 + 0.3), (4, 0.15)];
    assert_ranking(&rank(&siblings, &five()), &expected);
    assert_eq!(
        rank(&Siblings::by(database()).with_best(0), &five()),
        rank(&Siblings::by(database()), &five())
    );
}

#[test]
fn a_row_without_a_group_has_no_siblings() {
    let rows = [row(0.8, None), row(0.4, None), row(0.0, None)];
    assert_ranking(&rank(&Siblings::by(database()), &rows), &[(0, 0.8 * 1.6), (1, 0.4 * 1.6), (2, 0.0)]);
}

#[test]
fn the_terms_add_up_to_the_score() {
    for ranked in rank(&Siblings::by(database()), &five()) {
        let names: Vec<&str> = ranked.terms.iter().map(|term| &*term.name).collect();
        assert_eq!(names, ["relevance", "siblings by database"]);
        assert!((ranked.terms.iter().map(|term| term.value).sum::<f32>() - ranked.score).abs() < 1e-6);
    }
}

#[test]
fn the_relevance_can_come_from_a_reranker_with_needs_of_its_own() {
    let siblings = Siblings::by(database());
    assert_eq!(siblings.needs(), Needs::default().with_column(database()));
    let over = siblings.with_relevance(Backwards);
    assert_eq!(over.needs(), Needs::default().with_texts().with_column(database()));
    assert_eq!(order(&rank(&over, &five())), [4, 3, 2, 0, 1]);
    let invalid = Siblings::by(database()).with_relevance(Weighted::new(0.0, 0.0));
    assert_invalid(&fails(&invalid, &RerankQuery::default(), &five()), "`Weighted`");
}

#[test]
fn invalid_weights_and_missing_columns_are_errors() {
    for weight in [-0.1, f32::NAN, f32::INFINITY] {
        let siblings = Siblings::by(database()).with_weight(weight);
        assert_invalid(&fails(&siblings, &RerankQuery::default(), &five()), "the weight of `Siblings` is");
    }
    let error = fails(&Siblings::by(database()), &RerankQuery::default(), &[Candidate::default()]);
    assert_invalid(&error, "lacks the column");
    assert_eq!(error.column(), Some("database"));
    let number: Col<(), i64> = Col::at(ColumnPath::column("database"));
    assert_eq!(fails(&Siblings::by(number), &RerankQuery::default(), &five()).kind(), ErrorKind::Decode);
}
