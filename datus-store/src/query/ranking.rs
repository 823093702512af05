use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;

use crate::error::Result;
use crate::record::{self, EmbeddingRecord};
use crate::rerank::Reranker;

/// The texts that a vector of the record is made from, for each row of a batch with all of its columns.
pub type TextsOf = fn(&RecordBatch, usize) -> Result<Vec<Option<String>>>;

/// How the rows that a search found get their final order.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct Ranking {
    /// Who orders them; `None` for the order of the only leg, and reciprocal rank fusion of two.
    pub reranker: Option<Arc<dyn Reranker>>,
    /// How many rows each leg gives; `None` for the rule of the store.
    pub candidates: Option<usize>,
    /// The text that was searched for, as a reranker is told.
    pub text: Option<String>,
    /// Reads texts that are made of several columns.
    pub texts: Option<TextsOf>,
}

impl Ranking {
    /// Sets who orders rows of the record.
    pub fn set_reranker<R: EmbeddingRecord>(&mut self, reranker: Arc<dyn Reranker>) {
        self.reranker = Some(reranker);
        self.texts = Some(texts_of::<R>);
    }
}

fn texts_of<R: EmbeddingRecord>(batch: &RecordBatch, vector: usize) -> Result<Vec<Option<String>>> {
    let records = record::decode::<R>(batch)?;
    Ok(records.iter().map(|record| record.source_text(vector).map(Cow::into_owned)).collect())
}

impl fmt::Debug for Ranking {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { reranker, candidates, text: _, texts: _ } = self;
        f.debug_struct("Ranking").field("reranker", reranker).field("candidates", candidates).finish()
    }
}
