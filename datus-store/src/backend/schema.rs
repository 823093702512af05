//! Changes to the metadata of a schema, and to the whole schema of an empty table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use lance::dataset::{CommitBuilder, InsertBuilder, WriteMode, WriteParams};
use lancedb::Error as LanceDbError;
use lancedb::table::FieldMetadataUpdate;

use super::Table;
use super::error::convert;
use super::primary_key::with_primary_key;
use crate::error::{Error, ErrorKind, Result};

/// A key of metadata with the value to set, or with `None` to remove the key.
pub(crate) type Pair = (String, Option<String>);

impl Table {
    /// Replaces an empty table with one that has a different schema and no indexes, in one commit. Older versions stay.
    ///
    /// # Errors
    /// `Conflict` when the table has rows, or when another writer commits between the check and this commit.
    pub(crate) async fn replace_empty(&self, schema: SchemaRef) -> Result<()> {
        let handle = self.raw().dataset().ok_or_else(local_only)?;
        handle.ensure_mutable().map_err(convert)?;
        let empty = handle.get().await.map_err(convert)?;
        if empty.count_rows(None).await.map_err(lance)? > 0 {
            let message = "rows were written to the empty table in the meantime, so it was left as it is";
            return Err(Error::new(ErrorKind::Conflict, message).with_help("run the operation again"));
        }
        let params = WriteParams { mode: WriteMode::Overwrite, ..WriteParams::default() };
        let rows = vec![RecordBatch::new_empty(with_primary_key(&schema))];
        let insert = InsertBuilder::new(Arc::clone(&empty)).with_params(&params);
        // Boxed, because lance's futures are nested more deeply than the compiler can handle.
        let transaction = Box::pin(insert.execute_uncommitted(rows)).await.map_err(lance)?;
        // Without retries the commit makes the next version or fails.
        let commit = CommitBuilder::new(empty).with_max_retries(0).execute(transaction);
        handle.update(Box::pin(commit).await.map_err(lance)?);
        Ok(())
    }

    /// Sets metadata of columns, given by their paths, in one commit.
    pub(crate) async fn set_field_metadata(&self, columns: BTreeMap<String, Vec<Pair>>) -> Result<()> {
        let updates: Vec<FieldMetadataUpdate> = columns
            .into_iter()
            .map(|(column, pairs)| {
                let mut update = FieldMetadataUpdate::new(column);
                update.metadata.extend(pairs);
                update
            })
            .collect();
        self.raw().update_field_metadata(&updates).await.map_err(convert)?;
        Ok(())
    }

    /// Sets metadata of the schema, in one commit.
    pub(crate) async fn set_metadata(&self, pairs: Vec<Pair>) -> Result<()> {
        let dataset = self.raw().dataset().ok_or_else(local_only)?;
        dataset.ensure_mutable().map_err(convert)?;
        let mut changed = (*dataset.get().await.map_err(convert)?).clone();
        changed.update_schema_metadata(pairs).await.map_err(lance)?;
        dataset.update(changed);
        Ok(())
    }
}

pub(super) fn lance(error: impl Into<LanceDbError>) -> Error {
    convert(error.into())
}

pub(super) fn local_only() -> Error {
    Error::new(ErrorKind::Unsupported, "LanceDB's service can't change the columns of a table")
        .with_help("change the table with LanceDB's own tools, or create a new table")
}
