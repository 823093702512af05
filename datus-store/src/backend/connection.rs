mod in_namespace;

use std::collections::HashMap;
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use arrow_schema::SchemaRef;
use futures::StreamExt;
use lance::dataset::{ReadParams, WriteParams};
use lance_io::object_store::{ObjectStore, ObjectStoreParams, StorageOptionsAccessor};
use lance_table::io::commit::CommitHandler;
use lancedb::Error as LanceDbError;
use lancedb::Table as LanceTable;
use lancedb::connection::Connection as LanceConnection;
use lancedb::table::WriteOptions;

use super::commit::{following, following_commits};
use super::error::{convert, convert_unreachable, convert_unreadable, is_of_options, without_secrets};
use super::key_index::KEY_INDEX_FROM;
use super::location::Location;
use super::locks::{LockOptions, LockScope, TableLocks};
use super::namespace::Namespace;
use super::primary_key::with_primary_key;
use super::read::DecodedVectors;
use super::table::TableOptions;
use super::table_site::TableSite;
use super::{Table, storage_options, trash};
use crate::error::{Error, ErrorKind, Result};

/// The number of attempts to create a table while other processes create and drop it.
const CREATIONS: usize = 4;

/// The default maximum number of bytes of vectors in memory.
const VECTOR_CACHE_SIZE: usize = 256 << 20;

/// The options of a connection.
#[derive(Default)]
pub(crate) struct ConnectOptions {
    /// The storage options, such as credentials.
    pub(crate) storage: Vec<(String, String)>,
    /// The maximum time for which a read may miss commits by other processes.
    pub(crate) read_consistency: Duration,
    /// The minimum number of rows at which a key gets an index; `None` for the default.
    pub(crate) key_index_from: Option<usize>,
    /// `Some(n)` to repeat one in `n` searches as an exact search; `None` to repeat no searches.
    pub(crate) recall_live: Option<NonZeroUsize>,
    /// The maximum wait for a lock; `None` for no limit.
    pub(crate) lock_timeout: Option<Duration>,
    /// `true` to treat a folder as if its file system had no locks.
    pub(crate) without_locks: bool,
    /// `true` to commit each small write in the same way as a large one.
    pub(crate) without_small_writes: bool,
    /// The maximum number of bytes of vectors in memory; `None` for the default.
    pub(crate) vector_cache_size: Option<usize>,
}

impl ConnectOptions {
    fn locks(&self) -> LockOptions {
        LockOptions { timeout: self.lock_timeout, disabled: self.without_locks }
    }
}

/// A connection to a database.
#[derive(Clone)]
pub(crate) struct Connection {
    connection: LanceConnection,
    locks: TableLocks,
    location: Arc<Location>,
    /// The catalog of the tables; `None` if each folder at the location is a table.
    namespace: Option<Arc<Namespace>>,
    tables: TableOptions,
    /// The storage options, for requests that lancedb does not make.
    storage: Arc<ObjectStoreParams>,
    /// The commit handler for the tables; `None` for LanceDB's service.
    commits: Option<Arc<dyn CommitHandler>>,
}

impl Connection {
    pub(crate) async fn open(uri: &Path, options: ConnectOptions) -> Result<Self> {
        storage_options::check(&options.storage)?;
        let (location, created) = Location::open(uri)?;
        let locks = locks_at(&location, &options).await;
        let (storage, read_consistency) = (&options.storage, options.read_consistency);
        let parameters = storage_parameters(storage);
        let connect = || connect(&location, storage, &parameters, read_consistency);
        let opened = match connect().await {
            // lancedb turns the causes of an object store's errors into text, so the storage is queried again for a typed
            // error.
            Err(_) if location.is_bucket() => match storage_error(&location, &parameters, storage).await {
                Some(error) => Err(error),
                None => connect().await.map_err(|error| connect_error(error, storage)),
            },
            opened => opened.map_err(|error| connect_error(error, storage)),
        };
        match opened {
            Ok((connection, commits)) => Ok(Self {
                commits,
                storage: Arc::new(parameters),
                ..Self::new(connection, locks, location, None, &options)
            }),
            Err(error) => {
                created.undo();
                Err(error)
            }
        }
    }

