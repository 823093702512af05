use std::sync::Arc;

use arrow_schema::SchemaRef;
use lancedb::Table as LanceTable;

use super::error::{RESTORE, convert, convert_unreadable, is_not_found};
use super::location::Location;
use super::turn::{Turn, Turns};
use crate::error::{Error, ErrorKind, Result};

/// A table, opened.
#[derive(Clone)]
pub(crate) struct Table {
    table: LanceTable,
    turns: Turns,
    location: Arc<Location>,
    key_index_from: usize,
}

impl Table {
    pub(super) fn new(
        table: LanceTable,
        turns: Turns,
        location: Arc<Location>,
        key_index_from: usize,
    ) -> Self {
        Self { table, turns, location, key_index_from }
    }

    /// The location of the database: a text that is the same for all spellings of it.
    pub(crate) fn database(&self) -> &str {
        self.location.identity()
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
        let schema = self.reached(self.table.schema().await).await?;
        if schema.fields().is_empty() {
            let message = "the table has no columns, so its files are damaged";
            return Err(Error::new(ErrorKind::Engine, message).with_help(RESTORE));
        }
        Ok(schema)
    }

    pub(crate) async fn version(&self) -> Result<u64> {
        self.reached(self.table.version().await).await
    }

    /// The result of a call that has to find the table.
    async fn reached<T>(&self, result: lancedb::Result<T>) -> Result<T> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(self.explained(convert_unreadable(error)).await),
        }
    }

    /// The error, or in its place one that says that the table was dropped, where it was.
    pub(crate) async fn explained(&self, error: Error) -> Error {
        let unexplained = matches!(error.kind(), ErrorKind::Engine | ErrorKind::Expired);
        if !unexplained || !self.is_gone().await {
            return error;
        }
        let message =
            format!("there is no table `{}`: it was dropped since it was opened", self.table.name());
        Error::new(ErrorKind::TableNotFound, message)
            .with_help("`Database::store` creates it when it is opened")
            .with_source(error)
    }

    /// Looks whether the table has a version. A storage that can't be reached does not say that it is gone.
    async fn is_gone(&self) -> bool {
        let Some(handle) = self.table.dataset() else {
            return self.table.version().await.is_err_and(|error| is_not_found(&error));
        };
        match handle.get().await {
            Ok(dataset) => match dataset.version_refs().await {
                Ok(versions) => versions.is_empty(),
                Err(error) => is_not_found(&error.into()),
            },
            // A handle that caches for a while keeps the text of the error and not the error.
            Err(error) => {
                is_not_found(&error)
                    || self.table.checkout_latest().await.is_err_and(|error| is_not_found(&error))
            }
        }
    }

    /// Lets the handle, and all that share it, follow a table that took the place of the one that was opened: the engine's
    /// handle never goes back to a lower version by itself.
    pub(crate) async fn follow(&self) -> Result<()> {
        let Some(handle) = self.table.dataset() else { return Ok(()) };
        let now = self.reached(handle.get().await).await?.manifest().version;
        self.reached(self.table.checkout(now).await).await?;
        self.reached(self.table.checkout_latest().await).await
    }

    /// The table as it is now, whatever is committed later. It looks for a newer version, as any read does, and reads
    /// nothing else.
    pub(crate) async fn current(&self) -> Result<Self> {
        Ok(self.with_raw(self.reached(self.table.checkout_current().await).await?))
    }

    /// Returns `true` for a table of LanceDB's own service, which commits by itself.
    pub(crate) fn is_service(&self) -> bool {
        self.table.dataset().is_none()
    }

    /// Whether writers of the table's keys take turns. They can't on an object store, which has no locks.
    pub(crate) fn has_turns(&self) -> bool {
        self.location.in_memory() || self.turns.have_locks()
    }

    /// Waits until nobody else builds indexes of the table or mends its files, and sees what they did. Writers of rows
    /// go on meanwhile.
    pub(crate) async fn upkeep_turn(&self) -> Result<Turn> {
        let turn = self.turns.upkeep(self.table.name(), self.location.in_memory()).await?;
        self.reached(self.table.checkout_latest().await).await?;
        Ok(turn)
    }

    /// Waits until no other writer of the table's keys is at work, and sees what they wrote.
    pub(crate) async fn turn(&self) -> Result<Turn> {
        let turn = self.turns.write(self.table.name(), self.location.in_memory()).await?;
        self.reached(self.table.checkout_latest().await).await?;
        Ok(turn)
    }
}
