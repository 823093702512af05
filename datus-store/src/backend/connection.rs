use std::time::Duration;

use arrow_schema::SchemaRef;
use lancedb::Error as LanceDbError;
use lancedb::Table as LanceTable;
use lancedb::connection::Connection as LanceConnection;

use super::Table;
use super::error::convert;
use super::folder::{folder, make};
use super::key_index::KEY_INDEX_FROM;
use super::primary_key::with_primary_key;
use super::trash;
use super::turn::{Location, LockOptions, Turns};
use crate::error::{Error, ErrorKind, Result};

/// What a connection is made with.
#[derive(Default)]
pub(crate) struct ConnectOptions {
    /// Options of the storage below, such as credentials.
    pub(crate) storage: Vec<(String, String)>,
    /// How long a read may miss the commits of other processes.
    pub(crate) read_consistency: Duration,
    /// From how many rows on a key has an index; `None` for the default.
    pub(crate) key_index_from: Option<usize>,
    /// The longest wait for a lock; `None` for no limit.
    pub(crate) lock_timeout: Option<Duration>,
    /// `true` to treat a folder as if its file system had no locks.
    pub(crate) without_locks: bool,
}

/// A connection to a database.
#[derive(Clone)]
pub(crate) struct Connection {
    connection: LanceConnection,
    turns: Turns,
    key_index_from: usize,
}

impl Connection {
    pub(crate) async fn open(uri: &str, options: ConnectOptions) -> Result<Self> {
        check_scheme(uri)?;
        let folder = folder(uri);
        if let Some(folder) = &folder {
            make(folder)?;
            trash::empty(folder).await;
        }
        let location = match folder {
            Some(folder) => Location::Folder(folder),
            None if uri.starts_with("memory://") => Location::Memory,
            None => Location::Remote,
        };
        let ConnectOptions { storage, read_consistency, key_index_from, lock_timeout, without_locks } =
            options;
        let connection = lancedb::connect(&local_path(uri))
            .storage_options(storage)
            .read_consistency_interval(read_consistency)
            .execute()
            .await
            .map_err(convert)?;
        Ok(Self {
            connection,
            turns: Turns::new(location, LockOptions { timeout: lock_timeout, disabled: without_locks }),
            key_index_from: key_index_from.unwrap_or(KEY_INDEX_FROM),
        })
    }

    pub(crate) fn raw(&self) -> &LanceConnection {
        &self.connection
    }

    /// The names of all tables, in order. lancedb lists them a page at a time.
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
        // A write that began before its table was dropped leaves a folder without a version.
        if let Some(folder) = self.turns.folder() {
            names.retain(|name| trash::has_versions(folder, name));
        }
        Ok(names)
    }

    pub(super) fn turns(&self) -> &Turns {
        &self.turns
    }

    fn table(&self, table: LanceTable, drops: u64) -> Table {
        Table::new(table, self.connection.clone(), self.turns.clone(), drops, self.key_index_from)
    }

    /// Opens the table; `None` when there is none.
    pub(crate) async fn open_table(&self, name: &str) -> Result<Option<Table>> {
        let drops = self.turns.drops_of(name)?;
        match self.connection.open_table(name).execute().await {
            Ok(table) => Ok(Some(self.table(table, drops))),
            Err(LanceDbError::TableNotFound { .. }) => Ok(None),
            Err(error) => Err(convert(error)),
        }
    }

    /// Opens the table, and creates it if it is not there. Of several that do so at once one creates it.
    pub(crate) async fn open_or_create(&self, name: &str, schema: SchemaRef) -> Result<Table> {
        if let Some(table) = self.open_table(name).await? {
            return Ok(table);
        }
        let _turn = self.turns.creation().await?;
        if let Some(table) = self.open_table(name).await? {
            return Ok(table);
        }
        if let Some(folder) = self.turns.folder() {
            trash::empty(folder).await;
        }
        let drops = self.turns.drops_of(name)?;
        let created = self.connection.create_empty_table(name, with_primary_key(&schema)).execute().await;
        match created {
            Ok(table) => keep_first(self.table(table, drops)).await,
            Err(LanceDbError::TableAlreadyExists { .. }) => self.open_table(name).await?.ok_or_else(|| {
                let message = "another process created and dropped the table meanwhile: open it again";
                Error::new(ErrorKind::Conflict, message)
            }),
            Err(error) => Err(convert(error)),
        }
    }
}

/// On an object store no lock keeps another machine from creating the same table: a creation that is not the first
/// version was written over somebody's table, and is taken back.
async fn keep_first(table: Table) -> Result<Table> {
    let version = table.version().await?;
    if version > 1 {
        table.raw().checkout(version - 1).await.map_err(convert)?;
        table.raw().restore().await.map_err(convert)?;
    }
    Ok(table)
}

/// Fails for a scheme whose cargo feature is off, and for an unknown one.
fn check_scheme(uri: &str) -> Result<()> {
    if uri.trim().is_empty() {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "the database's URI is empty: give a path, `memory://`, or the address of an object store",
        ));
    }
    let Some((scheme, _)) = uri.split_once("://") else { return Ok(()) };
    let (feature, enabled) = match scheme {
        // The last one is Lance's own name for files of this machine seen as an object store.
        "memory" | "file" | "file-object-store" => return Ok(()),
        "s3" | "s3a" | "s3+ddb" => ("aws", cfg!(feature = "aws")),
        "gs" => ("gcs", cfg!(feature = "gcs")),
        "az" | "abfss" => ("azure", cfg!(feature = "azure")),
        "db" => ("remote", cfg!(feature = "remote")),
        _ => {
            return Err(Error::new(
                ErrorKind::Unsupported,
                format!(
                    "`{scheme}://` is not a database that LanceDB knows: use a path, `memory://`, `s3://`, `gs://`, \
                     `az://` or `db://`"
                ),
            ));
        }
    };
    if enabled {
        return Ok(());
    }
    Err(Error::new(
        ErrorKind::Unsupported,
        format!(
            "`{scheme}://` needs the cargo feature `{feature}`: \
             write `features = [\"{feature}\"]` at `datus-store` in Cargo.toml"
        ),
    ))
}

/// lancedb takes every URI that begins with `db` for its remote service, even the path `dbs/sales`.
fn local_path(uri: &str) -> String {
    if uri.starts_with("db") && !uri.contains("://") { format!("./{uri}") } else { uri.to_owned() }
}
