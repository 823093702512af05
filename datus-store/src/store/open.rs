use std::marker::PhantomData;
use std::sync::Arc;

use arrow_schema::Schema;

use super::core::Core;
use super::{Store, traced};
use crate::backend::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, ModelIdentity};
use crate::record::{ColumnPath, EmbeddingRecord, RecordDef, differences};

impl<R: EmbeddingRecord> Store<R> {
    pub(crate) async fn open(connection: &Connection, models: Vec<Arc<dyn EmbeddingModel>>) -> Result<Self> {
        let core = traced!("open", R::TABLE).run(open(connection, R::definition(), models), |_| 0).await?;
        Ok(Self { core: Arc::new(core), record: PhantomData })
    }
}

async fn open(
    connection: &Connection,
    record: RecordDef,
    models: Vec<Arc<dyn EmbeddingModel>>,
) -> Result<Core> {
    let identities: Vec<ModelIdentity> = models.iter().map(|model| model.identity().clone()).collect();
    identities.iter().try_for_each(check_dimension)?;
    check_private(&record, &models)?;
    let schema = record.arrow_schema(&identities);
    let table = connection.open_or_create(record.table, Arc::clone(&schema)).await?;
    let stored = table.schema().await?;
    check(&record, &schema, &stored)?;
    let (present, missing): (Vec<&'static str>, Vec<&'static str>) =
        record.fields.iter().map(|field| field.name).partition(|name| stored.field_with_name(name).is_ok());
    let vector_models = record.vectors.iter().filter_map(|vector| identities.get(vector.model));
    Ok(Core {
        columns: present.into_iter().map(ColumnPath::column).collect(),
        missing,
        vector_columns: record.vectors.iter().map(|vector| vector.name).collect(),
        vector_models: vector_models.map(|identity| identity.id.as_str().into()).collect(),
        record,
        schema,
        table,
        models,
    })
}

fn check_dimension(model: &ModelIdentity) -> Result<()> {
    if model.dimension == 0 || i32::try_from(model.dimension).is_err() {
        let message = format!("the model {model} has a dimension that no vector column can have");
        return Err(Error::new(ErrorKind::Model, message));
    }
    Ok(())
}

/// Fails where a text that must stay on this machine is embedded by a model that sends it away. A tag that says no at
/// compile time does not count here: the model knows.
pub(super) fn check_private(record: &RecordDef, models: &[Arc<dyn EmbeddingModel>]) -> Result<()> {
    for vector in &record.vectors {
        let Some(model) = models.get(vector.model).filter(|model| model.sends_text_away()) else { continue };
        let mut sources = vector.sources.iter().filter_map(|&source| record.fields.get(source));
        if let Some(field) = sources.find(|field| field.private) {
            let message = format!(
                "the text is private and the model `{}` sends it away to embed it: open the table with a model that runs on \
                 this machine, or remove `#[datus(private)]` from the field",
                model.identity().id
            );
            return Err(Error::new(ErrorKind::Model, message).with_column(field.name));
        }
    }
    Ok(())
}

fn check(record: &RecordDef, expected: &Schema, stored: &Schema) -> Result<()> {
    let differences = differences(record, expected, stored);
    if differences.is_empty() {
        return Ok(());
    }
    let list: String = differences.iter().map(|difference| format!("\n  - {difference}")).collect();
    let message = format!(
        "the table is not the one of the record `{}`, and was left as it is:{list}\n\
         Change the struct or the model to what the table has, name another table with `#[datus(table = \"…\")]`, or \
         drop the table and write it again",
        record.record
    );
    Err(Error::new(ErrorKind::SchemaMismatch, message).with_differences(differences))
}
