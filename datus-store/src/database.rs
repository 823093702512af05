use std::fmt;
use std::future::IntoFuture;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::BoxFuture;

use crate::backend::{ConnectOptions, Connection, LanceConnection};
use crate::error::{Error, ErrorKind, Result};
use crate::model::IntoModels;
use crate::record::EmbeddingRecord;
use crate::store::{Store, traced};

/// A connection to a database: a folder of tables, on this machine or in an object store, or LanceDB's own service.
///
/// It is cheap to clone.
///
/// ```
/// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
///
/// #[derive(EmbeddingRecord)]
/// struct Note {
///     #[datus(embed)]
///     text: String,
/// }
///
/// # datus_store::block_on(async {
/// let db = Database::connect("memory://").await?;
/// let notes: Store<Note> = db.store(HashingModel::default()).await?;
/// assert_eq!(db.table_names().await?, ["note"]);
/// # Ok::<(), datus_store::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
pub struct Database(Connection);

impl Database {
    /// Connects to the database at `uri`: a path, `memory://`, or with the cargo feature of its name an object store
    /// (`s3://` with `aws`, `gs://` with `gcs`, `az://` with `azure`) or LanceDB's service (`db://` with `remote`).
    ///
    /// A folder is created when the first table is. Each connection to `memory://` is a database of its own.
    ///
    /// # Errors
    /// `Unsupported` for a scheme whose cargo feature is off, naming the feature; `InvalidInput` for an empty or
    /// malformed URI, and for a path that is not UTF-8; `Engine` when the storage can't be reached.
    pub fn connect(uri: impl AsRef<Path>) -> Connect {
        Connect { uri: uri.as_ref().to_owned(), options: ConnectOptions::default() }
    }

    /// Opens the table of a record, and creates it if it is not there.
    ///
    /// The models are one for a record with one `#[datus(embed)]` model, a tuple where its fields name different
    /// models, in order of first use, and `()` for a record without. An existing table is compared with the record and
    /// the models; nothing is changed.
    ///
    /// # Errors
    /// `SchemaMismatch` with every [`Difference`](crate::record::Difference) when the table is not the record's; `Model`
    /// when a model is not the one that the record names; `Engine` when the storage fails.
    pub async fn store<R: EmbeddingRecord>(&self, models: impl IntoModels<R::Models>) -> Result<Store<R>> {
        let models =
            models.into_models().map_err(|error| error.with_table(R::TABLE).with_operation("open"))?;
        Store::open(&self.0, models).await
    }

    /// The names of all tables, in order.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn table_names(&self) -> Result<Vec<String>> {
        traced!("table_names", "").run(self.0.table_names(), Vec::len).await
    }

    /// Drops a table with all its versions. There is no way back.
    ///
    /// # Errors
    /// `TableNotFound` when there is no such table; `Engine` when the storage fails.
    pub async fn drop_table(&self, name: &str) -> Result<()> {
        traced!("drop_table", name).run(self.0.drop_table(name), |()| 0).await
    }

    /// lancedb's own connection, for what this crate does not do.
    pub fn as_lancedb(&self) -> &LanceConnection {
        self.0.raw()
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Database")
    }
}

/// A connection about to be made: what [`Database::connect`] returns. Await it.
#[must_use = "a connection is made when this is awaited"]
pub struct Connect {
    uri: PathBuf,
    options: ConnectOptions,
}

impl Connect {
    /// Adds an option of the storage below, such as `aws_region` or `timeout`. See
    /// <https://docs.lancedb.com/storage/> for what there is.
    pub fn storage_option(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.storage.push((key.into(), value.into()));
        self
    }

    /// Lets reads miss the commits of other processes for as long as `interval`. Zero by default: every read looks for a
    /// newer version first, which is one listing of the version folder.
    pub fn read_consistency(mut self, interval: Duration) -> Self {
        self.options.read_consistency = interval;
        self
    }

    /// Sets from how many rows on a table's key has an index. 100,000 by default.
    ///
    /// Writes by key find the rows of their keys with it, and so do filters on the key. It is built after the first write
    /// to a table of that size, one B-tree for each column of the key that has no index; to fill a new table takes none. `usize::MAX`
    /// leaves indexes to the program.
    pub fn key_index_from(mut self, rows: usize) -> Self {
        self.options.key_index_from = Some(rows);
        self
    }
}

impl IntoFuture for Connect {
    type Output = Result<Database>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { uri, options } = self;
            let open = async {
                let utf8 = || {
                    Error::new(
                        ErrorKind::InvalidInput,
                        "the database's path is not UTF-8: LanceDB takes no other",
                    )
                };
                Connection::open(uri.to_str().ok_or_else(utf8)?, options).await
            };
            traced!("connect", "").run(open, |_| 0).await.map(Database)
        })
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the address nor the options: both may hold secrets.
        f.write_str("Connect")
    }
}
