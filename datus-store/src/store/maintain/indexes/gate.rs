//! Checks the condition for replacing a full-text index: runs the questions as searches with the old and with the new index.

use std::collections::HashMap;
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};

use crate::backend::{Build, StagedIndex, Table, TableLock, TextIndex, TextOptions};
use crate::error::{ErrorKind, Result};
use crate::query::{BoostedColumn, Execute, FullText, QuerySpec};
use crate::store::core::Core;
use crate::store::gate::{Gate, GateResult, QuestionSet, ROWS, RankedKeys};
use crate::store::read::Reader;
use crate::store::restriction::Restriction;

/// The number of searches that run concurrently.
const SEARCHES: usize = 4;

/// The condition, and the rows that the questions are about.
pub(super) struct TextGate<'a> {
    pub(super) gate: Gate<'a>,
    /// The scope of the store that the operation was called on.
    pub(super) restriction: Arc<Restriction>,
}

/// A full-text index to replace.
#[derive(Clone, Copy)]
pub(super) struct Replacement<'a> {
    pub(super) name: &'a str,
    pub(super) column: &'static str,
    pub(super) options: &'a TextOptions,
}

impl TextGate<'_> {
    /// Builds the new index, and puts it into use if the condition holds.
    ///
    /// # Errors
    /// `Unsupported` on LanceDB's service; `InvalidInput` for a question that cannot be run as a search; `Engine` when the
    /// storage fails. The old index then stays in use.
    pub(super) async fn replace(
        &mut self,
        core: &Core,
        lock: &TableLock,
        index: Replacement<'_>,
    ) -> Result<GateResult> {
        let Replacement { name, column, options } = index;
        let staged = core.table.stage_text_index(lock, name, column, options).await?;
        let result = match Box::pin(self.evaluate(core, &staged)).await {
            Ok(result) => result,
            Err(error) => {
                staged.discard().await;
                return Err(error);
            }
        };
        let GateResult { accepted, measures } = &result;
        let table = core.table_name();
        tracing::info!(target: "datus_store", table, column, accepted, figures = measures, "a full-text index was evaluated");
        if !accepted {
            staged.discard().await;
            return Ok(result);
        }
        match staged.commit(lock).await {
            // Another program compacted files of the table. The index is built again over the new files.
            Err(error) if error.kind() == ErrorKind::Conflict => {
                core.table.build_index(lock, name, column, &Build::Text(options.clone())).await?;
            }
            committed => committed?,
        }
        Ok(result)
    }

    async fn evaluate(&mut self, core: &Core, staged: &StagedIndex) -> Result<GateResult> {
        let old = self.answers(core, staged.before().await?).await?;
        let new = self.answers(core, staged.after().await?).await?;
        self.gate.decide(old, new)
    }

    /// Returns the keys that a full-text search finds for each question.
    async fn answers(&mut self, core: &Core, table: Table) -> Result<RankedKeys> {
        let indexes = table.text_indexes().await?;
        let indexed = core.text_fields().filter(|field| indexes.contains_key(field.name));
        let columns: Vec<BoostedColumn> =
            indexed.map(|field| BoostedColumn { name: field.name, boost: 1.0 }).collect();
        let (version, schema) = (table.version().await?, table.schema().await?);
        let reader =
            Reader::new(Arc::new(core.pinned(table, version, schema)), Arc::clone(&self.restriction));
        let questions = &self.gate.questions;
        let searches =
            questions.texts().into_iter().map(|text| search(questions, &reader, &columns, &indexes, text));
        let searches: Vec<_> = searches.collect();
        stream::iter(searches).buffered(SEARCHES).try_collect().await
    }
}

/// Searches all columns that have an index, as a user's full-text search does.
async fn search(
    questions: &QuestionSet,
    reader: &Reader,
    columns: &[BoostedColumn],
    indexes: &HashMap<String, TextIndex>,
    text: &str,
) -> Result<Vec<String>> {
    let mut has_tokens = false;
    for column in columns {
        has_tokens |= match indexes.get(column.name) {
            Some(index) => index.has_tokens(text).map_err(|error| error.with_column(column.name))?,
            None => false,
        };
    }
    if !has_tokens {
        // The index ignores all words of the question, so it finds nothing.
        return Ok(Vec::new());
    }
    let full_text =
        FullText::Match { columns: columns.to_vec(), text: text.to_owned(), all: false, fuzzy: None };
    let spec = QuerySpec {
        columns: Some(questions.columns().to_vec()),
        limit: Some(ROWS),
        full_text: Some(full_text),
        ..QuerySpec::default()
    };
    questions.read_keys(reader.execute(spec).await?).await
}
