//! Counts of values, and the smallest and largest values.

use std::sync::Arc;

use arrow_array::{ArrayRef, Int32Array, Int64Array, RecordBatch, StringArray};
use futures::executor::block_on;

use super::recorder::Recorder;
use super::{Book, every_row, path};
use crate::error::ErrorKind;
use crate::query::{CompareOp, Predicate, SearchAll, SortDirection, SortKey, Value};

fn columns(columns: Vec<(&str, ArrayRef)>) -> RecordBatch {
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, array)| (name, array, true)))
        .unwrap()
}

fn years(years: impl IntoIterator<Item = Option<i32>>) -> RecordBatch {
    columns(vec![("year", Arc::new(years.into_iter().collect::<Int32Array>()))])
}

fn not_null() -> Predicate {
    Predicate::IsNull { column: path("year") }.not()
}

#[test]
fn the_values_of_columns_come_with_their_numbers_of_rows() {
    let titles: ArrayRef = Arc::new(StringArray::from(vec!["Emma", "Villette"]));
    let years: ArrayRef = Arc::new(Int32Array::from(vec![Some(1815), None]));
    let rows: ArrayRef = Arc::new(Int64Array::from(vec![5, 2]));
    let recorder = Recorder::of([columns(vec![("title", titles), ("year", years), ("_rows", rows)])]);
    let counts = every_row(&recorder).id(7).count_by(|t| (t.title, t.year));
    assert_eq!(
        block_on(counts.into_future()).unwrap(),
        [(("Emma".to_owned(), Some(1815)), 5), (("Villette".to_owned(), None), 2)]
    );
    let spec = recorder.spec();
    assert_eq!((spec.columns, recorder.groups()), (Some(vec![path("title"), path("year")]), None));
    let filter = Predicate::Compare { column: path("id"), op: CompareOp::Eq, value: Value::Int64(7) };
    assert_eq!(spec.filter, Some(filter));
    let limited = every_row(&recorder).count_by(|t| (t.title, t.year)).limit(3);
    let printed = format!("{limited:?}");
    assert!(printed.starts_with("CountBy {") && printed.contains("limit: Some(3)"), "{printed}");
    block_on(limited.into_future()).unwrap();
    assert_eq!(recorder.groups(), Some(3));
}

#[test]
fn counts_that_do_not_fit_the_columns_are_an_error() {
    let rows: ArrayRef = Arc::new(Int64Array::from(vec![5, 2]));
    for batch in [years([Some(1815)]), columns(vec![("_rows", rows)])] {
        let recorder = Recorder::of([batch]);
        let error = block_on(every_row(&recorder).count_by(|t| t.year).into_future()).unwrap_err();
        assert_eq!(
            (error.kind(), error.operation(), error.table()),
            (ErrorKind::Decode, Some("count_by"), Some("books"))
        );
    }
}

#[test]
fn the_least_and_the_greatest_value_are_the_first_ones_of_an_order() {
    let recorder = Recorder::of([years([]), years([Some(1815), Some(1847)])]);
    assert_eq!(block_on(every_row(&recorder).min(|t| t.year)).unwrap(), Some(1815));
    let spec = recorder.spec();
    assert_eq!(spec.order, [SortKey { column: path("year"), direction: SortDirection::Ascending }]);
    assert_eq!(
        (spec.columns, spec.limit, spec.filter),
        (Some(vec![path("year")]), Some(1), Some(not_null()))
    );
    assert_eq!(block_on(every_row(&recorder).id(7).max(|t| t.year)).unwrap(), Some(1815));
    let spec = recorder.spec();
    assert_eq!(spec.order, [SortKey { column: path("year"), direction: SortDirection::Descending }]);
    let key = Predicate::Compare { column: path("id"), op: CompareOp::Eq, value: Value::Int64(7) };
    assert_eq!(spec.filter, Some(Predicate::And(vec![key, not_null()])));
    let nothing = Recorder::of([years([])]);
    assert_eq!(block_on(every_row(&nothing).min(|t| t.year)).unwrap(), None);
}

#[test]
fn a_least_value_that_cannot_be_read_names_its_column() {
    let recorder =
        Recorder::of([columns(vec![("year", Arc::new(StringArray::from(vec!["1847"])) as ArrayRef)])]);
    let error = block_on(every_row(&recorder).min(|t| t.year)).unwrap_err();
    assert_eq!(
        (error.kind(), error.column(), error.table()),
        (ErrorKind::Decode, Some("year"), Some("books"))
    );
}

#[test]
fn a_number_over_all_rows_cannot_be_combined_with_a_limit() {
    let limited: [fn(SearchAll<Book>) -> SearchAll<Book>; 3] =
        [|query| query.limit(1), |query| query.offset(1), |query| query.limit_per(|t| t.title, 1)];
    for limit in limited {
        let recorder = Recorder::of([years([])]);
        let query = || limit(every_row(&recorder));
        let minimum = block_on(query().min(|t| t.year)).unwrap_err();
        let count = block_on(query().count_by(|t| t.year).into_future()).unwrap_err();
        for (error, operation) in [(minimum, "search_all"), (count, "count_by")] {
            assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some(operation)));
            assert!(error.message().contains("an aggregate over all rows"), "{error}");
        }
    }
    let recorder = Recorder::of([years([])]);
    let all = block_on(every_row(&recorder).offset(0).min(|t| t.year));
    assert_eq!(all.unwrap(), None, "an offset of 0 has no effect");
}
