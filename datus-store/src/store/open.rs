use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{Field, Schema, SchemaRef};
use futures::future::BoxFuture;

use super::core::Core;
use super::migrate::{migrate, plan};
use super::plan::{Plan, Step};
use super::{Store, traced};
use crate::backend::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, ModelIdentity};
use crate::record::{ColumnPath, EmbeddingRecord, RecordDef, differences, schema_version};

/// What opening a table does where it is not the one of the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Drift {
    /// Fails with every difference and changes nothing. A column that has `#[datus(default)]` may be missing: reads fill
    /// it, writes fail. The default.
    #[default]
    Refuse,
    /// Does the steps of the [`Plan`](crate::Plan) where every one is [`Safe`](crate::plan::Effect::Safe), and fails with
    /// the plan where one is not; then nothing is changed.
    ApplySafe,
}

/// Opens the table of a record when it is awaited. Made by [`Database::store`](crate::Database::store).
#[must_use = "nothing is opened until it is awaited"]
pub struct Open<'a, R> {
    connection: &'a Connection,
    models: Result<Vec<Arc<dyn EmbeddingModel>>>,
    drift: Drift,
    record: PhantomData<fn() -> R>,
}

impl<'a, R: EmbeddingRecord> Open<'a, R> {
    pub(crate) fn new(connection: &'a Connection, models: Result<Vec<Arc<dyn EmbeddingModel>>>) -> Self {
        Self { connection, models, drift: Drift::default(), record: PhantomData }
    }

    /// Says what to do where the table is not the one of the record: [`Drift::Refuse`] unless said otherwise.
    ///
    /// With [`Drift::ApplySafe`] a table that is the record's already costs nothing more to open than a count of its
    /// rows, which reads none. Otherwise each kind of step is one commit, a few in all, made in the table's turn to
    /// write. A process that is killed between two of them leaves a table that the next one goes on with.
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

impl<'a, R: EmbeddingRecord> IntoFuture for Open<'a, R> {
    type Output = Result<Store<R>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { connection, models, drift, record } = self;
        Box::pin(async move {
            let open = async { open(connection, Wanted::of::<R>(models?)?, drift).await };
            let (core, applied) = traced!("open", R::TABLE).run(open, |_| 0).await?;
            Ok(Store { core: Arc::new(core), applied: applied.into(), record })
        })
    }
}

impl<R> fmt::Debug for Open<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").field("drift", &self.drift).finish_non_exhaustive()
    }
}

/// What has to change in the table of a record.
pub(crate) async fn plan_of<R: EmbeddingRecord>(
    connection: &Connection,
    models: Result<Vec<Arc<dyn EmbeddingModel>>>,
) -> Result<Plan> {
    let plan = async { plan(connection, &Wanted::of::<R>(models?)?).await };
    traced!("plan", R::TABLE).run(plan, |_| 0).await
}

/// What a record and its models want of a table, without the record's type.
pub(super) struct Wanted {
    pub(super) record: RecordDef,
    /// With the vectors.
    pub(super) schema: SchemaRef,
    /// The value of a column that has a default.
    pub(super) default: fn(&str) -> Option<Result<ArrayRef>>,
    models: Vec<Arc<dyn EmbeddingModel>>,
}

impl Wanted {
    fn of<R: EmbeddingRecord>(models: Vec<Arc<dyn EmbeddingModel>>) -> Result<Self> {
        let record = R::definition();
        let identities: Vec<ModelIdentity> = models.iter().map(|model| model.identity().clone()).collect();
        identities.iter().try_for_each(check_dimension)?;
        let schema = record.arrow_schema(&identities);
        Ok(Self { record, schema, default: R::default_column, models })
    }

    pub(super) fn field(&self, column: &str) -> Option<Field> {
        self.schema.field_with_name(column).ok().cloned()
    }

    /// The columns that the steps are about.
    pub(super) fn fields_of(&self, steps: &[Step]) -> Vec<Field> {
        steps.iter().filter_map(|step| self.field(step.column()?)).collect()
    }

    /// Fails for a table that a newer program changed.
    pub(super) fn check_version(&self, stored: &Schema) -> Result<()> {
        let (expected, found) = (schema_version(&self.schema), schema_version(stored));
        if found <= expected {
            return Ok(());
        }
        let message = format!(
            "the table is of schema version {found} and the record `{}` of {expected}: this program is older than the \
             table. Use the version of it that the table was changed for, or a newer one",
            self.record.record
        );
        let differences = differences(&self.record, &self.schema, stored);
        Err(Error::new(ErrorKind::SchemaMismatch, message).with_differences(differences))
    }

    fn check(&self, stored: &Schema) -> Result<()> {
        self.check_version(stored)?;
        let differences = differences(&self.record, &self.schema, stored);
        if differences.is_empty() {
            return Ok(());
        }
        let list: String = differences.iter().map(|difference| format!("\n  - {difference}")).collect();
        let message = format!(
            "the table is not the one of the record `{0}`, and was left as it is:{list}\n\
             Open it with `.drift(Drift::ApplySafe)` to have it changed where that is safe; `db.plan::<{0}>(models)` says \
             what is. Or change the struct or the model to what the table has, name another table with \
             `#[datus(table = \"…\")]`, or drop the table and write it again",
            self.record.record
        );
        Err(Error::new(ErrorKind::SchemaMismatch, message).with_differences(differences))
    }
}

async fn open(connection: &Connection, wanted: Wanted, drift: Drift) -> Result<(Core, Vec<Step>)> {
    let wanted = Arc::new(wanted);
    let table = connection.open_or_create(wanted.record.table, Arc::clone(&wanted.schema)).await?;
    let applied = match drift {
        Drift::Refuse => Vec::new(),
        Drift::ApplySafe => migrate(&table, &wanted).await?,
    };
    let stored = table.schema().await?;
    wanted.check(&stored)?;
    let Wanted { record, schema, models, .. } = &*wanted;
    let (present, missing): (Vec<&'static str>, Vec<&'static str>) =
        record.fields.iter().map(|field| field.name).partition(|name| stored.field_with_name(name).is_ok());
    let vector_models = record.vectors.iter().filter_map(|vector| models.get(vector.model));
    let core = Core {
        columns: present.into_iter().map(ColumnPath::column).collect(),
        missing,
        vector_columns: record.vectors.iter().map(|vector| vector.name).collect(),
        vector_models: vector_models.map(|model| model.identity().id.as_str().into()).collect(),
        record: record.clone(),
        schema: Arc::clone(schema),
        table,
        models: models.clone(),
    };
    Ok((core, applied))
}

fn check_dimension(model: &ModelIdentity) -> Result<()> {
    if model.dimension == 0 || i32::try_from(model.dimension).is_err() {
        let message = format!("the model {model} has a dimension that no vector column can have");
        return Err(Error::new(ErrorKind::Model, message));
    }
    Ok(())
}
