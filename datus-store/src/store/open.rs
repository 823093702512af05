//! Opens the table of a record. Creates a missing table, and changes an existing one if the caller permits it.
//!
//! `Open` computes the schema of the record and its models. It creates a missing table, and compares the schema with that of
//! an existing one. lancedb checks whether a table exists and commits it later, so if two programs created it at the same
//! time, the second would overwrite the first. In a local folder, the creation lock of `backend/locks.rs` lets only one
//! program create tables at a time. An object store has no lock. On any storage, the creation is a commit that fails unless
//! it creates version 1; the program that loses opens the winner's table.
//!
//! One error of kind `SchemaMismatch` contains every difference. Nothing is changed, unless the caller requests
//! `Drift::ApplySafe`. The order of columns does not matter. A missing column whose field has `default` does not prevent
//! reading; writes fail until the table has the column.
//!
//! # When the struct changes
//!
//! `Database::store` returns `Open`, a builder. With `Drift::Refuse`, the default, it only compares the table with the
//! record. With `Drift::ApplySafe`, it computes and applies a plan:
//!
//! 1. `plan::compute` (`store/open/plan/`) is a pure function of the record, the two schemas, the indexes and a few counts.
//!    It finds renames first and puts the record's names into the stored schema. Then it turns each remaining `Difference`
//!    into a step. It is called twice: first without the contents of the table, to find what to read (indexes, nulls in
//!    columns that become non-nullable, rows that share a new key), then with them.
//! 2. A step is safe, re-embeds, or destroys data. If one step is not safe, no step is applied.
//! 3. `store/open/migrate.rs` takes the table's write lock, plans again, and creates one commit for each kind of step: names
//!    and nullability, added columns of nulls, added columns with values, each dropped index, column metadata, and table
//!    metadata with the schema version. After each commit, a new plan for the table contains exactly the remaining steps, so
//!    no journal is needed if the process is killed.
//!
//! `Row::default_column` produces a default; the derive implements it with the field's own builder
//! (`expand/default.rs`). An index is dropped only if the column's metadata records that a struct declared it, so indexes
//! built by hand stay. The metric is metadata, so changing it is safe. The exception is `cosine` with a model that does
//! not declare its vectors normalized, since the cosine distance of a zero vector is undefined.

mod adopt;
mod extra_columns;
mod make_plan;
mod migrate;
pub mod plan;
pub(super) mod probes;
mod reopen;

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use futures::future::BoxFuture;

pub use self::adopt::{Adopt, Adopted, AdoptedVector};
pub use self::make_plan::MakePlan;
use self::migrate::migrate;
use self::plan::Step;
use self::probes::with_probes;
use super::core::Core;
use super::current::Current;
use super::extra_columns::ExtraColumns;
use super::python::with_functions;
use super::target::{TableRequest, Target};
use super::{Maintenance, Store, traced};
use crate::backend::Connection;
use crate::error::Result;
use crate::model::AvailableModels;
use crate::record::{EmbeddingRecord, keys};

/// The behavior when a table that is opened does not match the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Drift {
    /// Fails with an error that lists every difference, and changes nothing. This is the default. A column with
    /// `#[datus(default)]` may be missing, in which case reads fill it in and writes fail.
    #[default]
    Refuse,
    /// Applies the steps of the [`Plan`](crate::plan::Plan) if all of them are [`Safe`](crate::plan::Effect::Safe).
    /// Otherwise fails with an error that contains the plan, and changes nothing.
    ApplySafe,
}

/// Opens the table of a record when awaited. Created by [`Database::store`](crate::Database::store).
#[must_use = "nothing is opened until it is awaited"]
pub struct Open<'a, R> {
    connection: &'a Connection,
    models: Result<AvailableModels>,
    /// The name of the table, if it differs from the one that the record declares.
    table: Option<String>,
    drift: Drift,
    extra_columns: ExtraColumns,
    maintenance: Maintenance,
    record: PhantomData<fn() -> R>,
}

impl<'a, R: EmbeddingRecord> Open<'a, R> {
    pub(crate) fn new(
        connection: &'a Connection,
        models: Result<AvailableModels>,
        maintenance: Maintenance,
    ) -> Self {
        let (drift, extra_columns) = (Drift::default(), ExtraColumns::default());
        Self { connection, models, table: None, drift, extra_columns, maintenance, record: PhantomData }
    }

