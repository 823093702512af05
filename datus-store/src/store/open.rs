use std::collections::HashSet;
use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use futures::future::BoxFuture;

use super::core::Core;
use super::migrate::{migrate, plan};
use super::plan::{Plan, Step};
use super::probes::with_probes;
use super::wanted::Wanted;
use super::{Current, Maintenance, Store, traced};
use crate::backend::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, MOST_VALUES, ModelIdentity};
use crate::record::{Difference, EmbeddingRecord, RecordDef, keys};

/// The behavior of opening a table that does not match the record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum Drift {
    /// Fails with every difference and changes nothing. This is the default. A column with `#[datus(default)]` may be
    /// missing: reads fill it in, and writes fail.
    #[default]
    Refuse,
    /// Applies the steps of the [`Plan`](crate::Plan) if all of them are [`Safe`](crate::plan::Effect::Safe).
    /// Otherwise fails with the plan and changes nothing.
    ApplySafe,
}

/// Opens the table of a record when it is awaited. Made by [`Database::store`](crate::Database::store).
#[must_use = "nothing is opened until it is awaited"]
pub struct Open<'a, R> {
    connection: &'a Connection,
    models: Result<Vec<Arc<dyn EmbeddingModel>>>,
    drift: Drift,
    maintenance: Maintenance,
    record: PhantomData<fn() -> R>,
}

impl<'a, R: EmbeddingRecord> Open<'a, R> {
    pub(crate) fn new(
        connection: &'a Connection,
        models: Result<Vec<Arc<dyn EmbeddingModel>>>,
        maintenance: Maintenance,
    ) -> Self {
        Self { connection, models, drift: Drift::default(), maintenance, record: PhantomData }
    }

    /// Sets the behavior for a table that does not match the record. [`Drift::Refuse`] by default.
    ///
    /// With [`Drift::ApplySafe`], opening a table that already matches also counts its rows, which reads no row.
    /// Otherwise each kind of step is one commit, a few in total, made under the write lock of the table. If a
    /// process is killed between two commits, the next process that opens the table continues with the rest.
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
type Models = Result<Vec<Arc<dyn EmbeddingModel>>>;

impl<'a, R> Open<'a, R> {
    /// Returns the connection, the models, and a function that opens the same table in the same way with other
    /// models.
    pub(super) fn into_parts(self) -> (&'a Connection, Models, impl Fn(Models) -> Self) {
        let Self { connection, models, drift, maintenance, record } = self;
        let again =
            move |models| Self { connection, models, drift, maintenance: maintenance.clone(), record };
        (connection, models, again)
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Open<'a, R> {
    type Output = Result<Store<R>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { connection, models, drift, maintenance, record } = self;
        Box::pin(async move {
            let open = async { open(connection, Wanted::of::<R>(models?)?, drift).await };
            let (core, applied) = traced!("open", R::TABLE).run(open, |_| 0).await?;
            let current = Arc::new(Current::new(core, maintenance));
            Ok(Store { current, applied: applied.into(), record })
        })
    }
}

impl<R> fmt::Debug for Open<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Open").field("drift", &self.drift).finish_non_exhaustive()
    }
}

/// Returns the changes that the table of a record needs.
pub(crate) async fn plan_of<R: EmbeddingRecord>(
    connection: &Connection,
    models: Result<Vec<Arc<dyn EmbeddingModel>>>,
) -> Result<Plan> {
    let plan = async { plan(connection, &Wanted::of::<R>(models?)?).await };
    traced!("plan", R::TABLE).run(plan, |_| 0).await
}

async fn open(connection: &Connection, wanted: Wanted, drift: Drift) -> Result<(Core, Vec<Step>)> {
    let wanted = Arc::new(wanted);
    let Wanted { record, schema, models, .. } = &*wanted;
    let table = match connection.open_table(record.table).await? {
        Some(table) => table,
        None => {
            let schema = with_probes(schema, record, models).await?;
            connection.open_or_create(record.table, with_table_id(&schema)).await?
        }
    };
    let applied = match drift {
        Drift::Refuse => Vec::new(),
        Drift::ApplySafe => migrate(&table, &wanted).await?,
    };
    let stored = wanted.check(&table).await?;
    Ok((Core::new(record.clone(), table, models.clone(), stored), applied))
}

/// Returns the schema to create a table with. It contains an id that no other table has.
fn with_table_id(schema: &Schema) -> SchemaRef {
    let mut metadata = schema.metadata().clone();
    metadata.insert(keys::TABLE_ID.to_owned(), format!("{:032x}", fastrand::u128(..)));
    Arc::new(Schema::new_with_metadata(schema.fields().clone(), metadata))
}

