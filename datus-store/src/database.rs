use std::fmt;
use std::future::IntoFuture;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::BoxFuture;

#[cfg(feature = "lancedb")]
use crate::backend::LanceConnection;
use crate::backend::{ConnectOptions, Connection};
use crate::error::Result;
use crate::model::IntoModels;
use crate::record::{EmbeddingRecord, Keyed};
use crate::store::plan::Plan;
use crate::store::{Maintenance, Open, Reembed, plan_of, traced};

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
pub struct Database {
    connection: Connection,
    maintenance: Maintenance,
}

impl Database {
    /// Connects to the database at a path or URI.
    ///
    /// | given | opened |
    /// |---|---|
    /// | `data/notes`, `/data/notes`, `../notes`, `.` | the folder; a relative path is one of the current folder |
    /// | `~`, `~/notes` | the home folder, or a folder in it |
    /// | `run-12:30`, `a%20b`, `a?b`, `dbs/x`, `memory` | the folder of that very name |
    /// | `./~`, `./s3:notes`, `./:memory:` | the folder of that name; a path of these names needs the `./` |
    /// | `file:///data/a%20b`, `file:/data/a b`, `file://localhost/data/a%20b` | the folder `/data/a b` |
    /// | `memory://` | a database in memory, of this connection |
    /// | `shared-memory://NAME` | a database in memory, of all connections of this process to that name, until it ends |
    /// | `s3://BUCKET/PATH`, with the cargo feature `aws` | S3 and what speaks its protocol |
    /// | `gs://BUCKET/PATH`, with `gcs` | Google Cloud Storage |
    /// | `az://CONTAINER/PATH`, `abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH`, with `azure` | Azure Blob Storage |
    /// | `db://NAME`, with `remote` | LanceDB's service |
    ///
    /// All spellings of a folder are one database: relative or absolute, by a `file:` URI, with `.`, `..`, a slash at the end
    /// or symbolic links, which are followed when the connection is made. Its tables and lock files are in that folder, which is
    /// created if it is missing. Schemes are read in any case. `shared-memory://` has no lock files: concurrent writers
    /// are kept apart as on an object store.
    ///
    /// Nothing is created for a text that is refused: another scheme, a relative `file:` URI or one of another machine
    /// (`file://data/notes`), `~user`, a drive of Windows elsewhere, the path of a file. Credentials are given by
    /// [`storage_option`](Connect::storage_option) or in the environment, and a URI with some in it is refused.
    ///
    /// ```
    /// use datus_store::{Database, ErrorKind};
    ///
    /// # datus_store::block_on(async {
    /// let error = Database::connect("s3a://bucket/notes").await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::Unsupported);
    /// assert_eq!(error.help(), Some("write `s3://`"));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `Unsupported` for a scheme that is not served, or whose cargo feature is off, naming the feature; `InvalidInput` for
    /// any other text that is refused, and for a path that is not UTF-8; `Engine` when the folder can't be created or the
    /// storage can't be reached.
    pub fn connect(uri: impl AsRef<Path>) -> Connect {
        let (uri, maintenance) = (uri.as_ref().to_owned(), Maintenance::default());
        Connect { uri, options: ConnectOptions::default(), maintenance }
    }

