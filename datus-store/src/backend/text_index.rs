//! The properties of a full-text index that a search needs: the tokenizer, and the number of rows that the index does not
//! cover.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_schema::DataType;
use futures::TryStreamExt;
use lancedb::query::{ExecutableQuery, Select};

use super::Table;
use super::error::convert;
use super::index::{StoredKind, TextOptions};
use super::read::missing;
use crate::error::{Error, ErrorKind, Result};
use crate::query::TextToken;

/// A full-text index on a column.
#[derive(Clone)]
pub(crate) struct TextIndex {
    pub(crate) name: String,
    /// The number of rows that the index does not cover.
    pub(crate) unindexed_rows: u64,
    pub(super) options: Option<TextOptions>,
    /// The tokenizer; `None` if the tokenizer of the index is unknown.
    tokenizer: Option<Arc<Tokenizer>>,
}

/// A function that tokenizes a text and passes each token to a callback, until the callback returns `false`.
type Tokenizer = dyn Fn(&str, &mut dyn FnMut(TextToken) -> bool) -> Result<(), String> + Send + Sync;

impl TextIndex {
    /// Returns `true` if the text contains a word that the index searches for. The index ignores stop words and punctuation.
    ///
    /// Returns `true` for every text if the tokenizer of the index is unknown.
    pub(crate) fn has_tokens(&self, text: &str) -> Result<bool> {
        let Some(tokenizer) = &self.tokenizer else { return Ok(true) };
        let mut found = false;
        let first = &mut |_| {
            found = true;
            false
        };
        tokenizer(text, first).map_err(|error| tokenizer_error(&error))?;
        Ok(found)
    }

    /// Returns the tokens into which the index splits a text, in order.
    ///
    /// # Errors
    /// `Unsupported` if the tokenizer of the index is unknown.
    pub(crate) fn tokens(&self, text: &str) -> Result<Vec<TextToken>> {
        let tokenizer = self.tokenizer.as_ref().ok_or_else(|| {
            let message = "the tokenizer of the index is unknown, so matches cannot be highlighted";
            Error::new(ErrorKind::Unsupported, message)
                .with_help("build the index with `store.create_indexes()`, or search without `.highlight(…)`")
        })?;
        let mut tokens = Vec::new();
        let all = &mut |token| {
            tokens.push(token);
            true
        };
        tokenizer(text, all).map_err(|error| tokenizer_error(&error))?;
        Ok(tokens)
    }
}

impl TextIndex {
    /// Returns `true` if both indexes split texts into the same tokens, or if the options of either index are unknown.
    pub(crate) fn tokenizes_like(&self, other: &Self) -> bool {
        match (&self.options, &other.options) {
            (Some(options), Some(other)) => options.tokenizes_like(other),
            _ => true,
        }
    }

    /// Returns `true` if the index stores words in lower case. The engine does not convert the words of a fuzzy query to
    /// lower case.
    pub(crate) fn lower_cases(&self) -> bool {
        self.options.as_ref().is_some_and(|options| options.as_str().contains("lower_case=true"))
    }
}

impl fmt::Debug for TextIndex {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TextIndex")
            .field("name", &self.name)
            .field("unindexed_rows", &self.unindexed_rows)
            .finish_non_exhaustive()
    }
}

impl Table {
    /// Returns the texts from up to `max_rows` rows of a column, spread evenly over the table. Nulls are skipped.
    pub(crate) async fn sampled_texts(&self, column: &str, max_rows: usize) -> Result<Vec<String>> {
        let table = self.raw().checkout_current().await.map_err(convert)?;
        let rows = table.count_rows(None).await.map_err(convert)?;
        let count = rows.min(max_rows);
        if count == 0 {
            return Ok(Vec::new());
        }
        let places = (0..count).map(|place| (place * rows / count) as u64).collect();
        let query = table.take_offsets(places).select(Select::columns(&[column]));
        let batches = query.execute().await.map_err(convert)?;
        let batches: Vec<RecordBatch> = batches.try_collect().await.map_err(convert)?;
        let mut texts = Vec::new();
        for batch in &batches {
            let values = batch.column_by_name(column).ok_or_else(|| missing(column))?;
            let values = arrow_cast::cast(values, &DataType::Utf8)
                .map_err(|error| missing(column).with_source(error))?;
            texts.extend(values.as_string::<i32>().iter().flatten().map(str::to_owned));
        }
        Ok(texts)
    }

    /// Returns the full-text indexes, keyed by column.
    pub(crate) async fn text_indexes(&self) -> Result<HashMap<String, TextIndex>> {
        let mut indexes = HashMap::new();
        for state in self.index_states().await? {
            let StoredKind::Text(options) = state.kind else { continue };
            let tokenizer = options.as_ref().map(tokenizer).transpose()?;
            let unindexed_rows = state.unindexed_rows as u64;
            let index = TextIndex { name: state.name, unindexed_rows, options, tokenizer };
            // The engine quotes names that are not identifiers.
            let columns = state.columns.iter().map(|column| column.trim_matches('`').to_owned());
            indexes.extend(columns.map(|column| (column, index.clone())));
        }
        Ok(indexes)
    }
}

/// Returns the tokenizer of the index. The tokenizer is built once.
fn tokenizer(options: &TextOptions) -> Result<Arc<Tokenizer>> {
    let analyzer = options.to_builder()?.build().map_err(|error| tokenizer_error(&error.to_string()))?;
    let analyzer = Mutex::new(analyzer);
    Ok(Arc::new(move |text: &str, each: &mut dyn FnMut(TextToken) -> bool| {
        let mut analyzer = analyzer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut tokens = analyzer.token_stream_for_search(text);
        while let Some(token) = tokens.try_next()? {
            let range = token.offset_from..token.offset_to;
            let token = TextToken { text: token.text.clone(), range, position: token.position };
            if !each(token) {
                break;
            }
        }
        Ok(())
    }))
}

fn tokenizer_error(error: &str) -> Error {
    let message = format!("the index cannot split a text into tokens: {error}");
    Error::new(ErrorKind::Engine, message)
}
