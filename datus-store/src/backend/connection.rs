use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow_schema::SchemaRef;
use lance::dataset::ReadParams;
use lance_table::io::commit::CommitHandler;
use lancedb::Error as LanceDbError;
use lancedb::Table as LanceTable;
use lancedb::connection::Connection as LanceConnection;

use super::commit::following_commits;
use super::error::{convert, convert_unreadable, convert_uri};
use super::key_index::KEY_INDEX_FROM;
use super::location::Location;
use super::locks::{LockOptions, LockScope, TableLocks};
use super::primary_key::with_primary_key;
use super::{Table, storage_options, trash};
use crate::error::{Error, ErrorKind, Result};

/// The options of a connection.
#[derive(Default)]
pub(crate) struct ConnectOptions {
    /// The options of the storage, such as credentials.
    pub(crate) storage: Vec<(String, String)>,
    /// The longest time for which a read may miss the commits of other processes.
    pub(crate) read_consistency: Duration,
    /// The number of rows from which a key has an index; `None` for the default.
    pub(crate) key_index_from: Option<usize>,
    /// The number of searches of which one is repeated exactly; `None` to repeat none.
    pub(crate) recall_live: Option<NonZeroUsize>,
    /// The longest wait for a lock; `None` for no limit.
    pub(crate) lock_timeout: Option<Duration>,
    /// `true` to treat a folder as if its file system had no locks.
    pub(crate) without_locks: bool,
    /// `true` to commit each write as if it had many rows.
    pub(crate) without_small_writes: bool,
}

/// A connection to a database.
#[derive(Clone)]
pub(crate) struct Connection {
    connection: LanceConnection,
    locks: TableLocks,
    location: Arc<Location>,
    key_index_from: usize,
    recall_live: Option<NonZeroUsize>,
    /// The commit handler of the tables; `None` for LanceDB's service.
    commits: Option<Arc<dyn CommitHandler>>,
    without_small_writes: bool,
}

impl Connection {
    pub(crate) async fn open(uri: &Path, options: ConnectOptions) -> Result<Self> {
        storage_options::check(&options.storage)?;
        let (location, created) = Location::open(uri)?;
        let scope = match location.folder() {
            Some(folder) => {
                trash::empty_trash(folder).await;
                LockScope::Folder(folder.to_owned())
            }
            None if location.in_memory() => LockScope::Memory,
            None => LockScope::Remote,
        };
        let ConnectOptions {
            storage,
            read_consistency,
            key_index_from,
            recall_live,
            lock_timeout,
            without_locks,
            without_small_writes,
        } = options;
        let connection = lancedb::connect(location.uri())
            .storage_options(storage)
            .read_consistency_interval(read_consistency)
            .execute()
            .await;
        let connection = connection.map_err(|error| {
            created.undo();
            convert_uri(error)
        })?;
        let is_service = location.uri().starts_with("db://");
        let commits = if is_service { None } else { following_commits(location.uri()).await };
        Ok(Self {
            connection,
            locks: TableLocks::new(scope, LockOptions { timeout: lock_timeout, disabled: without_locks }),
            location: Arc::new(location),
            key_index_from: key_index_from.unwrap_or(KEY_INDEX_FROM),
            recall_live,
            commits,
            without_small_writes,
        })
    }

    pub(crate) fn raw(&self) -> &LanceConnection {
        &self.connection
    }

    /// Returns the names of all tables, in order. lancedb lists them one page at a time.
    pub(crate) async fn table_names(&self) -> Result<Vec<String>> {
        const PAGE: u32 = 1000;
        let mut names: Vec<String> = Vec::new();
        loop {
            let mut page = self.connection.table_names().limit(PAGE);
            if let Some(last) = names.last() {
                page = page.start_after(last);
            }
            let page = page.execute().await.map_err(convert)?;
            let done = page.len() < PAGE as usize;
            names.extend(page);
            if done {
                break;
            }
        }
        // A write that started before its table was dropped can leave a folder without a version.
        if let Some(folder) = self.locks.folder() {
            names.retain(|name| trash::has_versions(folder, name));
        }
        Ok(names)
    }

    pub(super) fn locks(&self) -> &TableLocks {
        &self.locks
    }

    fn table(&self, table: LanceTable, drops: u64) -> Table {
        Table::new(
            table,
            self.locks.clone(),
            drops,
            Arc::clone(&self.location),
            self.key_index_from,
            self.recall_live,
            self.without_small_writes,
        )
    }

    /// Opens the table, or returns `None` if it does not exist.
    pub(crate) async fn open_table(&self, name: &str) -> Result<Option<Table>> {
        let drops = self.locks.drops_of(name)?;
        let mut open = self.connection.open_table(name);
        if let Some(commits) = &self.commits {
            let commit_handler = Some(Arc::clone(commits));
            open = open.lance_read_params(ReadParams { commit_handler, ..ReadParams::default() });
        }
        match Box::pin(open.execute()).await {
            Ok(table) => Ok(Some(self.table(table, drops))),
            Err(LanceDbError::TableNotFound { .. }) => Ok(None),
            Err(error) => Err(convert_unreadable(error)),
        }
    }

    /// Opens the table, or creates it if it does not exist. If several connections do so at once, only one creates it.
    pub(crate) async fn open_or_create(&self, name: &str, schema: SchemaRef) -> Result<Table> {
        if let Some(table) = self.open_table(name).await? {
            return Ok(table);
        }
        let _lock = self.locks.creation().await?;
        if let Some(table) = self.open_table(name).await? {
            return Ok(table);
        }
        if let Some(folder) = self.locks.folder() {
            trash::empty_trash(folder).await;
        }
        let drops = self.locks.drops_of(name)?;
        let create = self.connection.create_empty_table(name, with_primary_key(&schema));
        let created = Box::pin(create.execute()).await;
        match created {
            // Without locks, a second version can mean that this creation overwrote a table. With locks, a writer made it.
            Ok(table) if !self.locks.are_exclusive() => keep_first(self.table(table, drops)).await?,
            Ok(_) => {}
            Err(LanceDbError::TableAlreadyExists { .. }) => {}
            Err(error) => return Err(convert(error)),
        }
        // The created table is opened again, because only opening sets the commit handler.
        self.open_table(name).await?.ok_or_else(|| {
            Error::new(ErrorKind::Conflict, "another process created and dropped the table at the same time")
                .with_help("open it again")
        })
    }
}

/// Reverts a creation that overwrote a table. On an object store no lock prevents another machine from creating the same
/// table, and a creation that is not the first version has overwritten that machine's table.
async fn keep_first(table: Table) -> Result<()> {
    let version = table.version().await?;
    if version > 1 {
        table.raw().checkout(version - 1).await.map_err(convert)?;
        table.raw().restore().await.map_err(convert)?;
    }
    Ok(())
}