    /// Opens the table of a record, and creates it if it is not there. Await it.
    ///
    /// The models are one for a record with one `#[datus(embed)]` model, a tuple where its fields name different
    /// models, in order of first use, and `()` for a record without. An existing table is compared with the record and
    /// the models; nothing is changed, unless [`drift`](Open::drift) says that what is safe may be.
    ///
    /// # Errors
    /// `SchemaMismatch` with every [`Difference`](crate::record::Difference) when the table is not the record's; `Model`
    /// when a model is not the one that the record names, or sends a `private` text away; `Engine` when the storage fails. With
    /// [`Drift::ApplySafe`](crate::Drift::ApplySafe) also `Conflict`, when other writers won every attempt to commit:
    /// what was done until then stays, and the next opening goes on.
    pub fn store<R: EmbeddingRecord>(&self, models: impl IntoModels<R::Models>) -> Open<'_, R> {
        Open::new(&self.connection, models.into_models(), self.maintenance.clone())
    }

    /// Says what has to change in a table so that it is the one of a record and its models. Changes nothing.
    ///
    /// It reads the table's schema and metadata, and counts nulls in columns that may not have any in the record. Print
    /// the [`Plan`], or look through its steps. The steps that are safe are done by opening the table with
    /// [`Drift::ApplySafe`](crate::Drift::ApplySafe).
    ///
    /// ```
    /// use datus_store::plan::Effect;
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// mod before {
    ///     #[derive(datus_store::EmbeddingRecord)]
    ///     #[datus(table = "tasks")]
    ///     pub struct Task {
    ///         pub title: String,
    ///         pub room: u16,
    ///     }
    /// }
    ///
    /// #[derive(Debug, EmbeddingRecord)]
    /// #[datus(table = "tasks")]
    /// struct Task {
    ///     title: String,
    ///     due: Option<i64>,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let old: Store<before::Task> = db.store(()).await?;
    /// old.add([before::Task { title: "Water the plants".into(), room: 7 }]).await?;
    ///
    /// let plan = db.plan::<Task>(()).await?;
    /// let effects: Vec<_> = plan.steps().iter().map(|step| (step.column(), step.effect())).collect();
    /// assert_eq!(effects, [(Some("due"), Effect::Safe), (Some("room"), Effect::DestroysData)]);
    /// println!("{plan}");
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `SchemaMismatch` when the table is of a newer `#[datus(schema_version = …)]` than the record: this program is
    /// older than the table. `Model` when a model is not the one that the record names; `Engine` when the storage fails.
    pub async fn plan<R: EmbeddingRecord>(&self, models: impl IntoModels<R::Models>) -> Result<Plan> {
        plan_of::<R>(&self.connection, models.into_models()).await
    }

    /// Makes the vectors of a record's table anew with these models, as [`Store::reembed`](crate::Store::reembed) does,
    /// where the table can't be opened: the model that made its vectors is gone, the struct names another one, or a
    /// vector is made of other columns now. Open the table when it is done.
    ///
    /// # Errors
    /// As [`Store::reembed`](crate::Store::reembed), and `TableNotFound` when there is no such table.
    pub fn reembed<R: Keyed>(&self, models: impl IntoModels<R::Models>) -> Reembed<'_, R> {
        Reembed::named(&self.connection, models.into_models())
    }

    /// The names of all tables, in order.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn table_names(&self) -> Result<Vec<String>> {
        traced!("table_names", "").run(self.connection.table_names(), Vec::len).await
    }

    /// Drops a table with all its versions. There is no way back.
    ///
    /// It waits for the writers and the maintenance of the table. Those that come later, and writes that have not
    /// committed yet, fail with `TableNotFound`; they never bring the table back. In a folder of this machine the table is gone in
    /// one step; on an object store its newest version is the last to go before its data does. A drop that is cut off leaves the table whole
    /// or none; the next connection, creation or drop removes files that are left over.
    ///
    /// The table's lock files (`.datus-write.NAME.lock`) stay in the folder, and a file `.datus-drops.NAME` that counts its drops:
    /// a program that opened the table before it was dropped and created again gets `TableChanged` when it writes.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, ErrorKind, Store};
    ///
    /// #[derive(Clone, EmbeddingRecord)]
    /// struct Event {
    ///     name: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let events: Store<Event> = db.store(()).await?;
    /// db.drop_table("event").await?;
    ///
    /// let error = events.add([Event { name: "start".to_owned() }]).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::TableNotFound);
    /// assert!(db.table_names().await?.is_empty());
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `TableNotFound` when there is no such table; `Conflict` when a lock is held for longer than
    /// [`lock_timeout`](Connect::lock_timeout); `Engine` when the storage fails.
    pub async fn drop_table(&self, name: &str) -> Result<()> {
        traced!("drop_table", name).run(self.connection.drop_table(name), |()| 0).await
    }

    /// Returns the connection of the crate `lancedb`, for what this crate does not do. Needs the cargo feature `lancedb`. See
    /// [`Store::as_lancedb`](crate::Store::as_lancedb).
    #[cfg(feature = "lancedb")]
    pub fn as_lancedb(&self) -> &LanceConnection {
        self.connection.raw()
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
    maintenance: Maintenance,
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

    /// Sets how tables are maintained in the background after writes through this connection. On by default, with the settings of
    /// [`Maintenance::new`]; [`Maintenance::off`] turns it off.
    ///
    /// The guide has a page on [maintenance](crate::guide::maintenance).
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Maintenance, MaintenanceState, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Event {
    ///     name: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").maintenance(Maintenance::off()).await?;
    /// let events: Store<Event> = db.store(()).await?;
    /// events.add([Event { name: "start".into() }]).await?;
    /// assert_eq!(events.health().await?.maintenance.state, MaintenanceState::Off);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn maintenance(mut self, policy: Maintenance) -> Self {
        self.maintenance = policy;
        self
    }

    /// Sets the longest time that an operation waits for a lock of a table. No limit by default.
    ///
    /// A table has a lock for writes, one for building indexes and compaction, and one for re-embedding; a drop takes the first
    /// two. With a limit, a program that starts while another one re-embeds the table gets `Conflict` from
    /// `reembed_if_needed` and does not wait for it.
    ///
    /// When the time is over the operation fails with `Conflict`, and its help names the lock file; nothing was written. A wait of more than a second is
    /// logged as a warning in any case, when it gets long and when it ends.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// # datus_store::block_on(async {
    /// let db = datus_store::Database::connect("memory://").lock_timeout(Duration::from_secs(30)).await?;
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn lock_timeout(mut self, limit: Duration) -> Self {
        self.options.lock_timeout = Some(limit);
        self
    }

    /// Treats a folder as if its file system did not lock files, and other connections as if they were other machines. For
    /// tests of writers without locks.
    #[doc(hidden)]
    pub fn without_locks(mut self) -> Self {
        self.options.without_locks = true;
        self
    }

    /// Makes each write as if it had many rows: it looks its keys up with queries, commits by itself, and leaves a fragment.
    /// For benchmarks, and for tests that need many fragments.
    #[doc(hidden)]
    pub fn without_small_writes(mut self) -> Self {
        self.options.without_small_writes = true;
        self
    }
}

impl IntoFuture for Connect {
    type Output = Result<Database>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { uri, options, maintenance } = self;
            let open = Connection::open(&uri, options);
            let connection = traced!("connect", "").run(open, |_| 0).await?;
            Ok(Database { connection, maintenance })
        })
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Neither the address nor the options: both may hold secrets.
        f.write_str("Connect")
    }
}
