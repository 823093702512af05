use super::*;
use crate::record::{Col, Column, ColumnPath, Handle};
use crate::rerank::{Formula, Needs, Siblings, Weighted};

fn column<T: Column>(name: &'static str) -> Col<(), T> {
    Col::at(ColumnPath::column(name))
}

fn stars() -> Col<(), Option<i64>> {
    column("stars")
}

fn rating() -> Col<(), f64> {
    column("rating")
}

/// Creates a candidate from the vector leg with a cosine, stars and a rating.
fn row(cosine: f32, of_stars: Option<i64>, of_rating: f64) -> Candidate {
    let row = candidate(Some((1, 1.0 - cosine)), None);
    row.with_value(stars(), &of_stars).unwrap().with_value(rating(), &of_rating).unwrap()
}

/// Rows with relevances of 0.8, 0.4 and 0.
fn three() -> [Candidate; 3] {
    [row(0.8, Some(0), 0.5), row(0.4, Some(99), -2.0), row(0.0, None, f64::NAN)]
}

fn value(formula: Formula, row: Candidate) -> f32 {
    rank(&formula, &[row])[0].score
}

#[test]
fn the_score_is_the_sum_of_the_weighted_terms() {
    let formula = Formula::relevance() + stars().ln_1p() * 0.1 - 0.5 * rating().value();
    let logarithm = 100.0_f32.ln();
    let expected = [(1, 0.4 + 0.1 * logarithm + 1.0), (0, 0.8 - 0.25), (2, 0.0)];
    let ranking = rank(&formula, &three());
    assert_ranking(&ranking, &expected);
    let terms: Vec<(&str, f32)> = ranking[0].terms.iter().map(|term| (&*term.name, term.value)).collect();
    assert_eq!(
        terms.iter().map(|term| term.0).collect::<Vec<_>>(),
        ["relevance", "stars.ln_1p() * 0.1", "rating * -0.5"]
    );
    assert!((terms[1].1 - 0.1 * logarithm).abs() < 1e-6 && (terms[2].1 - 1.0).abs() < 1e-6);
    let doubled = (Formula::relevance() + stars().value()) * 2.0;
    assert_ranking(&rank(&doubled, &three()), &[(1, 198.8), (0, 1.6), (2, 0.0)]);
}

#[test]
fn numbers_of_every_type_are_values() {
    fn of<T: crate::rerank::NumberColumn>(stored: T) -> f32 {
        let column = column::<T>("number");
        value(column.value(), Candidate::default().with_value(column, &stored).unwrap())
    }
    assert_eq!((of(true), of(false)), (1.0, 0.0));
    assert_eq!(
        (of(-7_i8), of(-300_i16), of(70_000_i32), of(1_i64 << 40)),
        (-7.0, -300.0, 70_000.0, 1.099_511_6e12)
    );
    assert_eq!(
        (of(7_u8), of(300_u16), of(70_000_u32), of(1_u64 << 40)),
        (7.0, 300.0, 70_000.0, 1.099_511_6e12)
    );
    assert_eq!((of(0.5_f32), of(-0.25_f64), of(Some(3_u8)), of(None::<f64>)), (0.5, -0.25, 3.0, 0.0));
}

#[test]
fn saturation_is_half_at_its_parameter() {
    let at = |number| value(rating().saturation(10.0), row(0.0, None, number));
    assert_eq!((at(0.0), at(10.0), at(30.0)), (0.0, 0.5, 0.75));
}

#[test]
fn nulls_and_values_that_are_not_finite_have_a_default() {
    let [.., last] = three();
    assert_eq!(value(stars().ln_1p(), last.clone()), 0.0);
    assert_eq!(value(stars().ln_1p().unwrap_or(2.0) * 0.5, last.clone()), 1.0);
    assert_eq!(value(rating().value().unwrap_or(3.0), last), 3.0);
    for number in [f64::INFINITY, f64::NEG_INFINITY, -1.0, -2.0] {
        assert_eq!(value(rating().ln_1p().unwrap_or(7.0), row(0.0, None, number)), 7.0, "{number}");
    }
    assert_eq!(value(rating().saturation(2.0).unwrap_or(7.0), row(0.0, None, -2.0)), 7.0);
}

