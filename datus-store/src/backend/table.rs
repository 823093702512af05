use std::num::NonZeroUsize;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arrow_schema::SchemaRef;
use lancedb::Table as LanceTable;

use super::error::{RESTORE, convert_unreadable, is_not_found};
use super::locks::TableLock;
use super::read::{DecodedVectors, TableVectors};
use super::rows::RecentRows;
use super::table_site::TableSite;
use super::trash;
use crate::error::{Error, ErrorKind, Result};

/// The options of a connection's tables.
#[derive(Clone)]
pub(super) struct TableOptions {
    /// The minimum number of rows at which a key gets an index.
    pub(super) key_index_from: usize,
    /// `Some(n)` if one in `n` searches is repeated as an exact search.
    pub(super) recall_live: Option<NonZeroUsize>,
    /// `true` if every read looks for a newer version.
    pub(super) reads_newest: bool,
    /// `true` if small writes must be committed in the same way as large ones.
    pub(super) without_small_writes: bool,
    /// The vectors in memory of all tables.
    pub(super) vectors: Arc<DecodedVectors>,
}

/// An open table.
#[derive(Clone)]
pub(crate) struct Table {
    table: LanceTable,
    site: TableSite,
    /// The number of drops of this table's name when the table was opened.
    drops: Arc<AtomicU64>,
    options: TableOptions,
    recent_rows: Arc<RecentRows>,
    vectors: Arc<TableVectors>,
}

impl Table {
    pub(super) fn new(table: LanceTable, site: TableSite, drops: u64, options: TableOptions) -> Self {
        let recent_rows = Arc::<RecentRows>::default();
        let vectors = TableVectors::new(Arc::clone(&options.vectors), Arc::clone(&recent_rows));
        Self { table, site, drops: Arc::new(drops.into()), options, recent_rows, vectors: Arc::new(vectors) }
    }

    /// Returns a string that identifies the location of the database. It is the same for all spellings of the location.
    pub(crate) fn database(&self) -> &str {
        self.site.database()
    }

    /// Returns the name of the table.
    pub(crate) fn name(&self) -> &str {
        self.table.name()
    }

    /// Returns the minimum number of rows at which a key gets an index.
    pub(crate) fn key_index_from(&self) -> usize {
        self.options.key_index_from
    }

    /// Returns `n` if one in `n` searches is repeated as an exact search.
    pub(crate) fn recall_live(&self) -> Option<NonZeroUsize> {
        self.options.recall_live
    }

    /// Returns `true` if small writes must be committed in the same way as large ones.
    pub(super) fn is_without_small_writes(&self) -> bool {
        self.options.without_small_writes
    }

    /// Returns the vectors of the table that are in memory.
    pub(super) fn vectors(&self) -> &Arc<TableVectors> {
        &self.vectors
    }

    /// Removes the table's vectors from memory.
    pub(crate) fn forget_vectors(&self) {
        self.vectors.clear();
    }

    pub(super) fn recent_rows(&self) -> &Arc<RecentRows> {
        &self.recent_rows
    }

    /// Returns the same table with a different handle.
    pub(super) fn with_raw(&self, table: LanceTable) -> Self {
        Self { table, ..self.clone() }
    }

    pub(crate) fn raw(&self) -> &LanceTable {
        &self.table
    }

    pub(crate) async fn schema(&self) -> Result<SchemaRef> {
        let schema = self.convert_result(self.table.schema().await).await?;
        if schema.fields().is_empty() {
            let message = "the table has no columns, so its files are damaged";
            return Err(Error::new(ErrorKind::Engine, message).with_help(RESTORE));
        }
        Ok(schema)
    }

    pub(crate) async fn version(&self) -> Result<u64> {
        self.convert_result(self.table.version().await).await
    }

    /// Returns the newest version, even if the connection allows reads to lag behind other programs.
    pub(crate) async fn newest_version(&self) -> Result<u64> {
        self.catch_up().await?;
        self.version().await
    }

    /// Lets the next read see the newest version. The connection can be configured to let reads lag behind other programs.
    pub(super) async fn catch_up(&self) -> Result<()> {
        if self.options.reads_newest || self.is_service() {
            return Ok(());
        }
        self.convert_result(self.table.checkout_latest().await).await
    }

