//! The table that a record needs, and the checks that a table and its models match it.

mod absent;

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{Field, Schema, SchemaRef};

use self::absent::{stored_identity, with_stored_models};
use super::extra_columns::ExtraColumns;
use crate::backend::{Connection, Table, check_table_name};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{AbsentModel, AvailableModels, EmbeddingModel, MAX_VALUES, ModelIdentity};
use crate::record::{Difference, EmbeddingRecord, RecordDef, differences, schema_version};

/// The table that a program opens, without the type of the record.
pub(super) struct TableRequest {
    record: RecordDef,
    models: AvailableModels,
    default: fn(&str) -> Option<Result<ArrayRef>>,
    extra_columns: ExtraColumns,
}

impl TableRequest {
    /// Creates a request for the table with this name, or, if `table` is `None`, for the table that the record
    /// declares.
    ///
    /// # Errors
    /// `InvalidInput` for a name that a table cannot have.
    pub(super) fn new<R: EmbeddingRecord>(models: AvailableModels, table: Option<String>) -> Result<Self> {
        let mut record = R::definition();
        if let Some(table) = table {
            check_table_name(&table)?;
            record.table = table.into();
        }
        let extra_columns = ExtraColumns::default();
        Ok(Self { record, models, default: R::default_column, extra_columns })
    }

    /// Sets the behavior for columns that the record lacks.
    pub(super) fn with_extra_columns(self, extra_columns: ExtraColumns) -> Self {
        Self { extra_columns, ..self }
    }

    /// Opens the table if it exists, and resolves the target that it has to match.
    ///
    /// # Errors
    /// Fails with the same errors as [`resolve`](Self::resolve), with `Model` when the table does not exist and a model is
    /// absent, and with `Engine` when the storage fails.
    pub(super) async fn open(self, connection: &Connection) -> Result<(Target, Option<Table>)> {
        if self.models.iter().all(Option::is_some) {
            let target = self.resolve(None)?;
            let table = connection.open_table(&target.record.table).await?;
            return Ok((target, table));
        }
        let Some(table) = connection.open_table(&self.record.table).await? else {
            let message = "the table does not exist, and it cannot be created without its model";
            return Err(Error::new(ErrorKind::Model, message)
                .with_help("open it once with the model instead of `NoModel`, which creates it"));
        };
        let target = self.resolve(Some(&*table.schema().await?))?;
        Ok((target, Some(table)))
    }

    /// Resolves the table that the record and its models need. `stored` is the schema of the table; it is needed if a model
    /// is absent.
    ///
    /// # Errors
    /// `Model` for a model that the record cannot use, and for an absent model whose vectors the table lacks.
    pub(super) fn resolve(self, stored: Option<&Schema>) -> Result<Target> {
        let Self { record, models: given, default, extra_columns } = self;
        let mut models: Vec<Arc<dyn EmbeddingModel>> = Vec::with_capacity(given.len());
        for (position, model) in given.iter().enumerate() {
            models.push(match model {
                Some(model) => Arc::clone(model),
                None => Arc::new(AbsentModel(stored_identity(&record, position, stored)?)),
            });
        }
        let identities: Vec<ModelIdentity> = models.iter().map(|model| model.identity().clone()).collect();
        identities.iter().try_for_each(check_dimension)?;
        check_positions(&record, &models)?;
        check_private(&record, &models)?;
        check_names(&record)?;
        let mut schema = record.arrow_schema(&identities);
        if let Some(stored) = stored {
            schema = with_stored_models(&schema, &record, &given, stored);
        }
        Ok(Target { record, schema, models, given, default, extra_columns })
    }
}

/// The table that a record and its models need, without the type of the record.
pub(super) struct Target {
    pub(super) record: RecordDef,
    /// The schema, including the vector columns.
    pub(super) schema: SchemaRef,
    /// The models, in the order of the record.
    pub(super) models: Vec<Arc<dyn EmbeddingModel>>,
    /// The models that the table is opened with.
    pub(super) given: AvailableModels,
    /// The function that returns the default of a column, or `None` if the column has no default.
    pub(super) default: fn(&str) -> Option<Result<ArrayRef>>,
    /// The behavior for columns that the record lacks.
    pub(super) extra_columns: ExtraColumns,
}

