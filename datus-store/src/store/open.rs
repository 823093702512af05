use std::collections::HashSet;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_schema::Schema;

use super::core::Core;
use super::probes::with_probes;
use super::{Current, Store, traced};
use crate::backend::Connection;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{EmbeddingModel, ModelIdentity};
use crate::record::{Difference, EmbeddingRecord, RecordDef, differences};

impl<R: EmbeddingRecord> Store<R> {
    pub(crate) async fn open(connection: &Connection, models: Vec<Arc<dyn EmbeddingModel>>) -> Result<Self> {
        let core = traced!("open", R::TABLE).run(open(connection, R::definition(), models), |_| 0).await?;
        Ok(Self { current: Arc::new(Current::new(core)), record: PhantomData })
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
    check_names(&record)?;
    let schema = record.arrow_schema(&identities);
    let table = match connection.open_table(record.table).await? {
        Some(table) => table,
        None => {
            let schema = with_probes(&schema, &record, &models).await?;
            connection.open_or_create(record.table, schema).await?
        }
    };
    let stored = table.schema().await?;
    check(&record, &schema, &stored)?;
    Ok(Core::new(record, table, models, stored))
}

pub(super) fn check_dimension(model: &ModelIdentity) -> Result<()> {
    if model.dimension == 0 || i32::try_from(model.dimension).is_err() {
        let message = format!("the model {model} has a dimension that no vector column can have");
        return Err(Error::new(ErrorKind::Model, message));
    }
    Ok(())
}

/// Fails where two columns have one name, which a flattened generic type can bring about.
fn check_names(record: &RecordDef) -> Result<()> {
    let names = record.fields.iter().map(|field| field.name);
    let mut seen = HashSet::new();
    match names.chain(record.vectors.iter().map(|vector| vector.name)).find(|name| !seen.insert(*name)) {
        None => Ok(()),
        Some(name) => {
            let message = "two columns of the record have this name: give a flattened field a prefix with \
                           `#[datus(flatten(prefix = \"…\"))]`";
            Err(Error::new(ErrorKind::InvalidInput, message).with_column(name))
        }
    }
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
    if differences.is_empty() { Ok(()) } else { Err(refuse(record, differences)) }
}

/// The error of a table that is not the record's.
pub(super) fn refuse(record: &RecordDef, differences: Vec<Difference>) -> Error {
    // Every way in which vectors can differ is mended by making them anew.
    let vectors = |difference: &Difference| {
        record.vectors.iter().any(|vector| difference.column() == Some(vector.name))
    };
    let remedy = match differences.iter().any(vectors) {
        true => "embed the table anew with `Database::reembed`, ",
        false => "",
    };
    let list: String = differences.iter().map(|difference| format!("\n  - {difference}")).collect();
    let message = format!(
        "the table is not the one of the record `{}`, and was left as it is:{list}\n\
         Change the struct or the model to what the table has, {remedy}name another table with \
         `#[datus(table = \"…\")]`, or drop the table and write it again",
        record.record
    );
    Error::new(ErrorKind::SchemaMismatch, message).with_differences(differences)
}
