mod made_elsewhere;
mod storage_check;

use std::fmt;
use std::future::IntoFuture;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::BoxFuture;

pub use self::storage_check::StorageCheck;
#[cfg(feature = "lancedb")]
use crate::backend::LanceConnection;
use crate::backend::{ConnectOptions, Connection};
use crate::error::Result;
use crate::model::IntoModels;
use crate::record::{EmbeddingRecord, Keyed};
use crate::store::{Maintenance, MakePlan, Open, Reembed, traced};

/// A connection to a database: a folder of tables on this machine or in an object store, or LanceDB's hosted service.
///
/// A `Database` is cheap to clone.
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
    /// | URI | opens |
    /// |---|---|
    /// | `data/notes`, `/data/notes`, `../notes`, `.` | the folder; a relative path starts at the current folder |
    /// | `~`, `~/notes` | the home folder, or a folder in it |
    /// | `run-12:30`, `a%20b`, `a?b`, `dbs/x`, `memory` | the folder with exactly that name |
    /// | `./~`, `./s3:notes`, `./:memory:` | the folder with that name; these names need the `./` |
    /// | `file:///data/a%20b`, `file:/data/a b`, `file://localhost/data/a%20b` | the folder `/data/a b` |
    /// | `memory://` | a database in memory, private to this connection |
    /// | `shared-memory://NAME` | a database in memory, shared by all connections of this process with that name, until the process ends |
    /// | `s3://BUCKET/PATH`, with the cargo feature `aws` | Amazon S3 and compatible stores |
    /// | `s3+ddb://BUCKET/PATH?ddbTableName=TABLE`, with `dynamodb` | a store without conditional writes; commits go through a DynamoDB table |
    /// | `gs://BUCKET/PATH`, with `gcs` | Google Cloud Storage |
    /// | `az://CONTAINER/PATH`, `abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH`, with `azure` | Azure Blob Storage |
    /// | `db://NAME`, with `remote` | LanceDB's hosted service |
    ///
    /// All spellings of a folder open the same database: relative and absolute paths, `file:` URIs, and paths with
    /// `.`, `..`, a trailing slash or symbolic links. Links are followed when the connection is made. The folder is
    /// created if it is missing, and contains the tables and lock files. Schemes are case-insensitive.
    /// `shared-memory://` has no lock files: concurrent writers are kept apart as on an object store. The guide has a page on
    /// [object stores](crate::guide::object_stores).
    ///
    /// Nothing is created for a URI that is refused. These are refused: other schemes, a relative `file:` URI,
    /// a `file:` URI that names a different machine (`file://data/notes`), `~user`, a Windows drive on other systems,
    /// and the path of a file. A URI with credentials is refused too: pass them with
    /// [`storage_option`](Connect::storage_option) or in the environment.
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
    /// `Unsupported` for an unknown scheme, and for a scheme whose cargo feature is off, with the name of the
    /// feature; `InvalidInput` for any other URI that is refused, and for a path that is not UTF-8; `Engine` when the
    /// folder cannot be created or the storage cannot be reached.
    pub fn connect(uri: impl AsRef<Path>) -> Connect {
        let (uri, maintenance) = (uri.as_ref().to_owned(), Maintenance::default());
        Connect { uri, options: ConnectOptions::default(), maintenance }
    }

    /// Opens the table of a record when it is awaited, and creates the table if it does not exist.
    ///
    /// `models` is a single model if all `#[datus(embed)]` fields use the same one. It is a tuple, in order of first
    /// use, if the fields name different models, and `()` for a record without embedded fields.
    /// [`NoModel`](crate::model::NoModel) opens an existing table without its model. An existing table is
    /// compared with the record and the models. It is not changed, unless [`drift`](Open::drift) allows safe changes.
    ///
    /// # Errors
    /// `SchemaMismatch` with every [`Difference`](crate::record::Difference) when the table does not match the
    /// record; `Model` when a model is not the one that the record names, or sends a `private` text to another
    /// machine; `Engine` when the storage fails. With [`Drift::ApplySafe`](crate::Drift::ApplySafe) also `Conflict`,
    /// when other writers won every attempt to commit. Completed steps are kept, and opening the table again
    /// continues with the rest.
    pub fn store<R: EmbeddingRecord>(&self, models: impl IntoModels<R::Models>) -> Open<'_, R> {
        Open::new(&self.connection, models.into_available_models(), self.maintenance.clone())
    }

    /// Returns the changes that make a table match a record and its models, without making them.
    ///
    /// It reads the table's schema and metadata. It counts nulls in columns that the record declares without nulls, and rows
    /// that share a key if the key differs.
    /// Print the [`Plan`](crate::Plan), or iterate over its steps. If all steps are safe, opening the table with
    /// [`Drift::ApplySafe`](crate::Drift::ApplySafe) applies them.
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
    /// `SchemaMismatch` when the table has a newer `#[datus(schema_version = …)]` than the record, because this
    /// program is older than the table; `Model` when a model is not the one that the record names; `Engine` when the
    /// storage fails.
    pub fn plan<R: EmbeddingRecord>(&self, models: impl IntoModels<R::Models>) -> MakePlan<'_, R> {
        MakePlan::new(&self.connection, models.into_available_models())
    }

    /// Embeds a table again with these models, as [`Store::reembed`](crate::Store::reembed) does, without opening it.
    ///
    /// Use it for a table that cannot be opened: the model that made its vectors is gone, the struct names a
    /// different model, or a vector is made from different columns now. Open the table afterwards. For a table with a
    /// different name than the record declares, add [`.table("…")`](Reembed::table).
    ///
    /// # Errors
    /// The errors of [`Store::reembed`](crate::Store::reembed), and `TableNotFound` when the table does not exist.
    pub fn reembed<R: Keyed>(&self, models: impl IntoModels<R::Models>) -> Reembed<'_, R> {
        Reembed::named(&self.connection, models.into_models())
    }

    /// Returns the names of all tables, in lexicographic order.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn table_names(&self) -> Result<Vec<String>> {
        traced!("table_names", "").run(self.connection.table_names(), Vec::len).await
    }

    /// Drops a table with all its versions. This cannot be undone.
    ///
    /// It waits for the current writers and the maintenance of the table. Later operations, and writes that have not
    /// committed yet, fail with `TableNotFound` and never bring the table back. In a local folder the table
    /// disappears in one step. On an object store its versions are removed first, the newest one last, and then its
    /// data. There are no locks on an object store, so no other machine may write to the table meanwhile. An interrupted drop either leaves the table whole or removes it. The next connection, creation or drop
    /// removes leftover files.
    ///
    /// The table's lock files (`.datus-write.NAME.lock`) stay in the folder, and so does the file
    /// `.datus-drops.NAME`, which counts the drops. With it, a program that opened the table before it was dropped
    /// and created again gets `TableChanged` when it writes.
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
    /// `TableNotFound` when the table does not exist; `Conflict` when a lock is held for longer than
    /// [`lock_timeout`](Connect::lock_timeout); `Engine` when the storage fails.
    pub async fn drop_table(&self, name: &str) -> Result<()> {
        traced!("drop_table", name).run(self.connection.drop_table(name), |()| 0).await
    }

    /// Returns lancedb's own connection, for features that this crate does not cover. Needs the cargo feature `lancedb`; see
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

