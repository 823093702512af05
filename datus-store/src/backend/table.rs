use std::collections::HashMap;

use arrow_schema::SchemaRef;
use lancedb::Table as LanceTable;
use lancedb::connection::Connection as LanceConnection;
use lancedb::index::IndexType;

use super::error::convert;
use super::trash;
use super::turn::{Turn, Turns};
use crate::error::{Error, ErrorKind, Result};

/// A table, opened.
#[derive(Clone)]
pub(crate) struct Table {
    table: LanceTable,
    connection: LanceConnection,
    turns: Turns,
    /// The number of times that a table of this name had been dropped when this one was opened.
    drops: u64,
    key_index_from: usize,
}

impl Table {
    pub(super) fn new(
        table: LanceTable,
        connection: LanceConnection,
        turns: Turns,
        drops: u64,
        key_index_from: usize,
    ) -> Self {
        Self { table, connection, turns, drops, key_index_from }
    }

    /// The number of rows from which on a key has an index.
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

    /// The columns that have a full text index, each with the number of rows that the index does not cover.
    pub(crate) async fn text_indexes(&self) -> Result<HashMap<String, u64>> {
        let indexes = self.table.list_indices().await.map_err(convert)?;
        let texts = indexes.into_iter().filter(|index| index.index_type == IndexType::FTS);
        let columns = texts.flat_map(|index| {
            let newer = index.num_unindexed_rows.unwrap_or(0);
            index.columns.into_iter().map(move |column| (column, newer))
        });
        // The engine quotes names that are not plain identifiers.
        Ok(columns.map(|(column, newer)| (column.trim_matches('`').to_owned(), newer)).collect())
    }

    /// `true` if the write lock keeps all other writers away. `false` on an object store, and on a file system that does not
    /// lock files; the latter is known once [`check_lockable`](Self::check_lockable) or a lock was tried.
    pub(crate) fn has_turns(&self) -> bool {
        self.turns.are_exclusive()
    }

    /// Fails where this process can't write to the table whoever holds its locks, so that nothing is embedded in vain: it
    /// tries the write lock without waiting, and writes an empty file to the table's folder. Does nothing for a table that
    /// is not in a folder of this machine.
    ///
    /// # Errors
    /// `Engine` when the lock file or the folder does not permit it, naming the file; `TableNotFound` when the table is
    /// gone.
    pub(crate) async fn check_lockable(&self) -> Result<()> {
        let name = self.table.name();
        self.turns.check(name)?;
        match self.turns.folder() {
            Some(folder) => trash::check_writable(folder, name),
            None => Ok(()),
        }
    }

    /// Waits for the maintenance lock, which whoever builds indexes of the table or compacts its files holds, and sees the
    /// newest version. Writers of rows go on meanwhile.
    ///
    /// # Errors
    /// Those of [`turn`](Self::turn).
    pub(crate) async fn upkeep_turn(&self) -> Result<Turn> {
        let turn = self.turns.upkeep(self.table.name()).await?;
        self.see_latest().await?;
        Ok(turn)
    }

    /// Waits for the write lock, and sees the newest version.
    ///
    /// # Errors
    /// `TableNotFound` when the table was dropped, `TableChanged` when it was dropped and created again; `Conflict` when the
    /// wait exceeds the connection's limit; `Engine` when the lock file or the storage fails.
    pub(crate) async fn turn(&self) -> Result<Turn> {
        let turn = self.turns.write(self.table.name()).await?;
        self.see_latest().await?;
        Ok(turn)
    }

    async fn see_latest(&self) -> Result<()> {
        self.check_identity().await?;
        match self.table.checkout_latest().await {
            Ok(()) => Ok(()),
            Err(error) => Err(self.trace_to_drop(convert(error)).await),
        }
    }

    /// Fails if the table was dropped since it was opened.
    async fn check_identity(&self) -> Result<()> {
        let name = self.table.name();
        if self.turns.drops_of(name)? == self.drops {
            return Ok(());
        }
        if self.exists().await? {
            let message = format!("the table `{name}` was dropped and created again since it was opened");
            return Err(Error::new(ErrorKind::TableChanged, message)
                .with_help("open it again: the new one may have other columns"));
        }
        Err(dropped(name))
    }

    async fn exists(&self) -> Result<bool> {
        match self.connection.open_table(self.table.name()).execute().await {
            Ok(_) => Ok(true),
            Err(lancedb::Error::TableNotFound { .. }) => Ok(false),
            Err(error) => Err(convert(error)),
        }
    }

    /// Replaces an error of the engine by the reason for it, where the reason is that the table was dropped.
    pub(crate) async fn trace_to_drop(&self, error: Error) -> Error {
        if !matches!(error.kind(), ErrorKind::Engine | ErrorKind::Expired) {
            return error;
        }
        if let Err(reason) = self.check_identity().await
            && matches!(reason.kind(), ErrorKind::TableNotFound | ErrorKind::TableChanged)
        {
            return reason.instead_of(error);
        }
        match self.exists().await {
            Ok(false) => dropped(self.table.name()).instead_of(error),
            // The error says more than one that comes from looking for its reason.
            Ok(true) | Err(_) => error,
        }
    }
}

fn dropped(name: &str) -> Error {
    Error::new(ErrorKind::TableNotFound, format!("the table `{name}` was dropped"))
        .with_help("`Database::store` creates it when it is opened")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use arrow_schema::{DataType, Field, Schema};

    use super::super::{ConnectOptions, Connection};
    use super::*;

    async fn table(folder: &tempfile::TempDir, options: ConnectOptions) -> (Connection, Table) {
        let connection = Connection::open(folder.path().to_str().unwrap(), options).await.unwrap();
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
        let table = connection.open_or_create("rows", schema).await.unwrap();
        (connection, table)
    }

    #[test]
    fn a_table_is_lockable_whoever_holds_its_lock_and_as_long_as_it_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let checked = crate::block_on(async {
            let (connection, table) = table(&folder, ConnectOptions::default()).await;
            table.check_lockable().await?;
            let file = File::open(folder.path().join(".datus-write.rows.lock")).unwrap();
            file.lock().unwrap();
            table.check_lockable().await?;
            assert!(table.has_turns());
            file.unlock().unwrap();
            connection.drop_table("rows").await?;
            table.check_lockable().await
        });
        assert_eq!(checked.unwrap_err().kind(), ErrorKind::TableNotFound);
    }

    /// Fault 6: what does not permit a write was found out after the texts were embedded.
    #[test]
    fn what_does_not_permit_a_write_is_named_before_it() {
        let folder = tempfile::tempdir().unwrap();
        let checked = crate::block_on(async {
            let (_, table) = table(&folder, ConnectOptions::default()).await;
            // A folder can't be locked, not even by root.
            std::fs::create_dir(folder.path().join(".datus-write.rows.lock")).unwrap();
            table.check_lockable().await
        });
        let error = checked.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Engine);
        assert!(error.message().contains(".datus-write.rows.lock"), "{error}");
    }

    #[test]
    fn a_table_without_locks_is_known_for_it() {
        let folder = tempfile::tempdir().unwrap();
        let (exclusive, has_turns) = crate::block_on(async {
            let options = ConnectOptions { without_locks: true, ..ConnectOptions::default() };
            let (_, table) = table(&folder, options).await;
            Ok::<_, Error>((table.turn().await?.is_exclusive(), table.has_turns()))
        })
        .unwrap();
        assert!(!exclusive && !has_turns);
    }
}
