//! Writes the metadata of an adopted table.

use arrow_schema::SchemaRef;

use super::check::AdoptionCheck;
use crate::backend::{Attempts, Table, spawn_uncancellable};
use crate::error::Result;
use crate::store::python::PythonModel;
use crate::store::target::Target;

/// Writes the roles, the key and the models into the metadata of the table, and forbids nulls where the record does, in one
/// commit. Returns its version.
///
/// The rows are checked in the version that the commit follows, because a writer may have changed them since the first check.
pub(super) async fn commit(table: &Table, target: Target, schema: SchemaRef) -> Result<u64> {
    let lock = table.write_lock().await?;
    let table = table.clone();
    spawn_uncancellable(async move {
        let _lock = lock;
        let mut attempts = Attempts::new(&table);
        loop {
            let version = attempts.next().await?;
            let stored = table.schema().await?;
            AdoptionCheck::new(&target, &stored, &PythonModel::read(&stored)?)?.check_rows(&table).await?;
            if let Some(version) = table.set_schema(version, &schema).await? {
                return Ok(version);
            }
        }
    })
    .await
}
