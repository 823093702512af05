//! Tests the builders with an executor that records the query and returns prepared rows.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod depth;
mod expressions;
mod filters;
mod groups;
mod keys;
mod operators;
mod predicates;
mod recorder;
mod rows;
mod search_all;
mod searches;
mod texts;

use std::sync::Arc;

use futures::executor::block_on;

use super::{Execute, Output, QuerySpec, Search, SearchAll, SearchMode, VectorQuery};
use crate::record::ColumnPath;
use crate::{EmbeddingRecord, ErrorKind, Projection};
use recorder::Recorder;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(crate = crate)]
struct Book {
    #[datus(key)]
    id: i64,
    #[datus(embed, fts)]
    text: String,
    #[datus(fts)]
    title: String,
    year: Option<i32>,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[datus(crate = crate, of = Book)]
struct Label {
    title: String,
    id: i64,
}

fn book(id: i64, year: Option<i32>) -> Book {
    Book { id, text: format!("text {id}"), title: format!("title {id}"), year }
}

fn path(name: &'static str) -> ColumnPath {
    ColumnPath::column(name)
}

fn every_row(recorder: &Arc<Recorder>) -> SearchAll<Book> {
    SearchAll::every_row(Arc::clone(recorder) as Arc<dyn Execute>)
}

fn by_vector(recorder: &Arc<Recorder>) -> Search<Book> {
    let query = (VectorQuery::Text("the sea".to_owned()), Some("the sea".to_owned()));
    Search::by_vector(Arc::clone(recorder) as Arc<dyn Execute>, 0, query)
}

/// Returns the specification of a query over all rows.
fn spec_of_all<O: Output<Book>>(build: impl FnOnce(SearchAll<Book>) -> SearchAll<Book, O>) -> QuerySpec {
    let recorder = Recorder::empty();
    block_on(build(every_row(&recorder)).explain()).unwrap();
    recorder.spec()
}

/// Returns the specification of a search for the text "the sea".
fn spec_of_search<O: Output<Book>, W: SearchMode>(
    build: impl FnOnce(Search<Book>) -> Search<Book, O, W>,
) -> QuerySpec {
    let recorder = Recorder::empty();
    block_on(build(by_vector(&recorder)).explain()).unwrap();
    recorder.spec()
}

/// Returns the mistake in a search.
fn fault<O: Output<Book>, W: SearchMode>(build: impl FnOnce(Search<Book>) -> Search<Book, O, W>) -> String {
    let error = block_on(build(by_vector(&Recorder::empty())).explain()).unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("explain")));
    assert!(error.table() == Some("books") && error.help().is_some());
    error.message().to_owned()
}
