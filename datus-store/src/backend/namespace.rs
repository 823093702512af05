//! Databases whose tables are managed by a Lance namespace.
//!
//! A namespace is a catalog. It records which tables exist, where their files are, and which credentials their storage needs.
//! The `dir` implementation keeps the catalog in a folder or an object store; `rest` sends requests to a server. The files
//! of a table are read and written directly, like those of any other table, and its commits are also made directly. But if
//! the namespace manages the versions of a table, each commit goes through the namespace.
//!
//! If the folder of a table is on this machine, the locks of the table are in that folder's parent. So connections
//! through a namespace and connections to the parent folder exclude each other.

mod address;
mod described;
mod properties;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use lance_io::object_store::ObjectStoreParams;
use lance_namespace::models::{
    CreateNamespaceRequest, DeclareTableRequest, DeregisterTableRequest, DescribeNamespaceRequest,
    DescribeTableRequest, DropTableRequest, ListTablesRequest,
};
use lance_namespace::{ErrorCode, LanceNamespace};
use lance_table::io::commit::CommitHandler;
use lancedb::connection::Connection as LanceConnection;

pub(super) use self::address::CheckedAddress;
pub(crate) use self::address::NamespaceAddress;
pub(super) use self::described::DescribedTable;
use self::properties::Implementation;
use super::check_table_name;
use super::error::{convert, convert_namespace, namespace_code, without_secrets};
use super::locks::{LockOptions, LockScope, TableLocks};
use super::table_site::TableSite;
use crate::error::{Error, ErrorKind, Result};
use crate::retry;

/// The separator between the names in an identifier. It is used for locks, and for a server whose properties do not set a
/// different separator.
const DELIMITER: &str = "$";

/// The maximum number of attempts to declare a table, and the minimum and maximum delay after a concurrent modification of
/// the catalog.
const DECLARATIONS: u32 = 12;
const WAIT: Duration = Duration::from_millis(10);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The result of an attempt to declare a table.
enum Declaration {
    Made(DescribedTable),
    /// The namespace already contains an entry for the table.
    Exists,
    /// Other connections changed the catalog first.
    Contended,
}

/// A namespace that provides the tables of a connection.
pub(super) struct Namespace {
    client: Arc<dyn LanceNamespace>,
    implementation: Implementation,
    path: Vec<String>,
    delimiter: String,
    options: LockOptions,
    /// The locks of tables that are not on this machine.
    remote: TableLocks,
    /// The locks of tables on this machine, by the parent folder of the table.
    local: Mutex<HashMap<PathBuf, TableLocks>>,
}

/// The commit handler and storage options that give access to the files of a table.
pub(super) struct TableFiles {
    pub(super) commits: Arc<dyn CommitHandler>,
    pub(super) storage: Option<ObjectStoreParams>,
}

impl Namespace {
    /// Connects to a namespace, and creates it if it does not exist.
    pub(super) async fn connect(
        address: &CheckedAddress,
        read_consistency: Duration,
        options: LockOptions,
    ) -> Result<(LanceConnection, Self)> {
        let properties = address.properties.clone();
        let connect = lancedb::connect_namespace(address.implementation.name(), properties)
            .storage_options(address.storage.iter().cloned())
            .read_consistency_interval(read_consistency)
            .execute();
        let connection = Box::pin(connect).await.map_err(|error| {
            let text = without_secrets(&error.to_string(), address.secrets());
            Error::new(
                ErrorKind::InvalidInput,
                format!("the namespace does not accept its properties: {text}"),
            )
            .with_help("check each property of `Database::connect_namespace`")
        })?;
        let namespace = Self {
            client: connection.namespace_client().await.map_err(convert)?,
            implementation: address.implementation,
            path: address.path.clone(),
            delimiter: address.properties.get("delimiter").cloned().unwrap_or_else(|| DELIMITER.to_owned()),
            options,
            remote: TableLocks::new(LockScope::Remote, options),
            local: Mutex::default(),
        };
        namespace.path.iter().try_for_each(|name| namespace.check_delimiter(name))?;
        namespace.create_if_missing().await?;
        Ok((connection, namespace))
    }

    /// Returns the names of the nested namespaces, outermost first.
    pub(super) fn path(&self) -> Vec<String> {
        self.path.clone()
    }

    /// Returns the identifier of a table.
    ///
    /// # Errors
    /// `InvalidInput` for a name that a table cannot have.
    fn id(&self, table: &str) -> Result<Vec<String>> {
        check_table_name(table)?;
        self.check_delimiter(table)?;
        Ok(self.path.iter().cloned().chain([table.to_owned()]).collect())
    }

