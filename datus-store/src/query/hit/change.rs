//! Changes the record, the table or the score of a hit, mainly for searches over several stores.

use std::sync::Arc;

use super::{Hit, Score};
use crate::rerank::ScoreTerm;

impl<T> Hit<T> {
    /// Converts the record and keeps everything else, for example to convert all hits of
    /// [`search_all_of`](crate::search_all_of) to one type.
    ///
    /// ```
    /// use datus_store::{Hit, Of2, Score};
    ///
    /// let hit: Hit<Of2<&str, u32>> = Hit::new(Of2::B(7), Score::Bm25(2.5));
    /// let hit = hit.map(|row| match row {
    ///     Of2::A(name) => name.to_owned(),
    ///     Of2::B(number) => format!("number {number}"),
    /// });
    /// assert_eq!((hit.record.as_str(), hit.score), ("number 7", Score::Bm25(2.5)));
    /// ```
    pub fn map<U>(self, record: impl FnOnce(T) -> U) -> Hit<U> {
        let Self { record: old, score, legs, highlights, table } = self;
        Hit { record: record(old), score, legs, highlights, table }
    }

    /// Returns the name of the row's table in a search over several stores, or `None` in a search over a single store.
    pub fn table(&self) -> Option<&str> {
        self.table.as_deref()
    }

    /// Sets the name of the table.
    pub(in crate::query) fn in_table(mut self, table: Arc<str>) -> Self {
        self.table = Some(table);
        self
    }

    /// Replaces the score and its terms.
    pub(in crate::query) fn with_score(mut self, score: Score, terms: Vec<ScoreTerm>) -> Self {
        (self.score, self.legs.terms) = (score, terms);
        self
    }
}