#[test]
fn only_named_columns_are_needed() {
    assert_eq!(Formula::relevance().needs(), Needs::default());
    let formula = stars().ln_1p() + stars().value() + rating().value();
    assert_eq!(formula.needs(), Needs::default().with_column(stars()).with_column(rating()));
    let over =
        (Formula::relevance() + stars().value()).with_relevance(Siblings::by(column::<String>("database")));
    let database = Needs::default().with_column(column::<String>("database"));
    assert_eq!(over.needs(), database.with_column(stars()));
}

#[test]
fn the_relevance_comes_from_the_given_reranker() {
    let rows =
        [candidate(None, Some((1, 8.0))), candidate(None, Some((2, 4.0))), candidate(None, Some((3, 2.0)))];
    assert_ranking(&rank(&Formula::relevance(), &rows), &[(0, 1.0), (1, 0.5), (2, 0.25)]);
    let over = Formula::relevance().with_relevance(Weighted::new(0.0, 1.0));
    assert_ranking(&rank(&over, &rows), &[(0, 1.0), (1, 1.0 / 3.0), (2, 0.0)]);
    let invalid = Formula::relevance().with_relevance(Weighted::new(0.0, 0.0));
    assert_invalid(&fails(&invalid, &RerankQuery::default(), &rows), "`Weighted`");
    // The reranker is not called if no term needs it.
    rank(&stars().value().with_relevance(Weighted::new(0.0, 0.0)), &three());
}

#[test]
fn invalid_parameters_are_errors_that_name_the_column() {
    let invalid = [
        (stars().value() * f64::NAN, "the weight NaN"),
        (stars().value().unwrap_or(f64::INFINITY), "the value inf for a null"),
        (stars().saturation(0.0), "the parameter 0 of a saturation"),
        (stars().saturation(f64::NAN), "the parameter NaN of a saturation"),
        (stars().value() * 1e300, "exceeds the range of a score"),
    ];
    for (formula, message) in invalid {
        let error = fails(&formula, &RerankQuery::default(), &[row(0.0, Some(1), 0.0)]);
        assert_invalid(&error, message);
        assert_eq!(error.column(), Some("stars"), "{error}");
    }
    assert_invalid(
        &fails(&(Formula::relevance() * f64::NAN), &RerankQuery::default(), &three()),
        "the weight NaN",
    );
    let error = fails(&column::<i64>("missing").value(), &RerankQuery::default(), &three());
    assert_invalid(&error, "lacks the column");
    assert_eq!(error.column(), Some("missing"));
}

#[cfg(feature = "chrono")]
#[test]
fn the_value_of_a_time_halves_with_each_half_life() {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use chrono::{DateTime, NaiveDateTime, Utc};

    use crate::rerank::days;

    let now = UNIX_EPOCH + days(20_000);
    let at = |age: i64| DateTime::<Utc>::from_timestamp(20_000 * 86_400 - age * 86_400, 0).unwrap();
    let updated = column::<Option<DateTime<Utc>>>("updated");
    let of = |stored: Option<DateTime<Utc>>| {
        value(updated.half_life(days(30)).at(now), Candidate::default().with_value(updated, &stored).unwrap())
    };
    assert_eq!((of(Some(at(0))), of(Some(at(30))), of(Some(at(60)))), (1.0, 0.5, 0.25));
    assert_eq!((of(Some(at(-5))), of(None)), (1.0, 0.0));
    let local = column::<NaiveDateTime>("local");
    let row = Candidate::default().with_value(local, &at(15).naive_utc()).unwrap();
    assert!((value(local.half_life(days(30)).at(now), row.clone()) - 0.5_f32.sqrt()).abs() < 1e-6);
    let name = updated.half_life(days(30)) * 0.2;
    let row = row.with_value(updated, &Some(at(0))).unwrap();
    assert_eq!(
        &*rank(&name, std::slice::from_ref(&row))[0].terms[0].name,
        "updated.half_life(30 days) * 0.2"
    );
    let error =
        fails(&updated.half_life(Duration::ZERO), &RerankQuery::default(), std::slice::from_ref(&row));
    assert_invalid(&error, "a half-life is zero");
    assert_eq!(error.column(), Some("updated"));
    // Without `at`, ages are relative to the time of the ranking.
    let hour = SystemTime::now() - Duration::from_secs(3600);
    let stored = Some(DateTime::<Utc>::from(hour));
    let row = Candidate::default().with_value(updated, &stored).unwrap();
    assert!((value(updated.half_life(Duration::from_secs(3600)), row) - 0.5).abs() < 0.01);
}
