use std::fmt;
use std::future::IntoFuture;
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};
use std::time::Duration;

use futures::future::BoxFuture;

use super::Database;
use crate::backend::{ConnectOptions, Connection, NamespaceAddress};
use crate::error::{Error, ErrorKind, Result};
use crate::store::{Maintenance, traced};

impl Database {
    /// Connects to the database at a path or URI.
    ///
    /// | URI | opens |
    /// |---|---|
    /// | `data/notes`, `/data/notes`, `../notes`, `.` | the folder; a relative path is resolved against the current folder |
    /// | `~`, `~/notes` | the home folder, or a folder in it |
    /// | `run-12:30`, `a%20b`, `a?b`, `dbs/x`, `memory` | the folder with exactly that name |
    /// | `./~`, `./s3:notes`, `./:memory:` | the folder with that name; these names require the `./` |
    /// | `file:///data/a%20b`, `file:/data/a b`, `file://localhost/data/a%20b` | the folder `/data/a b` |
    /// | `memory://` | a database in memory, private to this connection |
    /// | `shared-memory://NAME` | a database in memory, shared by all connections of this process with that name, until the process exits |
    /// | `s3://BUCKET/PATH`, with the cargo feature `aws` | Amazon S3 and compatible stores |
    /// | `s3+ddb://BUCKET/PATH?ddbTableName=TABLE`, with `dynamodb` | a store without conditional writes; commits go through a DynamoDB table |
    /// | `gs://BUCKET/PATH`, with `gcs` | Google Cloud Storage |
    /// | `az://CONTAINER/PATH`, `abfss://CONTAINER@ACCOUNT.dfs.core.windows.net/PATH`, with `azure` | Azure Blob Storage |
    /// | `db://NAME`, with `remote` | LanceDB's hosted service |
    ///
    /// All spellings of a folder open the same database: relative and absolute paths, `file:` URIs, and paths with `.`,
    /// `..`, a trailing slash or symbolic links. Links are followed when the connection is made. The folder is created if it
    /// is missing, and contains the tables and lock files. Schemes are case-insensitive. `shared-memory://` does not use
    /// lock files, so concurrent writers are handled as on an object store. The guide has a page on [object
    /// stores](crate::guide::object_stores).
    ///
    /// Nothing is created for a URI that is refused. The following are refused: other schemes, a relative `file:` URI, a
    /// `file:` URI that names another machine (`file://data/notes`), `~user`, a Windows drive on other systems, and a path
    /// to a file. A URI with credentials is refused too: pass credentials with [`storage_option`](Connect::storage_option)
    /// or in the environment.
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
        Connect::new(Target::Uri(uri.as_ref().to_owned()))
    }

    /// Connects to the tables of a Lance namespace, a catalog that names tables and decides where their files are.
    ///
    /// | implementation | properties | the catalog is |
    /// |---|---|---|
    /// | `dir` | `root`: a path or a URI that [`connect`](Self::connect) accepts, except `memory://`, `db://` and `s3+ddb://` | in that folder or object store |
    /// | `rest`, with the cargo feature `remote` | `uri`: the address of a server | behind that server, which speaks Lance's REST protocol |
    ///
    /// The other properties are Lance's, such as `header.Authorization` for `rest` and `table_version_tracking_enabled`
    /// for `dir`. A property that the implementation does not support is an error. The tables at the root of a `dir`
    /// are the tables that [`connect`](Self::connect) finds in the same folder. [`Connect::namespace`] selects a nested
    /// namespace.
    ///
    /// Rows, indexes and versions are read and written directly, not through the server, so stores work as in any other
    /// database. The guide has a section on [namespaces](crate::guide::object_stores#namespaces).
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Order {
    ///     total: f64,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// # let folder = tempfile::tempdir().unwrap();
    /// # let lake = folder.path().to_str().unwrap();
    /// let db = Database::connect_namespace("dir", [("root", lake)]).namespace(["sales", "emea"]).await?;
    /// let orders: Store<Order> = db.store(()).await?;
    /// orders.add([Order { total: 9.5 }]).await?;
    /// assert_eq!(db.table_names().await?, ["order"]);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `Unsupported` for any other implementation, for a `root` that cannot contain a catalog, and when a
    /// cargo feature is off; `InvalidInput` for a property or a name that is not valid; `Engine` when the storage or the
    /// server cannot be reached, or refuses access.
    pub fn connect_namespace<K: Into<String>, V: Into<String>>(
        implementation: impl Into<String>,
        properties: impl IntoIterator<Item = (K, V)>,
    ) -> Connect {
        let properties = properties.into_iter().map(|(name, value)| (name.into(), value.into()));
        let (implementation, properties) = (implementation.into(), properties.collect());
        Connect::new(Target::Namespace { implementation, properties })
    }
}

