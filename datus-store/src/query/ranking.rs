use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;

use crate::error::Result;
use crate::record::{self, EmbeddingRecord};
use crate::rerank::Reranker;

/// A function that returns the source texts of the vector at a position, one for each row of a batch with all columns of the
/// record.
pub type TextsOf = fn(&RecordBatch, usize) -> Result<Vec<Option<String>>>;

/// The settings for the final order of the rows of a search.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Ranking {
    /// The reranker. `None` keeps the order of a single leg, or combines the scores of two legs.
    pub reranker: Option<Arc<dyn Reranker>>,
    /// The number of rows that each leg returns, or `None` for the store's default.
    pub candidates: Option<usize>,
    /// The query text, which is passed to the reranker.
    pub text: Option<String>,
    /// The function that returns source texts that combine several columns.
    pub texts: Option<TextsOf>,
}

impl Ranking {
    /// Sets the reranker for rows of the record.
    pub fn set_reranker<R: EmbeddingRecord>(&mut self, reranker: Arc<dyn Reranker>) {
        self.reranker = Some(reranker);
        self.texts = Some(source_texts::<R>);
    }
}

/// Returns the source texts of a vector, from rows with all columns of the record.
pub(super) fn source_texts<R: EmbeddingRecord>(
    batch: &RecordBatch,
    vector: usize,
) -> Result<Vec<Option<String>>> {
    let records = record::decode::<R>(batch)?;
    Ok(records.iter().map(|record| record.source_text(vector).map(Cow::into_owned)).collect())
}

impl fmt::Debug for Ranking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reranker, candidates, text: _, texts: _ } = self;
        f.debug_struct("Ranking").field("reranker", reranker).field("candidates", candidates).finish()
    }
}