impl Target {
    /// Returns the differences between the record and a table, except those that are permitted.
    pub(super) fn differences(&self, stored: &Schema) -> Vec<Difference> {
        let mut differences = differences(&self.record, &self.schema, stored);
        self.extra_columns.retain_refused(&mut differences);
        differences
    }

    /// Returns the field of one of the record's columns.
    ///
    /// # Errors
    /// `Engine` if the record lacks the column.
    pub(super) fn field(&self, column: &str) -> Result<Field> {
        self.schema.field_with_name(column).cloned().map_err(|source| {
            let message = "a step of the plan names a column that the record lacks";
            Error::new(ErrorKind::Engine, message).with_column(column).with_source(source)
        })
    }

    /// Returns the schema of the table. Fails if it does not match the record.
    pub(super) async fn check(&self, table: &Table) -> Result<SchemaRef> {
        let stored = table.schema().await?;
        self.check_version(&stored)?;
        let differences = self.differences(&stored);
        if differences.is_empty() {
            return Ok(stored);
        }
        let empty = table.rows().await? == 0;
        let adopt = adopt_help(&self.record, &differences);
        Err(refuse_rows(&self.record, differences, empty, adopt))
    }

    /// Fails if a newer program changed the table.
    pub(super) fn check_version(&self, stored: &Schema) -> Result<()> {
        let (expected, found) = (schema_version(&self.schema), schema_version(stored));
        if found <= expected {
            return Ok(());
        }
        let message = format!(
            "the table has schema version {found}, but the record `{}` has {expected}, so this program is older than the \
             table",
            self.record.record
        );
        let differences = self.differences(stored);
        Err(Error::new(ErrorKind::SchemaMismatch, message)
            .with_help("use the version of the program that changed the table, or a newer one")
            .with_differences(differences))
    }
}

/// Fails for a model whose dimension is zero or too large for a vector column.
pub(super) fn check_dimension(model: &ModelIdentity) -> Result<()> {
    if !(1..=MAX_VALUES).contains(&model.dimension) {
        let message = format!("the dimension of the model {model} is not between 1 and {MAX_VALUES}");
        let help = "return the number of values of a vector as the dimension in `EmbeddingModel::identity`";
        return Err(Error::new(ErrorKind::Model, message).with_help(help));
    }
    Ok(())
}

/// Fails if the key or a vector names a field or a model that does not exist. The derive cannot produce such a definition.
///
/// # Errors
/// `Engine`, with the vector column.
pub(super) fn check_positions(record: &RecordDef, models: &[Arc<dyn EmbeddingModel>]) -> Result<()> {
    let lacks =
        |what: &str| Error::new(ErrorKind::Engine, format!("the definition of the record lacks {what}"));
    let is_field = |&position: &usize| position < record.fields.len();
    if !record.key.iter().all(is_field) {
        return Err(lacks("a field of its key"));
    }
    if !record.scope.iter().all(is_field) {
        return Err(lacks("a field of its scope"));
    }
    if !record.key.is_empty() && !record.key.starts_with(&record.scope) {
        return Err(lacks("its scope in its key"));
    }
    for vector in &record.vectors {
        if !vector.sources.iter().all(is_field) {
            return Err(lacks("a field that the vector is made from").with_column(vector.name));
        }
        if vector.model >= models.len() {
            return Err(lacks("the model of the vector").with_column(vector.name));
        }
    }
    Ok(())
}

/// Fails if two columns have the same name, which a flattened generic type can cause.
fn check_names(record: &RecordDef) -> Result<()> {
    let names = record.fields.iter().map(|field| field.name);
    let mut seen = HashSet::new();
    match names.chain(record.vectors.iter().map(|vector| vector.name)).find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(name) => Err(Error::new(ErrorKind::Unsupported, "two columns of the record have this name")
            .with_help("give a flattened field a prefix with `#[datus(flatten(prefix = \"…\"))]`")
            .with_column(name)),
    }
}

