//! Changes the metadata of a schema, and the whole schema of an empty table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::{DataType, Field, SchemaRef};
use lance::dataset::transaction::{Operation, Transaction};
use lance::dataset::{CommitBuilder, InsertBuilder, WriteMode, WriteParams};
use lance_core::datatypes::Field as LanceField;
use lancedb::Error as LanceDbError;
use lancedb::table::FieldMetadataUpdate;

use super::Table;
use super::commit::following;
use super::error::convert;
use super::primary_key::with_primary_key;
use crate::error::{Error, ErrorKind, Result};

/// A metadata key with the value to set, or with `None` to remove the key.
pub(crate) type Pair = (String, Option<String>);

impl Table {
    /// Replaces an empty table with one that has a different schema and no indexes, in one commit. Older versions are kept.
    ///
    /// # Errors
    /// `Conflict` when the table has rows, or when another writer commits between the check and this commit.
    pub(crate) async fn replace_empty(&self, schema: SchemaRef) -> Result<()> {
        let handle = self.raw().dataset().ok_or_else(local_only)?;
        handle.ensure_mutable().map_err(convert)?;
        let empty = handle.get().await.map_err(convert)?;
        if empty.count_rows(None).await.map_err(lance)? > 0 {
            let message =
                "rows were written to the empty table in the meantime, so the table was left unchanged";
            return Err(Error::new(ErrorKind::Conflict, message).with_help("run the operation again"));
        }
        let params = WriteParams { mode: WriteMode::Overwrite, ..WriteParams::default() };
        let rows = vec![RecordBatch::new_empty(with_primary_key(&schema))];
        let insert = InsertBuilder::new(Arc::clone(&empty)).with_params(&params);
        // Boxed, because lance's futures are nested more deeply than the compiler can handle.
        let transaction = Box::pin(insert.execute_uncommitted(rows)).await.map_err(lance)?;
        // Without retries, the commit either creates the next version or fails.
        let commit = CommitBuilder::new(empty).with_max_retries(0).execute(transaction);
        handle.update(Box::pin(commit).await.map_err(lance)?);
        Ok(())
    }

    /// Sets the nullability and the metadata of the columns in `schema`, and the metadata of the table, in one commit that must
    /// directly follow `version`. Columns that the table lacks are skipped. Metadata under other keys is kept.
    ///
    /// This does not declare a primary key to Lance. Lance refuses rows whose type allows nulls in a primary key, and
    /// LanceDB's Python client builds such rows from dictionaries. Keys are unique without the declaration.
    ///
    /// Returns the new version. Returns `None` and changes nothing if another commit follows `version`.
    pub(crate) async fn set_schema(&self, version: u64, schema: &SchemaRef) -> Result<Option<u64>> {
        let handle = self.raw().dataset().ok_or_else(local_only)?;
        handle.ensure_mutable().map_err(convert)?;
        let dataset = handle.get().await.map_err(convert)?;
        let mut changed = dataset.schema().clone();
        let mut forbids_nulls = false;
        for field in &mut changed.fields {
            let Ok(new) = schema.field_with_name(&field.name) else { continue };
            forbids_nulls |= field.nullable && !new.is_nullable();
            field.nullable = new.is_nullable();
            add_metadata(field, new);
        }
        changed.metadata.extend(schema.metadata().clone());
        changed.validate().map_err(|error| convert(error.into()))?;
        let operation = Operation::Project { schema: changed, preserves_nullability: !forbids_nulls };
        let transaction = Transaction::new(version, operation, None);
        let commit = CommitBuilder::new(dataset).execute(transaction);
        let Some(committed) = following(version, Box::pin(commit)).await? else { return Ok(None) };
        let version = committed.version().version;
        handle.update(committed);
        Ok(Some(version))
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

/// Adds the metadata of a column, and of the columns nested in a struct.
fn add_metadata(field: &mut LanceField, new: &Field) {
    field.metadata.extend(new.metadata().clone());
    if let DataType::Struct(inside) = new.data_type() {
        for child in &mut field.children {
            if let Some((_, new)) = inside.find(&child.name) {
                add_metadata(child, new);
            }
        }
    }
}

pub(super) fn lance(error: impl Into<LanceDbError>) -> Error {
    convert(error.into())
}

pub(super) fn local_only() -> Error {
    Error::new(ErrorKind::Unsupported, "LanceDB's service cannot change the columns of a table")
        .with_help("change the table with LanceDB's own tools, or create a new table")
}
