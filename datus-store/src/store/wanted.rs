use std::sync::Arc;

use arrow_array::ArrayRef;
use arrow_schema::{Field, Schema, SchemaRef};

use super::open::{check_dimension, check_names, check_private, refuse_rows};
use super::plan::Step;
use crate::backend::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, ModelIdentity};
use crate::record::{EmbeddingRecord, RecordDef, differences, schema_version};

/// The table that a record and its models need, without the type of the record.
pub(super) struct Wanted {
    pub(super) record: RecordDef,
    /// The schema, with the vectors.
    pub(super) schema: SchemaRef,
    /// The models, in the order of the record.
    pub(super) models: Vec<Arc<dyn EmbeddingModel>>,
    /// Returns the default of a column that has one.
    pub(super) default: fn(&str) -> Option<Result<ArrayRef>>,
}

impl Wanted {
    pub(super) fn of<R: EmbeddingRecord>(models: Vec<Arc<dyn EmbeddingModel>>) -> Result<Self> {
        let record = R::definition();
        let identities: Vec<ModelIdentity> = models.iter().map(|model| model.identity().clone()).collect();
        identities.iter().try_for_each(check_dimension)?;
        check_private(&record, &models)?;
        check_names(&record)?;
        let schema = record.arrow_schema(&identities);
        Ok(Self { record, schema, models, default: R::default_column })
    }

    pub(super) fn field(&self, column: &str) -> Option<Field> {
        self.schema.field_with_name(column).ok().cloned()
    }

    /// Returns the fields of the columns that the steps concern.
    pub(super) fn fields_of(&self, steps: &[Step]) -> Vec<Field> {
        steps.iter().filter_map(|step| self.field(step.column()?)).collect()
    }

    /// Returns the schema of the table. Fails if it does not match the record.
    pub(super) async fn check(&self, table: &Table) -> Result<SchemaRef> {
        let stored = table.schema().await?;
        self.check_version(&stored)?;
        let differences = differences(&self.record, &self.schema, &stored);
        if differences.is_empty() {
            return Ok(stored);
        }
        let empty = table.rows().await? == 0;
        Err(refuse_rows(&self.record, differences, empty))
    }

    /// Fails if a newer program changed the table.
    pub(super) fn check_version(&self, stored: &Schema) -> Result<()> {
        let (expected, found) = (schema_version(&self.schema), schema_version(stored));
        if found <= expected {
            return Ok(());
        }
        let message = format!(
            "the table has schema version {found} and the record `{}` has {expected}, so this program is older than the \
             table",
            self.record.record
        );
        let differences = differences(&self.record, &self.schema, stored);
        Err(Error::new(ErrorKind::SchemaMismatch, message)
            .with_help("use the version of the program that changed the table, or a newer one")
            .with_differences(differences))
    }
}
