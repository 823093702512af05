mod connect;
mod made_elsewhere;
mod storage_check;

use std::fmt;

pub use self::connect::Connect;
pub use self::storage_check::StorageCheck;
use crate::backend::Connection;
#[cfg(feature = "lancedb")]
use crate::backend::LanceConnection;
use crate::error::Result;
use crate::model::IntoModels;
use crate::record::{EmbeddingRecord, Keyed};
use crate::store::{Maintenance, MakePlan, Open, Reembed, traced};

/// A connection to a database: a folder of tables on this machine or in an object store, a namespace, or LanceDB's hosted
/// service.
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
    /// Opens a record's table when awaited, and creates it if it does not exist.
    ///
    /// `models` is a single model if all `#[datus(embed)]` fields use the same one. It is a tuple, in order of first use, if
    /// the fields name different models, and `()` for a record without embedded fields. [`NoModel`](crate::model::NoModel)
    /// opens an existing table without its model. An existing table is compared with the record and the models. It is not
    /// changed, unless [`drift`](Open::drift) allows safe changes.
    ///
    /// # Errors
    /// `SchemaMismatch` with every [`Difference`](crate::record::Difference) when the table does not match the record;
    /// `Model` when a model is not the one that the record names, or would send a `private` text to another machine;
    /// `Engine` when the storage fails. With [`Drift::ApplySafe`](crate::Drift::ApplySafe), also `Conflict` when other
    /// writers committed first on every attempt. In that case, completed steps are kept, and opening the table again
    /// continues with the rest.
    pub fn store<R: EmbeddingRecord>(&self, models: impl IntoModels<R::Models>) -> Open<'_, R> {
        Open::new(&self.connection, models.into_available_models(), self.maintenance.clone())
    }

    /// Returns the changes that make a table match a record and its models, without applying them.
    ///
    /// It reads the table's schema and metadata. It counts the nulls in columns that the record declares as non-null and, if
    /// the key differs, the rows that share a key. Print the [`Plan`](crate::plan::Plan), or iterate over its steps. If all
    /// steps are safe, opening the table with [`Drift::ApplySafe`](crate::Drift::ApplySafe) applies them.
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

    /// Re-embeds a table with these models, as [`Store::reembed`](crate::Store::reembed) does, without opening it.
    ///
    /// Use it for a table that cannot be opened because the model that produced its vectors no longer exists, the struct
    /// names a different model, or a vector is now computed from different columns. Open the table afterwards. If the
    /// table's name is not the one that the record declares, add [`.table("…")`](Reembed::table).
    ///
    /// # Errors
    /// Fails with the same errors as [`Store::reembed`](crate::Store::reembed), and with `TableNotFound` when the table does
    /// not exist.
    pub fn reembed<R: Keyed>(&self, models: impl IntoModels<R::Models>) -> Reembed<'_, R> {
        Reembed::named(&self.connection, models.into_models())
    }

    /// Returns the names of all tables, in lexicographic order. In a namespace, the tables of nested namespaces are left out.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn table_names(&self) -> Result<Vec<String>> {
        traced!("table_names", "").run(Box::pin(self.connection.table_names()), Vec::len).await
    }

    /// Drops a table with all its versions. This cannot be undone.
    ///
    /// It waits for the table's current writers and for its maintenance. Later operations, and writes that have not
    /// committed yet, fail with `TableNotFound` and never bring the table back. In a local folder, the table disappears in
    /// one step. On an object store, the table's versions are removed first (the newest one last), and then its data. There
    /// are no locks on an object store, so no other machine may write to the table during the drop. An interrupted drop
    /// leaves the table intact or removes it. The next connection, creation or drop removes leftover files.
    ///
    /// The table's lock files (`.datus-write.NAME.lock`) stay in the folder, and so does the file `.datus-drops.NAME`, which
    /// counts the drops. Because of this count, a program that opened the table before it was dropped and created again gets
    /// `TableChanged` when it writes.
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
        traced!("drop_table", name).run(Box::pin(self.connection.drop_table(name)), |()| 0).await
    }

    /// Returns lancedb's own connection, for features that this crate does not cover. Requires the `lancedb` cargo feature;
    /// see [`Store::as_lancedb`](crate::Store::as_lancedb).
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