pub(super) fn check_dimension(model: &ModelIdentity) -> Result<()> {
    if !(1..=MOST_VALUES).contains(&model.dimension) {
        let message = format!("the dimension of the model {model} is not between 1 and {MOST_VALUES}");
        let help = "return the number of values of a vector as the dimension in `EmbeddingModel::identity`";
        return Err(Error::new(ErrorKind::Model, message).with_help(help));
    }
    Ok(())
}

/// Fails if two columns have the same name, which a flattened generic type can cause.
pub(super) fn check_names(record: &RecordDef) -> Result<()> {
    let names = record.fields.iter().map(|field| field.name);
    let mut seen = HashSet::new();
    match names.chain(record.vectors.iter().map(|vector| vector.name)).find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(name) => Err(Error::new(ErrorKind::Unsupported, "two columns of the record have this name")
            .with_help("give a flattened field a prefix with `#[datus(flatten(prefix = \"…\"))]`")
            .with_column(name)),
    }
}

/// Fails if a private text is embedded by a model that sends it to another machine. The model decides this, even if
/// its tag says at compile time that it does not send text away.
pub(super) fn check_private(record: &RecordDef, models: &[Arc<dyn EmbeddingModel>]) -> Result<()> {
    for vector in &record.vectors {
        let Some(model) = models.get(vector.model).filter(|model| model.sends_text_away()) else { continue };
        let mut sources = vector.sources.iter().filter_map(|&source| record.fields.get(source));
        if let Some(field) = sources.find(|field| field.private) {
            let model = &model.identity().id;
            let message = format!("the text is private, and the model `{model}` sends it to another machine");
            let help = "open the table with a model that runs on this machine, or remove `#[datus(private)]` from the field";
            return Err(Error::new(ErrorKind::Model, message).with_help(help).with_column(field.name));
        }
    }
    Ok(())
}

/// Returns the error for a table that does not match the record.
pub(super) fn refuse(record: &RecordDef, differences: Vec<Difference>) -> Error {
    refuse_rows(record, differences, false)
}

/// Returns the error of [`refuse`]. `empty` is `true` if the table has no rows.
pub(super) fn refuse_rows(record: &RecordDef, differences: Vec<Difference>, empty: bool) -> Error {
    let list: String = differences.iter().map(|difference| format!("\n  - {difference}")).collect();
    let message =
        format!("the table does not match the record `{}`, and was not changed:{list}", record.record);
    let help = match empty {
        true => format!(
            "The table has no rows: open it with `.drift(Drift::ApplySafe)` to change it. `db.plan::<{}>(models)` lists the \
             changes",
            record.record
        ),
        false => format!(
            "{}. Or change the struct to match the table, or name a different table with `#[datus(table = \"…\")]`",
            remedy(record, &differences)
        ),
    };
    Error::new(ErrorKind::SchemaMismatch, message).with_help(help).with_differences(differences)
}

/// Returns the first part of the help: the model to open the table with, the need for a newer struct, or the changes
/// that are possible.
fn remedy(record: &RecordDef, differences: &[Difference]) -> String {
    let plan = format!("`db.plan::<{}>(models)`", record.record);
    let renamed = |column: &str| record.fields.iter().any(|field| field.renamed_from.contains(&column));
    let extra = differences
        .iter()
        .any(|difference| matches!(difference, Difference::Extra { column, .. } if !renamed(column)));
    // If the table also has a column that the record lacks, the vector column may only have a different name.
    let missing_vector = differences.iter().any(|difference| {
        matches!(difference, Difference::Missing { column, .. }
            if record.vectors.iter().any(|vector| vector.name == column))
    });
    let other_vectors = differences.iter().any(|difference| match difference {
        Difference::Dimension { .. } | Difference::Model { .. } | Difference::Template { .. } => true,
        // An interrupted rename left the old name.
        Difference::Source { found, .. } => !found.as_deref().is_some_and(renamed),
        _ => false,
    });
    let mut remedies = Vec::new();
    if other_vectors || missing_vector && !extra {
        remedies.push(
            "Open it with the model and the texts that its vectors were made from, or embed it again with \
             `Database::reembed`"
                .to_owned(),
        );
    }
    if extra && !missing_vector {
        remedies.push("If the table is of a newer struct, use that struct".to_owned());
    }
    remedies.push(match remedies.is_empty() {
        true => format!(
            "Open it with `.drift(Drift::ApplySafe)`, which changes it if all changes are safe: {plan} lists them"
        ),
        false => format!("{plan} lists the effect of each change"),
    });
    remedies.join(". ")
}