    /// Converts the result of a call that needs the table. If the table was dropped, the error reports that.
    pub(super) async fn convert_result<T>(&self, result: lancedb::Result<T>) -> Result<T> {
        match result {
            Ok(value) => Ok(value),
            Err(error) => Err(self.with_drop_cause(convert_unreadable(error)).await),
        }
    }

    /// Returns the error, or, if the table was dropped, an error that reports the drop.
    pub(crate) async fn with_drop_cause(&self, error: Error) -> Error {
        if !matches!(error.kind(), ErrorKind::Engine | ErrorKind::Expired) {
            return error;
        }
        match self.check_identity().await {
            Err(reason) if matches!(reason.kind(), ErrorKind::TableNotFound | ErrorKind::TableChanged) => {
                reason.in_place_of(error)
            }
            _ if self.is_dropped().await => dropped(self.table.name()).in_place_of(error),
            // The original error is more specific than an error from this check.
            _ => error,
        }
    }

    /// Returns `true` if the table has no version. Returns `false` if the storage cannot be reached.
    async fn is_dropped(&self) -> bool {
        let Some(handle) = self.table.dataset() else {
            return self.table.version().await.is_err_and(|error| is_not_found(&error));
        };
        match handle.get().await {
            Ok(dataset) => match dataset.version_refs().await {
                Ok(versions) => versions.is_empty(),
                Err(error) => is_not_found(&error.into()),
            },
            // A handle with a cache keeps only the message of the error, not its type.
            Err(error) => {
                is_not_found(&error)
                    || self.table.checkout_latest().await.is_err_and(|error| is_not_found(&error))
            }
        }
    }

    /// Switches the handle, and all handles that share it, to a table that replaced the opened one. The engine's handle never
    /// returns to a lower version by itself.
    pub(crate) async fn switch_to_current(&self) -> Result<()> {
        self.drops.store(self.site.drops()?, Ordering::Release);
        let Some(handle) = self.table.dataset() else { return Ok(()) };
        let now = self.convert_result(handle.get().await).await?.manifest().version;
        self.convert_result(self.table.checkout(now).await).await?;
        self.convert_result(self.table.checkout_latest().await).await
    }

    /// Returns the table at its newest version, which later commits do not change. Checks for a newer version, as any read
    /// does, but reads nothing else.
    pub(crate) async fn current(&self) -> Result<Self> {
        Ok(self.with_raw(self.convert_result(self.table.checkout_current().await).await?))
    }

    /// Returns `true` for a table on LanceDB's service, which makes its own commits.
    pub(crate) fn is_service(&self) -> bool {
        self.table.dataset().is_none()
    }

    /// Returns `true` if the write lock excludes all other writers, as far as previous attempts to lock have shown.
    pub(super) fn has_locks(&self) -> bool {
        self.site.locks().are_exclusive()
    }

    /// Checks that this process can write to the table, so that texts are not embedded in vain.
    ///
    /// It tries to take the write lock without waiting, and checks that files can be created in the table's folder. It
    /// succeeds if another writer holds the lock. Does nothing for a table that is not in a folder on this machine.
    ///
    /// # Errors
    /// `Engine` when the lock file or the folder does not permit writing, with the name of the file; `TableNotFound` when
    /// the table no longer exists.
    pub(crate) async fn check_lockable(&self) -> Result<()> {
        self.site.check_lockable()?;
        match self.site.folder() {
            Some(folder) => trash::check_writable(folder, self.table.name()),
            None => Ok(()),
        }
    }

    /// Waits for the maintenance lock, which is required to build indexes and compact files, and loads the newest version. The
    /// lock does not block writers.
    ///
    /// # Errors
    /// The same errors as [`write_lock`](Self::write_lock).
    pub(crate) async fn maintenance_lock(&self) -> Result<TableLock> {
        let lock = self.site.maintenance_lock().await?;
        self.load_latest().await?;
        Ok(lock)
    }

    /// Takes the maintenance lock like [`maintenance_lock`](Self::maintenance_lock), but without waiting. Returns `None` while
    /// another task or process holds the lock.
    ///
    /// # Errors
    /// The same errors as [`write_lock`](Self::write_lock).
    pub(crate) async fn try_maintenance_lock(&self) -> Result<Option<TableLock>> {
        let Some(lock) = self.site.try_maintenance_lock()? else { return Ok(None) };
        self.load_latest().await?;
        Ok(Some(lock))
    }