    /// Opens the table with this name instead of the name that the record declares, so that one struct can define several
    /// tables. A name consists of at most 128 ASCII letters, digits, `-`, `_` and `.`.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Event {
    ///     name: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let today: Store<Event> = db.store(()).await?;
    /// let archive: Store<Event> = db.store(()).table("event_archive").await?;
    /// archive.add([Event { name: "start".into() }]).await?;
    ///
    /// assert_eq!((today.table_name(), archive.table_name()), ("event", "event_archive"));
    /// assert_eq!((today.count().await?, archive.count().await?), (0, 1));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a name that a table cannot have.
    pub fn table(mut self, name: impl Into<String>) -> Self {
        self.table = Some(name.into());
        self
    }

    /// Sets the behavior for a table that does not match the record. [`Drift::Refuse`] by default.
    ///
    /// With [`Drift::ApplySafe`], opening a table that already matches also counts its rows, without reading them. If the
    /// table does not match, each kind of step is one commit under the table's write lock, so there are only a few commits.
    /// If a process is killed between two commits, the next process that opens the table continues with the rest.
    ///
    /// ```
    /// use datus_store::{Database, Drift, EmbeddingRecord, Store};
    ///
    /// mod before {
    ///     #[derive(datus_store::EmbeddingRecord)]
    ///     #[datus(table = "tasks")]
    ///     pub struct Task {
    ///         pub title: String,
    ///     }
    /// }
    ///
    /// #[derive(Debug, PartialEq, EmbeddingRecord)]
    /// #[datus(table = "tasks")]
    /// struct Task {
    ///     title: String,
    ///     #[datus(default = "nobody")]
    ///     owner: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let old: Store<before::Task> = db.store(()).await?;
    /// old.add([before::Task { title: "Water the plants".into() }]).await?;
    ///
    /// let tasks: Store<Task> = db.store(()).drift(Drift::ApplySafe).await?;
    /// assert_eq!(tasks.search_all().owner("nobody").count().await?, 1);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn drift(mut self, drift: Drift) -> Self {
        self.drift = drift;
        self
    }
}

/// The models to open a table with, or the error if they cannot be used.
type Models = Result<AvailableModels>;

impl<'a, R> Open<'a, R> {
    /// Returns the connection, the models, the name of the table if it was set, and a function that opens the same table
    /// in the same way with other models.
    pub(super) fn into_parts(self) -> (&'a Connection, Models, Option<String>, impl Fn(Models) -> Self) {
        let Self { connection, models, table, drift, extra_columns, maintenance, record } = self;
        let name = table.clone();
        let again = move |models| {
            let (table, maintenance) = (table.clone(), maintenance.clone());
            Self { connection, models, table, drift, extra_columns, maintenance, record }
        };
        (connection, models, name, again)
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Open<'a, R> {
    type Output = Result<Store<R>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { connection, models, table, drift, extra_columns, maintenance, record: _ } = self;
        Box::pin(async move {
            let traced = traced!("open", table.as_deref().unwrap_or(R::TABLE));
            let open = async {
                let request = TableRequest::new::<R>(models?, table)?.with_extra_columns(extra_columns);
                open(connection, request, drift).await
            };
            let (core, applied) = traced.run(open, |_| 0).await?;
            let current = Arc::new(Current::new(core, maintenance));
            Ok(Store::new(current, applied.into()))
        })
    }
}

impl<R> fmt::Debug for Open<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open")
            .field("table", &self.table)
            .field("drift", &self.drift)
            .field("extra_columns", &self.extra_columns)
            .finish_non_exhaustive()
    }
}

async fn open(connection: &Connection, request: TableRequest, drift: Drift) -> Result<(Core, Vec<Step>)> {
    let (target, table) = request.open(connection).await?;
    let target = Arc::new(target);
    let Target { record, schema, models, given, .. } = &*target;
    let table = match table {
        Some(table) => table,
        None => {
            let schema = with_functions(&with_probes(schema, record, models).await?, record, models);
            connection.open_or_create(&record.table, with_table_id(&schema)).await?
        }
    };
    let applied = match drift {
        Drift::Refuse => Vec::new(),
        Drift::ApplySafe => migrate(&table, &target).await?,
    };
    let stored = target.check(&table).await?;
    let core = Core::new(record.clone(), table, models, stored)?.with_given(given.clone());
    Ok((core.with_extra_columns(target.extra_columns), applied))
}

/// Returns the schema to create a table with. It contains an id that is unique to the table.
fn with_table_id(schema: &Schema) -> SchemaRef {
    let mut metadata = schema.metadata().clone();
    metadata.insert(keys::TABLE_ID.to_owned(), format!("{:032x}", fastrand::u128(..)));
    Arc::new(Schema::new_with_metadata(schema.fields().clone(), metadata))
}