    fn new(
        connection: LanceConnection,
        locks: TableLocks,
        location: Location,
        namespace: Option<Arc<Namespace>>,
        options: &ConnectOptions,
    ) -> Self {
        Self {
            connection,
            locks,
            location: Arc::new(location),
            namespace,
            tables: TableOptions {
                key_index_from: options.key_index_from.unwrap_or(KEY_INDEX_FROM),
                recall_live: options.recall_live,
                reads_newest: options.read_consistency.is_zero(),
                without_small_writes: options.without_small_writes,
                vectors: Arc::new(DecodedVectors::new(
                    options.vector_cache_size.unwrap_or(VECTOR_CACHE_SIZE),
                )),
            },
            storage: Arc::default(),
            commits: None,
        }
    }

    pub(crate) fn raw(&self) -> &LanceConnection {
        &self.connection
    }

    /// Returns the names of all tables, in order. lancedb lists them one page at a time.
    pub(crate) async fn table_names(&self) -> Result<Vec<String>> {
        if let Some(namespace) = &self.namespace {
            return namespace.table_names().await;
        }
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

    pub(super) fn namespace(&self) -> Option<&Arc<Namespace>> {
        self.namespace.as_ref()
    }

    pub(super) fn location(&self) -> &Location {
        &self.location
    }

    /// Returns the storage options.
    pub(super) fn storage(&self) -> &ObjectStoreParams {
        &self.storage
    }

    pub(super) fn locks(&self) -> &TableLocks {
        &self.locks
    }

    fn table(&self, table: LanceTable, site: TableSite, drops: u64) -> Table {
        Table::new(table, site, drops, self.tables.clone())
    }

    /// Returns the site of a table in a database without a namespace.
    fn site(&self, name: &str) -> TableSite {
        let folder = self.locks.folder().map(|folder| trash::table_folder(folder, name));
        TableSite::new(self.locks.clone(), name.to_owned(), folder, self.location.identity().to_owned())
    }

    /// Opens the table, or returns `None` if it does not exist.
    pub(crate) async fn open_table(&self, name: &str) -> Result<Option<Table>> {
        if let Some(namespace) = &self.namespace {
            return Box::pin(self.open_in_namespace(namespace, name)).await;
        }
        let site = self.site(name);
        let drops = site.drops()?;
        let mut open = self.connection.open_table(name);
        if let Some(commits) = &self.commits {
            let commit_handler = Some(Arc::clone(commits));
            open = open.lance_read_params(ReadParams { commit_handler, ..ReadParams::default() });
        }
        Ok(existing(Box::pin(open.execute()).await)?.map(|table| self.table(table, site, drops)))
    }

    /// Opens the table, or creates it if it does not exist. If several connections do this concurrently, only one creates
    /// the table, because the commit that creates it must be the first version.
    pub(crate) async fn open_or_create(&self, name: &str, schema: SchemaRef) -> Result<Table> {
        if let Some(table) = self.open_table(name).await? {
            return Ok(table);
        }
        let _lock = self.locks.creation().await?;
        if let Some(folder) = self.locks.folder() {
            trash::empty_trash(folder).await;
        }
        for _ in 0..CREATIONS {
            if let Some(table) = self.open_table(name).await? {
                return Ok(table);
            }
            if let Some(table) = self.create_table(name, &schema).await? {
                return Ok(table);
            }
        }
        Err(replaced())
    }

    /// Creates the table. Returns `None` if it does not exist afterwards. This happens if another process created and dropped
    /// it, or if the storage refused the commit because of a concurrent request that failed (Amazon S3 responds with status
    /// 409).
    async fn create_table(&self, name: &str, schema: &SchemaRef) -> Result<Option<Table>> {
        if let Some(namespace) = &self.namespace {
            return Box::pin(self.create_in_namespace(namespace, name, with_primary_key(schema))).await;
        }
        let mut create = self.connection.create_empty_table(name, with_primary_key(schema));
        if let Some(commits) = &self.commits {
            let commit_handler = Some(Arc::clone(commits));
            let parameters = WriteParams { commit_handler, ..WriteParams::default() };
            create = create.write_options(WriteOptions { lance_write_params: Some(parameters) });
        }
        // If another connection created the table first, that table is opened.
        following(0, Box::pin(create.execute())).await?;
        // The created table is opened again, because the commit handler is set only when a table is opened.
        self.open_table(name).await
    }
}

/// Returns the table, or `None` if it does not exist.
fn existing(opened: std::result::Result<LanceTable, LanceDbError>) -> Result<Option<LanceTable>> {
    match opened {
        Ok(table) => Ok(Some(table)),
        Err(LanceDbError::TableNotFound { .. }) => Ok(None),
        Err(error) => Err(convert_unreadable(error)),
    }
}

fn replaced() -> Error {
    Error::new(
        ErrorKind::Conflict,
        "other processes created and dropped the table while this call was opening it",
    )
    .with_help("open the table again")
}

/// Returns the locks of a database. Deletes leftover files of dropped tables from its folder.
async fn locks_at(location: &Location, options: &ConnectOptions) -> TableLocks {
    let scope = match location.folder() {
        Some(folder) => {
            trash::empty_trash(folder).await;
            LockScope::Folder(folder.to_owned())
        }
        None if location.in_memory() => LockScope::Memory,
        None => LockScope::Remote,
    };
    TableLocks::new(scope, options.locks())
}

/// Converts the storage options to lance's parameters.
fn storage_parameters(options: &[(String, String)]) -> ObjectStoreParams {
    let mut parameters = ObjectStoreParams::default();
    if !options.is_empty() {
        let options: HashMap<String, String> = options.iter().cloned().collect();
        parameters.storage_options_accessor =
            Some(Arc::new(StorageOptionsAccessor::with_static_options(options)));
    }
    parameters
}

/// Connects, and returns the connection and the commit handler for its tables.
async fn connect(
    location: &Location,
    storage: &[(String, String)],
    parameters: &ObjectStoreParams,
    read_consistency: Duration,
) -> std::result::Result<(LanceConnection, Option<Arc<dyn CommitHandler>>), LanceDbError> {
    let connection = lancedb::connect(location.uri())
        .storage_options(storage.iter().cloned())
        .read_consistency_interval(read_consistency)
        .execute()
        .await?;
    let commits = match location.is_service() {
        true => None,
        false => Some(following_commits(location.uri(), location.folder().is_some(), parameters).await?),
    };
    Ok((connection, commits))
}

/// Returns an error if the object store cannot be reached or its options are invalid, or `None` if it answers.
async fn storage_error(
    location: &Location,
    parameters: &ObjectStoreParams,
    options: &[(String, String)],
) -> Option<Error> {
    match ObjectStore::from_uri_and_params(Arc::default(), location.uri(), parameters).await {
        Ok((storage, base)) => match storage.inner.list(Some(&base)).next().await {
            Some(Err(error)) => Some(convert_unreachable(error.into())),
            _ => None,
        },
        Err(error) if is_of_options(&error) => Some(invalid_options(&error.to_string(), options)),
        Err(error) => Some(convert_unreachable(error.into())),
    }
}

/// Converts an error from connecting. Here, the engine's `InvalidInput` is about the caller's options.
fn connect_error(error: LanceDbError, options: &[(String, String)]) -> Error {
    match error {
        LanceDbError::InvalidInput { message } => invalid_options(&message, options),
        error if is_of_options(&error) => invalid_options(&error.to_string(), options),
        error => convert(error),
    }
}

/// Returns an error for options that the storage refuses. The engine's message can echo a value, which may be a secret.
fn invalid_options(text: &str, options: &[(String, String)]) -> Error {
    let text = without_secrets(text, options.iter().map(|(_, value)| value.as_str()));
    Error::new(ErrorKind::InvalidInput, format!("the storage does not accept its options: {text}"))
        .with_help("check each `.storage_option(key, value)`")
}