    /// Returns a number that is the same for all handles that use the same locks of this process, or 0 if
    /// [`database`](Self::database) identifies the locks.
    pub(crate) fn lock_scope(&self) -> usize {
        self.site.locks().scope()
    }

    /// Waits for the re-embedding lock and loads the newest version. The lock does not block writers or index builds.
    ///
    /// # Errors
    /// The same errors as [`write_lock`](Self::write_lock).
    pub(crate) async fn reembed_lock(&self) -> Result<TableLock> {
        let lock = self.site.reembedding_lock().await?;
        self.load_latest().await?;
        Ok(lock)
    }

    /// Waits for the write lock and loads the newest version.
    ///
    /// # Errors
    /// `TableNotFound` when the table was dropped, `TableChanged` when it was dropped and created again; `Conflict` when
    /// the wait exceeds the connection's limit; `Engine` when the lock file or the storage fails.
    pub(crate) async fn write_lock(&self) -> Result<TableLock> {
        let lock = self.site.write_lock().await?;
        self.load_latest().await?;
        Ok(lock)
    }

    async fn load_latest(&self) -> Result<()> {
        self.check_identity().await?;
        self.convert_result(self.table.checkout_latest().await).await
    }

    /// Checks that the table was not dropped after it was opened.
    async fn check_identity(&self) -> Result<()> {
        let name = self.table.name();
        if self.site.drops()? == self.drops.load(Ordering::Acquire) {
            return Ok(());
        }
        if self.is_dropped().await {
            return Err(dropped(name));
        }
        let message = format!("the table `{name}` was dropped and created again after it was opened");
        Err(Error::new(ErrorKind::TableChanged, message)
            .with_help("call `store.reopen()`, which compares the table with the record again"))
    }
}

fn dropped(name: &str) -> Error {
    Error::new(ErrorKind::TableNotFound, format!("the table `{name}` was dropped after it was opened"))
        .with_help("`Database::store` creates it when it is opened")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::fs::File;
    use std::sync::Arc;

    use arrow_schema::{DataType, Field, Schema};

    use super::super::{ConnectOptions, Connection};
    use super::*;

    async fn table(folder: &tempfile::TempDir, options: ConnectOptions) -> (Connection, Table) {
        let connection = Connection::open(folder.path(), options).await.unwrap();
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
        let table = connection.open_or_create("rows", schema).await.unwrap();
        (connection, table)
    }

    #[test]
    fn a_table_is_lockable_until_it_is_dropped_even_while_its_lock_is_held() {
        let folder = tempfile::tempdir().unwrap();
        let checked = crate::block_on(async {
            let (connection, table) = table(&folder, ConnectOptions::default()).await;
            table.check_lockable().await?;
            let file = File::open(folder.path().join(".datus-write.rows.lock")).unwrap();
            file.lock().unwrap();
            table.check_lockable().await?;
            assert!(table.has_locks());
            file.unlock().unwrap();
            connection.drop_table("rows").await?;
            table.check_lockable().await
        });
        assert_eq!(checked.unwrap_err().kind(), ErrorKind::TableNotFound);
    }

    /// Fault 6: a lack of write permission was detected only after the texts were embedded.
    #[test]
    fn an_unusable_lock_file_is_reported_before_the_write() {
        let folder = tempfile::tempdir().unwrap();
        let checked = crate::block_on(async {
            let (_, table) = table(&folder, ConnectOptions::default()).await;
            // A folder cannot be locked, not even by root.
            std::fs::create_dir(folder.path().join(".datus-write.rows.lock")).unwrap();
            table.check_lockable().await
        });
        let error = checked.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Engine);
        assert!(error.message().contains(".datus-write.rows.lock"), "{error}");
    }

    #[test]
    fn a_table_without_locks_reports_that() {
        let folder = tempfile::tempdir().unwrap();
        let has_locks = crate::block_on(async {
            let options = ConnectOptions { without_locks: true, ..ConnectOptions::default() };
            let (_, table) = table(&folder, options).await;
            table.write_lock().await?;
            Ok::<_, Error>(table.has_locks())
        })
        .unwrap();
        assert!(!has_locks);
    }
}