/// Connects to a database when it is awaited. Made by [`Database::connect`].
#[must_use = "the connection is made when this is awaited"]
pub struct Connect {
    uri: PathBuf,
    options: ConnectOptions,
    maintenance: Maintenance,
}

impl Connect {
    /// Adds an option of the storage, such as `aws_region` or `timeout`. They are listed at
    /// <https://docs.lancedb.com/storage/>.
    ///
    /// Awaiting the connection fails with `InvalidInput` if the name is a known one with a typing mistake, which the storage
    /// would ignore. Values never appear in errors, `Debug` output or logs.
    ///
    /// ```
    /// use datus_store::{Database, ErrorKind};
    ///
    /// # datus_store::block_on(async {
    /// let error = Database::connect("memory://").storage_option("aws_regoin", "eu-north-1").await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidInput);
    /// assert_eq!(error.help(), Some("write `.storage_option(\"aws_region\", …)`"));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn storage_option(mut self, key: impl Into<String>, value: impl Into<String>) -> Self {
        self.options.storage.push((key.into(), value.into()));
        self
    }

    /// Sets how long reads may miss the commits of other processes. Zero by default: every read looks for a newer
    /// version first, which costs one listing of the version folder.
    pub fn read_consistency(mut self, interval: Duration) -> Self {
        self.options.read_consistency = interval;
        self
    }

    /// Sets the number of rows from which the key of a table is indexed. 100,000 by default.
    ///
    /// Writes by key find rows with the index, and so do filters on the key. It is built after the first write to a
    /// table of that size: one B-tree for each column of the key that has no index. Filling a new table builds
    /// none. `usize::MAX` leaves building indexes to the program.
    pub fn key_index_from(mut self, rows: usize) -> Self {
        self.options.key_index_from = Some(rows);
        self
    }

    /// Repeats one in `one_in` vector searches exactly, to measure the recall that users get. 0 by default, which repeats
    /// none.
    ///
    /// A search is chosen at random. After it has returned its hits, it runs again in the background on the same version
    /// of the table, with the index and by comparison with every vector. [`IndexHealth::live`](crate::IndexHealth::live)
    /// has the mean of the newest 500 such searches with its confidence interval, and
    /// [`health`](crate::Store::health) advises to measure the index again if the recall is below the target. Each
    /// comparison is an event of `tracing` at the level `DEBUG` with the fields `recall`, `estimate`, `low`, `high` and
    /// `searches`, and the first that finds the recall below the target is a warning.
    ///
    /// Only searches with an index and its measured parameters are repeated, in hybrid and reranked searches the vector
    /// leg. The cost is bounded: one comparison runs at a time, takes at most 10 seconds, and is followed by a rest of
    /// nine times its duration. Searches that are chosen meanwhile are left out.
    ///
    /// ```
    /// # datus_store::block_on(async {
    /// let db = datus_store::Database::connect("memory://").recall_live(1000).await?;
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn recall_live(mut self, one_in: usize) -> Self {
        self.options.recall_live = NonZeroUsize::new(one_in);
        self
    }

    /// Sets how tables are maintained in the background after writes through this connection. On by default, with the
    /// settings of [`Maintenance::new`]. [`Maintenance::off`] turns it off.
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
    /// A table has a lock for writes, one for building indexes and compaction, and one for re-embedding. A drop takes
    /// the first two. With a limit, a program that starts while another program re-embeds the table gets `Conflict`
    /// from `reembed_if_needed` instead of waiting until the end.
    ///
    /// When the time is over, the operation fails with `Conflict`, and its help names the lock file. Nothing was
    /// written then. A wait of more than a second is always logged as a warning, after that second and when it ends.
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

    /// Treats the folder as if its file system could not lock files, and other connections as if they were on other
    /// machines. For tests of writers without locks.
    #[doc(hidden)]
    pub fn without_locks(mut self) -> Self {
        self.options.without_locks = true;
        self
    }

    /// Treats each write as a large one: it looks up its keys with queries, makes its own commit, and leaves a
    /// fragment. For benchmarks, and for tests that need many fragments.
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
        // Prints neither the URI nor the options, because both may contain secrets.
        f.write_str("Connect")
    }
}