/// Connects to a database when awaited. Created by [`Database::connect`] and [`Database::connect_namespace`].
#[must_use = "the connection is made when this is awaited"]
pub struct Connect {
    target: Target,
    /// The nested namespaces, outermost first.
    namespace: Vec<String>,
    options: ConnectOptions,
    maintenance: Maintenance,
}

/// The target of a connection.
enum Target {
    Uri(PathBuf),
    Namespace { implementation: String, properties: Vec<(String, String)> },
}

impl Connect {
    fn new(target: Target) -> Self {
        let (options, maintenance) = (ConnectOptions::default(), Maintenance::default());
        Self { target, namespace: Vec::new(), options, maintenance }
    }

    /// Selects a nested namespace by the names on its path, outermost first. The default is the root.
    ///
    /// Namespaces on the path that do not exist are created when the connection is made. Only connections made with
    /// [`connect_namespace`](Database::connect_namespace) support namespaces.
    ///
    /// ```
    /// use datus_store::{Database, ErrorKind};
    ///
    /// # datus_store::block_on(async {
    /// let error = Database::connect("memory://").namespace(["sales"]).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::InvalidInput);
    /// assert_eq!(error.help(), Some("connect with `Database::connect_namespace(\"dir\", [(\"root\", …)])`"));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn namespace<N: Into<String>>(mut self, path: impl IntoIterator<Item = N>) -> Self {
        self.namespace = path.into_iter().map(Into::into).collect();
        self
    }

    /// Adds a storage option, such as `aws_region` or `timeout`. The options are listed at
    /// <https://docs.lancedb.com/storage/>.
    ///
    /// Awaiting the connection fails with `InvalidInput` if the name looks like a misspelled option, because the storage
    /// would ignore it. Values never appear in errors, `Debug` output or logs.
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

    /// Sets how long reads may miss the commits of other processes. The default is zero: every read first looks for a newer
    /// version, which costs one listing of the version folder.
    pub fn read_consistency(mut self, interval: Duration) -> Self {
        self.options.read_consistency = interval;
        self
    }

    /// Sets the minimum number of rows at which an index is built on the key of a table. The default is 100,000.
    ///
    /// Writes by key and filters on the key use the index to find rows. The index is built after the first write to a table of
    /// that size: one B-tree for each key column without an index. Filling a new table builds no index. With `usize::MAX`,
    /// no index is built automatically.
    pub fn key_index_from(mut self, rows: usize) -> Self {
        self.options.key_index_from = Some(rows);
        self
    }

    /// Sets the maximum size of the vectors that this connection keeps in memory for exact searches, in bytes. The default is
    /// 256 MiB, enough for 174,000 vectors of 384 32-bit floats. With 0, no vectors are kept.
    ///
    /// A vector search without an index computes the distances of all rows that pass the filter. The first search reads the
    /// vectors from storage and keeps them in memory, which makes the following ones several times as fast. A search with an
    /// index does the same with the rows that the index does not cover. Every search reads the vectors from storage if they do
    /// not fit, if the search has a range of distances, or if rows have several vectors. A search with a filter that a
    /// scalar index answers uses the vectors in memory, but does not read those of rows that do not match.
    ///
    /// If there are vectors of several tables or columns, those that were not used for the longest time make room for others.
    /// Set a limit that is large enough for all tables that are searched in turn. Vectors leave the memory when an exact search
    /// sees a version of the table without their file, when `create_indexes` builds an index, and when the last clone of the
    /// [`Store`](crate::Store) is dropped. Stores of the same table that were opened separately do not share vectors, so
    /// open a store once and clone it. While vectors are being read, they take up to twice their size.
    ///
    /// ```
    /// # datus_store::block_on(async {
    /// let db = datus_store::Database::connect("memory://").vector_cache_size(1 << 30).await?;
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn vector_cache_size(mut self, bytes: usize) -> Self {
        self.options.vector_cache_size = Some(bytes);
        self
    }

    /// Repeats one in `one_in` vector searches as an exact search, to measure the recall that users get. The default is 0,
    /// which repeats no searches.
    ///
    /// Searches are chosen at random. After a chosen search has returned its hits, it runs twice more in the background on
    /// the same version of the table: once with the index, and once as an exact search.
    /// [`IndexHealth::live`](crate::IndexHealth::live) contains the mean recall of the 500 most recent repeated searches,
    /// and its confidence interval. [`health`](crate::Store::health) advises you to measure the index again if the recall is
    /// below the target. Each comparison emits a `tracing` event at level `DEBUG` with the fields `recall`, `estimate`, `low`,
    /// `high` and `searches`. The first comparison after which the interval is below the target also emits a warning.
    ///
    /// Only searches that use an index with its measured parameters are repeated. In hybrid and reranked searches, only the
    /// vector leg is repeated. The cost is bounded: comparisons run one at a time, for at most 10 seconds each, and each is
    /// followed by a pause of nine times its duration. Searches that are chosen during a comparison or a pause are skipped.
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

    /// Sets how tables are maintained in the background after writes through this connection. The default is
    /// [`Maintenance::new`]. [`Maintenance::off`] turns maintenance off.
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

    /// Sets the maximum time that an operation waits for one of a table's locks. By default, there is no limit.
    ///
    /// A table has one lock for writes, one for compaction and index building, and one for re-embedding. A drop takes
    /// the first two. With a limit, a program that starts while another program is re-embedding the table gets `Conflict`
    /// from `reembed_if_needed` instead of waiting for it to finish.
    ///
    /// When the limit is reached, the operation fails with `Conflict`, and nothing is written. The error's help names the
    /// lock file. A wait of more than a second is always logged as a warning: once after the first second, and once when the
    /// wait ends.
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
    /// machines. Intended for tests of writers without locks.
    #[doc(hidden)]
    pub fn without_locks(mut self) -> Self {
        self.options.without_locks = true;
        self
    }

    /// Treats each write as a large one: the write looks up its keys with queries, makes its own commit, and leaves a
    /// fragment. Intended for benchmarks, and for tests that need many fragments.
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
            let Self { target, namespace: path, options, maintenance } = self;
            let open = async {
                match target {
                    Target::Namespace { implementation, properties } => {
                        let address = NamespaceAddress { implementation, properties, path };
                        Box::pin(Connection::open_namespace(address, options)).await
                    }
                    Target::Uri(uri) if path.is_empty() => Box::pin(Connection::open(&uri, options)).await,
                    Target::Uri(_) => Err(Error::new(
                        ErrorKind::InvalidInput,
                        "a database at a path or URI has no nested namespaces",
                    )
                    .with_help("connect with `Database::connect_namespace(\"dir\", [(\"root\", …)])`")),
                }
            };
            let connection = traced!("connect", "").run(open, |_| 0).await?;
            Ok(Database { connection, maintenance })
        })
    }
}

impl fmt::Debug for Connect {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Prints neither the URI nor the properties and options, because all of them may contain secrets.
        f.write_str("Connect")
    }
}