    /// Fails for a name that contains the delimiter, because in an identifier, such a name could not be separated from the
    /// names around it.
    fn check_delimiter(&self, name: &str) -> Result<()> {
        if !name.contains(&self.delimiter) {
            return Ok(());
        }
        let message = format!("the name `{name}` contains the delimiter of the namespace");
        Err(Error::new(ErrorKind::InvalidInput, message)
            .with_help("use another name, or set the property `delimiter` to another value"))
    }

    /// Creates the namespace and its parents, if they do not exist.
    async fn create_if_missing(&self) -> Result<()> {
        let Err(error) = self.describe_namespace(&self.path).await else { return Ok(()) };
        if self.path.is_empty() {
            // A server is not required to describe its root. It may still describe tables.
            let is_undescribed =
                [ErrorCode::Unsupported, ErrorCode::NamespaceNotFound, ErrorCode::PermissionDenied];
            return match namespace_code(&error) {
                Some(code) if is_undescribed.contains(&code) => Ok(()),
                _ => Err(convert_namespace(error)),
            };
        }
        for depth in 1..=self.path.len() {
            let path = &self.path[..depth];
            match self.describe_namespace(path).await {
                Ok(()) => {}
                Err(error) if namespace_code(&error) == Some(ErrorCode::NamespaceNotFound) => {
                    self.create_namespace(path).await?;
                }
                Err(error) => return Err(convert_namespace(error)),
            }
        }
        Ok(())
    }

    async fn create_namespace(&self, path: &[String]) -> Result<()> {
        let request = CreateNamespaceRequest { id: Some(path.to_vec()), ..Default::default() };
        let Err(error) = self.client.create_namespace(request).await else { return Ok(()) };
        // Another connection may have created the namespace.
        self.describe_namespace(path).await.map_err(|_| convert_namespace(error))
    }

    async fn describe_namespace(&self, path: &[String]) -> std::result::Result<(), lance_core::Error> {
        let request = DescribeNamespaceRequest { id: Some(path.to_vec()), ..Default::default() };
        self.client.describe_namespace(request).await.map(drop)
    }

    /// Returns the names of the tables that have a version, in order.
    pub(super) async fn table_names(&self) -> Result<Vec<String>> {
        let mut names = Vec::new();
        let mut page_token = None;
        loop {
            let request = ListTablesRequest {
                id: Some(self.path.clone()),
                page_token: page_token.clone(),
                include_declared: Some(false),
                ..Default::default()
            };
            let page = self.client.list_tables(request).await.map_err(convert_namespace)?;
            names.extend(page.tables);
            let next = page.page_token.filter(|token| !token.is_empty());
            if next.is_none() {
                break;
            }
            if next == page_token {
                let message = "the namespace returned the same page token for two pages of table names";
                return Err(Error::new(ErrorKind::Engine, message)
                    .with_help("report this to the authors of the namespace"));
            }
            page_token = next;
        }
        names.sort_unstable();
        names.dedup();
        Ok(names)
    }

    /// Returns the description of a table, or `None` if the namespace does not contain it.
    pub(super) async fn describe(&self, table: &str) -> Result<Option<DescribedTable>> {
        let request = DescribeTableRequest { id: Some(self.id(table)?), ..Default::default() };
        match self.client.describe_table(request).await {
            Ok(found) => {
                let described = DescribedTable::new(
                    table,
                    found.location,
                    found.storage_options,
                    found.managed_versioning,
                );
                described.map(Some)
            }
            Err(error) if namespace_code(&error) == Some(ErrorCode::TableNotFound) => Ok(None),
            Err(error) => Err(convert_namespace(error)),
        }
    }

    /// Returns the description of a table. Declares the table first if the namespace does not contain it.
    pub(super) async fn declare(&self, table: &str) -> Result<DescribedTable> {
        let mut had_entry = false;
        for attempt in 0..DECLARATIONS {
            if let Some(described) = self.describe(table).await? {
                return Ok(described);
            }
            match self.try_declare(table).await? {
                Declaration::Made(declared) => return Ok(declared),
                Declaration::Contended => {
                    tokio::time::sleep(retry::delay(attempt, WAIT, LONGEST_WAIT, fastrand::f64())).await;
                }
                // The catalog of a `dir` namespace keeps the entry of a table whose folder was removed without updating the
                // catalog. Only the entry is removed here, because another connection may have created the table in the
                // meantime.
                Declaration::Exists if had_entry && self.implementation == Implementation::Dir => {
                    self.remove_entry(table).await?;
                }
                Declaration::Exists => had_entry = true,
            }
        }
        let message = format!("the namespace has an entry for the table `{table}`, but does not describe it");
        Err(Error::new(ErrorKind::Conflict, message)
            .with_help("open the table again, or remove the entry with the tools of the namespace"))
    }

