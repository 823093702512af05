//! One of several searches, without its record type.

use std::sync::Arc;

use arrow_array::RecordBatch;

use super::texts::TextSource;
use crate::error::{Error, Result};
use crate::query::ranking::source_texts;
use crate::query::run::InvalidQuery;
use crate::query::{Execute, Hit, Hits, Output, QuerySpec, Search, SearchMode};
use crate::record::EmbeddingRecord;

/// A search that [`search_all_of`](super::search_all_of) can run with others: a [`Search`] of any record, mode and output.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a search",
    label = "expected a search that has not run yet, such as `store.search(question)`",
    note = "a store is searched with `.search(question)` or `.search_text(|t| …)`, and `search_all_of` awaits the searches itself"
)]
pub trait OneSearch {
    /// The row of a hit: the record, or the output of `.select` or `.with_vectors`.
    type Row: Send + 'static;

    /// Converts the search to an untyped one.
    #[doc(hidden)]
    fn into_request(self) -> Request;

    /// Decodes the rows that the search found.
    ///
    /// # Errors
    /// `Decode` when the Rust type cannot represent a stored value.
    #[doc(hidden)]
    fn decode(found: &Found) -> Result<Vec<Hit<Self::Row>>>;
}

impl<R: EmbeddingRecord, O: Output<R>, W: SearchMode> OneSearch for Search<R, Hits<O>, W> {
    type Row = O::Item;

    fn into_request(self) -> Request {
        let (executor, query) = self.finish().into_parts();
        Request { executor, query, texts: TextSource::new(R::definition, source_texts::<R>) }
    }

    fn decode(found: &Found) -> Result<Vec<Hit<O::Item>>> {
        let (mut first, mut hits) = (found.offset, Vec::new());
        let table: Arc<str> = found.executor.table().into();
        for batch in &found.batches {
            let decoded = <Hits<O> as Output<R>>::decode(batch, &*found.executor, first);
            let decoded = decoded.map_err(|error| found.position.locate(error))?;
            hits.extend(decoded.into_iter().map(|hit| hit.in_table(Arc::clone(&table))));
            first += batch.num_rows();
        }
        Ok(hits)
    }
}

/// A search that has not run yet.
#[derive(Debug)]
pub struct Request {
    pub(super) executor: Arc<dyn Execute>,
    pub(super) query: Result<QuerySpec, InvalidQuery>,
    pub(super) texts: TextSource,
}

impl Request {
    /// Returns the query text, or `None` for a search by a vector or a row.
    pub(super) fn query_text(&self) -> Option<String> {
        let QuerySpec { ranking, full_text, .. } = self.query.as_ref().ok()?;
        ranking.text.clone().or_else(|| full_text.as_ref().map(|query| query.text()))
    }
}

/// The rows that a search found.
#[derive(Debug)]
pub struct Found {
    pub(super) executor: Arc<dyn Execute>,
    pub(super) position: SearchPosition,
    pub(super) offset: usize,
    pub(super) batches: Vec<RecordBatch>,
    /// The text of each row, if a reranker needs it.
    pub(super) texts: Vec<Option<String>>,
}

impl Found {
    pub(super) fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// The position of a search in the tuple, for errors.
#[derive(Debug, Clone)]
pub(super) struct SearchPosition {
    pub(super) table: String,
    /// The position of the search, counted from 1.
    pub(super) number: usize,
    pub(super) searches: usize,
}

impl SearchPosition {
    /// Adds the position and the table to an error of the search.
    pub(super) fn locate(&self, error: Error) -> Error {
        let Self { table, number, searches } = self;
        error
            .with_operation("search_all_of")
            .with_table(table)
            .with_note(format!("search {number} of {searches}"))
    }
}
