use std::collections::HashMap;

use arrow_schema::SchemaRef;
use lancedb::Table as LanceTable;
use lancedb::index::IndexType;

use super::error::convert;
use super::turn::{Turn, Turns};
use crate::error::Result;

/// Stands behind a table's name where it is embedded again. No table's name has the sign.
const REEMBED: &str = "~reembed";

/// A table, opened.
#[derive(Clone)]
pub(crate) struct Table {
    table: LanceTable,
    turns: Turns,
    in_memory: bool,
    key_index_from: usize,
}

impl Table {
    pub(super) fn new(table: LanceTable, turns: Turns, in_memory: bool, key_index_from: usize) -> Self {
        Self { table, turns, in_memory, key_index_from }
    }

    /// From how many rows on a key has an index.
    pub(crate) fn key_index_from(&self) -> usize {
        self.key_index_from
    }

    /// The same table through another handle.
    pub(super) fn with_raw(&self, table: LanceTable) -> Self {
        Self { table, ..self.clone() }
    }

    pub(crate) fn raw(&self) -> &LanceTable {
        &self.table
    }

    pub(crate) async fn schema(&self) -> Result<SchemaRef> {
        self.table.schema().await.map_err(convert)
    }

    pub(crate) async fn version(&self) -> Result<u64> {
        self.table.version().await.map_err(convert)
    }

    /// The table as it is now, whatever is committed later. It looks for a newer version, as any read does, and reads
    /// nothing else.
    pub(crate) async fn current(&self) -> Result<Self> {
        Ok(self.with_raw(self.table.checkout_current().await.map_err(convert)?))
    }

    /// The columns that have a full text index, and how many rows are newer than it.
    pub(crate) async fn text_indexes(&self) -> Result<HashMap<String, u64>> {
        let indexes = self.table.list_indices().await.map_err(convert)?;
        let texts = indexes.into_iter().filter(|index| index.index_type == IndexType::FTS);
        let columns = texts.flat_map(|index| {
            let newer = index.num_unindexed_rows.unwrap_or(0);
            index.columns.into_iter().map(move |column| (column, newer))
        });
        // The engine quotes names that are no words.
        Ok(columns.map(|(column, newer)| (column.trim_matches('`').to_owned(), newer)).collect())
    }

    /// Whether writers of the table's keys take turns. They can't on an object store, which has no locks.
    pub(crate) fn has_turns(&self) -> bool {
        self.in_memory || self.turns.have_locks()
    }

    /// Waits until nobody else builds indexes of the table or mends its files, and sees what they did. Writers of rows
    /// go on meanwhile.
    pub(crate) async fn upkeep_turn(&self) -> Result<Turn> {
        let turn = self.turns.upkeep(self.table.name(), self.in_memory).await?;
        self.table.checkout_latest().await.map_err(convert)?;
        Ok(turn)
    }

    /// Waits until nobody else embeds the table again. Writers, and those who build indexes, go on meanwhile.
    pub(crate) async fn reembed_turn(&self) -> Result<Turn> {
        let name = format!("{}{REEMBED}", self.table.name());
        let turn = self.turns.upkeep(&name, self.in_memory).await?;
        self.table.checkout_latest().await.map_err(convert)?;
        Ok(turn)
    }

    /// Waits until no other writer of the table's keys is at work, and sees what they wrote.
    pub(crate) async fn turn(&self) -> Result<Turn> {
        let turn = self.turns.write(self.table.name(), self.in_memory).await?;
        self.table.checkout_latest().await.map_err(convert)?;
        Ok(turn)
    }
}
