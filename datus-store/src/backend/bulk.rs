//! Bulk jobs: many processes write files, and one commit adds all of them to a table.
//!
//! The files of a part are written like those of an append, and no version contains them until the commit, which is one
//! append of all fragments. The commit's transaction has the job's id as a property, so that the commit can be found later.

mod commit;
mod files;
mod read;
mod registry;

use std::sync::Arc;

use arrow_schema::{Schema, SchemaRef};
use lance::Dataset;
use lance_core::datatypes::Field as LanceField;
use serde::{Deserialize, Serialize};

pub(crate) use self::commit::BulkOutcome;
pub(crate) use self::files::{PartFiles, PartState};
pub(crate) use self::registry::StoredPart;
use super::Table;
use super::error::convert;
use crate::error::{Error, ErrorKind, Result};

/// One version of a table, for the operations of a bulk job.
#[derive(Clone)]
pub(crate) struct BulkVersion {
    dataset: Arc<Dataset>,
    schema: SchemaRef,
}

/// A column of a table, with the field ids by which data files refer to it and to its nested fields.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct StoredColumn {
    pub(crate) name: String,
    ids: Vec<i32>,
    data_type: String,
    nullable: bool,
}

impl Table {
    /// Returns the newest version of the table.
    ///
    /// # Errors
    /// `Unsupported` on LanceDB's service, which commits rows as it receives them; `Engine` when the storage fails.
    pub(crate) async fn bulk_version(&self) -> Result<BulkVersion> {
        let Some(handle) = self.raw().dataset() else {
            let message =
                "LanceDB's service does not support bulk jobs, because it commits rows as it receives them";
            return Err(Error::new(ErrorKind::Unsupported, message)
                .with_help("write the rows with `store.add(…)`, or use a folder or an object store"));
        };
        // The connection can be configured to let reads lag behind other programs. A write always reads the newest version.
        self.convert_result(self.raw().checkout_latest().await).await?;
        let dataset = self.convert_result(handle.get().await).await?;
        let schema = Arc::new(Schema::from(dataset.schema()));
        Ok(BulkVersion { dataset, schema })
    }
}

impl BulkVersion {
    pub(crate) fn version(&self) -> u64 {
        self.dataset.manifest().version
    }

    /// Returns the schema of the table.
    pub(crate) fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Returns the columns of the table.
    pub(crate) fn columns(&self) -> Vec<StoredColumn> {
        let columns = self.dataset.schema().fields.iter().map(|field| {
            let mut ids = Vec::new();
            add_ids(field, &mut ids);
            let (name, data_type) = (field.name.clone(), field.data_type().to_string());
            StoredColumn { name, ids, data_type, nullable: field.nullable }
        });
        columns.collect()
    }
}

/// Adds the ids of a field and of its nested fields.
fn add_ids(field: &LanceField, ids: &mut Vec<i32>) {
    ids.push(field.id);
    for child in &field.children {
        add_ids(child, ids);
    }
}

fn failed(error: lance::Error) -> Error {
    convert(error.into())
}
