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