    async fn try_declare(&self, table: &str) -> Result<Declaration> {
        let request = DeclareTableRequest { id: Some(self.id(table)?), ..Default::default() };
        match self.client.declare_table(request).await {
            Ok(made) => {
                let described =
                    DescribedTable::new(table, made.location, made.storage_options, made.managed_versioning);
                described.map(Declaration::Made)
            }
            Err(error) => match namespace_code(&error) {
                Some(ErrorCode::TableAlreadyExists) => Ok(Declaration::Exists),
                Some(ErrorCode::ConcurrentModification) => Ok(Declaration::Contended),
                _ => Err(convert_namespace(error)),
            },
        }
    }

    /// Removes the entry of a table but keeps its files.
    async fn remove_entry(&self, table: &str) -> Result<()> {
        let request = DeregisterTableRequest { id: Some(self.id(table)?), ..Default::default() };
        match self.client.deregister_table(request).await {
            Ok(_) => Ok(()),
            Err(error) if namespace_code(&error) == Some(ErrorCode::TableNotFound) => Ok(()),
            Err(error) => Err(convert_namespace(error)),
        }
    }

    /// Drops a table. Returns `false` if the namespace has no entry for it.
    pub(super) async fn drop_table(&self, table: &str) -> Result<bool> {
        let request = DropTableRequest { id: Some(self.id(table)?), ..Default::default() };
        match self.client.drop_table(request).await {
            Ok(_) => Ok(true),
            Err(error) if namespace_code(&error) == Some(ErrorCode::TableNotFound) => Ok(false),
            Err(error) => Err(convert_namespace(error)),
        }
    }

    /// Returns what is needed to access the files of a table. `storage` contains the storage options of the connection.
    pub(super) async fn files(
        &self,
        table: &str,
        described: &DescribedTable,
        storage: &ObjectStoreParams,
    ) -> Result<TableFiles> {
        let id = self.id(table)?;
        Ok(TableFiles {
            commits: described.commits(storage, &self.client, id.clone()).await?,
            storage: described.storage(storage, &self.client, id),
        })
    }

    /// Returns the site of a table.
    ///
    /// # Errors
    /// `Engine` if the namespace places the table in a folder that does not exist on this machine.
    pub(super) fn site(&self, table: &str, described: &DescribedTable) -> Result<TableSite> {
        let Some(folder) = described.folder() else {
            let id = self.id(table)?.join(DELIMITER);
            let location = described.location();
            let database = location.strip_suffix(&format!("/{table}.lance")).unwrap_or(location);
            return Ok(TableSite::new(self.remote.clone(), id, None, database.to_owned()));
        };
        let (Some(around), Some(name)) = (folder.parent(), folder.file_name()) else {
            return Err(unusable(table, folder));
        };
        let Ok(around) = around.canonicalize() else { return Err(unusable(table, folder)) };
        let folder = around.join(name);
        let name = name.to_string_lossy();
        let (name, database) = match name.strip_suffix(".lance") {
            // This is the identity of a connection to the folder.
            Some(name) if name == table => (name.to_owned(), format!("file://{}", around.display())),
            Some(name) => (name.to_owned(), format!("file://{}", folder.display())),
            None => (name.into_owned(), format!("file://{}", folder.display())),
        };
        Ok(TableSite::new(self.locks_in(&around), name, Some(folder), database))
    }

    /// Returns the locks of the tables in a folder.
    fn locks_in(&self, folder: &Path) -> TableLocks {
        let mut local = self.local.lock().unwrap_or_else(PoisonError::into_inner);
        let new = || TableLocks::new(LockScope::Folder(folder.to_owned()), self.options);
        local.entry(folder.to_owned()).or_insert_with(new).clone()
    }
}

fn unusable(table: &str, folder: &Path) -> Error {
    let message = format!(
        "the namespace places the table `{table}` at {}, but this machine has no such folder",
        folder.display()
    );
    Error::new(ErrorKind::Engine, message)
        .with_help("use a namespace whose tables are in an object store, or mount the folder")
}