/// Fails if a private text is embedded by a model that sends it to another machine. The model itself determines this at run
/// time, even if its tag declares at compile time that it sends no text to other machines.
pub(super) fn check_private(record: &RecordDef, models: &[Arc<dyn EmbeddingModel>]) -> Result<()> {
    for vector in &record.vectors {
        let Some(model) = models.get(vector.model).filter(|model| model.sends_text_away()) else { continue };
        if let Some(field) = record.sources(vector).find(|field| field.private) {
            let model = &model.identity().id;
            let message = format!("the text is private, but the model `{model}` sends it to another machine");
            let help = "open the table with a model that runs on this machine, or remove `#[datus(private)]` from the field";
            return Err(Error::new(ErrorKind::Model, message).with_help(help).with_column(field.name));
        }
    }
    Ok(())
}

/// Returns the error for a table that does not match the record. `adopt` is the help for a table of another program.
pub(super) fn refuse(record: &RecordDef, differences: Vec<Difference>, adopt: Option<String>) -> Error {
    refuse_rows(record, differences, false, adopt)
}

/// Returns the error of [`refuse`]. `empty` is `true` if the table has no rows.
fn refuse_rows(
    record: &RecordDef,
    differences: Vec<Difference>,
    empty: bool,
    adopt: Option<String>,
) -> Error {
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
            "{}. Or change the struct to match the table, or open a different table with `.table(\"…\")`",
            remedy(record, &differences)
        ),
    };
    let help = match adopt {
        Some(adopt) => format!("{adopt}. {help}"),
        None => help,
    };
    Error::new(ErrorKind::SchemaMismatch, message).with_help(help).with_differences(differences)
}

/// Returns the help for a table that records neither the model of a vector nor a key, because another program created it.
pub(super) fn adopt_help(record: &RecordDef, differences: &[Difference]) -> Option<String> {
    let unrecorded = |difference: &Difference| matches!(difference, Difference::Model { found: None, .. });
    differences.iter().any(unrecorded).then(|| {
        format!(
            "If another program created the table, `db.adopt::<{}>(models)` checks its vectors and keys, and records them",
            record.record
        )
    })
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
        Difference::Type { column, .. } => record.vectors.iter().any(|vector| vector.name == column),
        // An interrupted rename left the old name.
        Difference::Source { found, .. } => !found.as_deref().is_some_and(renamed),
        _ => false,
    });
    let mut remedies = Vec::new();
    if other_vectors || missing_vector && !extra {
        remedies.push(
            "Open it with the model and the texts that its vectors were made from, or re-embed it with \
             `Database::reembed`"
                .to_owned(),
        );
    }
    if extra && !missing_vector {
        remedies.push("If the table belongs to a newer struct, use that struct".to_owned());
    }
    remedies.push(match remedies.is_empty() {
        true => format!(
            "Open it with `.drift(Drift::ApplySafe)`, which changes it if all changes are safe: {plan} lists them"
        ),
        false => format!("{plan} lists the effect of each change"),
    });
    remedies.join(". ")
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use crate::model::HashingModel;
    use crate::record::{Metric, VectorDef, VectorIndex};

    /// Returns a record without fields that has one vector.
    fn record(key: &[usize], sources: &[usize], model: usize) -> RecordDef {
        let vector = VectorDef {
            name: "vector",
            sources: sources.to_vec(),
            template: None,
            metric: Metric::L2,
            index: VectorIndex::Auto,
            element: crate::record::VectorElement::Float32,
            multi: false,
            model,
        };
        RecordDef {
            record: "Page",
            table: "pages".into(),
            description: "",
            fields: Vec::new(),
            vectors: vec![vector],
            key: key.to_vec(),
            schema_version: 0,
            scope: Vec::new(),
            metadata: Vec::new(),
        }
    }

    #[test]
    fn a_definition_that_names_a_missing_field_or_model_is_an_error() {
        let models: [Arc<dyn EmbeddingModel>; 1] = [Arc::new(HashingModel::default())];
        check_positions(&record(&[], &[], 0), &models).unwrap();
        let faults = [
            (record(&[0], &[], 0), None, "key"),
            (record(&[], &[0], 0), Some("vector"), "made from"),
            (record(&[], &[], 1), Some("vector"), "model"),
        ];
        for (record, column, named) in faults {
            let error = check_positions(&record, &models).unwrap_err();
            assert_eq!((error.kind(), error.column()), (ErrorKind::Engine, column));
            assert!(error.message().contains(named), "{error}");
        }
    }
}
