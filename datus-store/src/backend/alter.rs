//! Changes to a table's columns and to the metadata of its schema.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader, UInt32Array};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use lance::dataset::{CommitBuilder, InsertBuilder, WriteMode, WriteParams};
use lancedb::Error as LanceDbError;
use lancedb::index::IndexType;
use lancedb::table::{ColumnAlteration, FieldMetadataUpdate, NewColumnTransform};

use super::error::convert;
use super::primary_key::with_primary_key;
use super::{Request, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{Predicate, QuerySpec};
use crate::record::{ColumnPath, IndexKind};

/// A change to a column that leaves its values as they are.
#[derive(Debug, Default)]
pub(crate) struct Alteration {
    /// The column's new name.
    pub(crate) rename: Option<String>,
    /// `true` to permit nulls, `false` to forbid them, `None` for no change.
    pub(crate) nullable: Option<bool>,
}

/// An index of a table.
#[derive(Debug)]
pub(crate) struct StoredIndex {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) role: IndexRole,
}

/// The attribute that declares an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexRole {
    /// An index that a field declares with `index`.
    Scalar(IndexKind),
    /// An index that a field declares with `fts`.
    Text,
    /// A vector index, or an index of a kind that this crate does not have.
    Other,
}

/// A key of metadata with the value to set, or with `None` to remove the key.
pub(crate) type Pair = (String, Option<String>);

impl Table {
    /// Counts the nulls of a column.
    pub(crate) async fn nulls(&self, column: &'static str) -> Result<usize> {
        let filter = Some(Predicate::IsNull { column: ColumnPath::column(column) });
        let spec = QuerySpec { filter, ..QuerySpec::default() };
        self.count(Request { spec, columns: Vec::new(), leg: None }).await
    }

    pub(crate) async fn indices(&self) -> Result<Vec<StoredIndex>> {
        let indices = self.raw().list_indices().await.map_err(convert)?;
        let stored_index = |index: lancedb::index::IndexConfig| {
            let role = role(&index.index_type);
            StoredIndex { name: index.name, columns: index.columns, role }
        };
        Ok(indices.into_iter().map(stored_index).collect())
    }

    pub(crate) async fn drop_index(&self, name: &str) -> Result<()> {
        self.raw().drop_index(name).await.map_err(convert)
    }

    /// Alters columns, given by their stored names, in one commit.
    pub(crate) async fn alter(&self, alterations: BTreeMap<String, Alteration>) -> Result<()> {
        let alterations: Vec<ColumnAlteration> = alterations
            .into_iter()
            .map(|(column, Alteration { rename, nullable })| {
                let mut alteration = ColumnAlteration::new(column);
                alteration.rename = rename;
                alteration.nullable = nullable;
                alteration
            })
            .collect();
        self.raw().alter_columns(&alterations).await.map_err(convert)?;
        Ok(())
    }

    /// Adds columns that have the same value in every row, in one commit. Each array has that one value.
    pub(crate) async fn add_filled(&self, columns: Vec<(Field, ArrayRef)>) -> Result<()> {
        let dataset = self.raw().dataset().ok_or_else(local_only)?;
        dataset.ensure_mutable().map_err(convert)?;
        // The values are counted for one version, so a commit in between is a conflict and can't leave wrong values.
        let mut changed = (*dataset.get().await.map_err(convert)?).clone();
        let rows = changed.count_rows(None).await.map_err(lance)?;
        let values = NewColumnTransform::Reader(Box::new(RepeatedRow::new(columns, rows).map_err(arrow)?));
        // Boxed, because lance's futures are nested more deeply than the compiler can handle.
        Box::pin(changed.add_columns(values, None, None)).await.map_err(lance)?;
        dataset.update(changed);
        Ok(())
    }

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

fn role(index: &IndexType) -> IndexRole {
    match index {
        IndexType::BTree => IndexRole::Scalar(IndexKind::BTree),
        IndexType::Bitmap => IndexRole::Scalar(IndexKind::Bitmap),
        IndexType::LabelList => IndexRole::Scalar(IndexKind::LabelList),
        IndexType::NGram => IndexRole::Scalar(IndexKind::NGram),
        IndexType::Fm => IndexRole::Scalar(IndexKind::Fm),
        IndexType::ZoneMap => IndexRole::Scalar(IndexKind::ZoneMap),
        IndexType::BloomFilter => IndexRole::Scalar(IndexKind::Bloom),
        IndexType::FTS => IndexRole::Text,
        _ => IndexRole::Other,
    }
}

fn lance(error: impl Into<LanceDbError>) -> Error {
    convert(error.into())
}

fn arrow(source: ArrowError) -> Error {
    Error::new(ErrorKind::Engine, "the new columns can't be combined into an Arrow batch").with_source(source)
}

fn local_only() -> Error {
    Error::new(ErrorKind::Unsupported, "LanceDB's service can't change the columns of a table")
        .with_help("change the table with LanceDB's own tools, or create a new table")
}

/// A reader that repeats one row for a number of rows.
struct RepeatedRow {
    /// The largest batch. Every batch is a slice of it.
    batch: RecordBatch,
    remaining: usize,
}

impl RepeatedRow {
    /// The most rows of a batch, and the most bytes if a value is large.
    const ROWS: usize = 8192;
    const BYTES: usize = 8 << 20;

    fn new(columns: Vec<(Field, ArrayRef)>, rows: usize) -> std::result::Result<Self, ArrowError> {
        let (fields, values): (Vec<Field>, Vec<ArrayRef>) = columns.into_iter().unzip();
        let bytes: usize = values.iter().map(|value| value.get_array_memory_size()).sum();
        let length = rows.min(Self::ROWS).min((Self::BYTES / bytes.max(1)).max(1));
        let first = UInt32Array::from(vec![0; length]);
        let arrays = values.iter().map(|value| arrow_select::take::take(value, &first, None));
        let arrays = arrays.collect::<std::result::Result<Vec<_>, _>>()?;
        let batch = RecordBatch::try_new(Arc::new(Schema::new(fields)), arrays)?;
        Ok(Self { batch, remaining: rows })
    }
}

impl Iterator for RepeatedRow {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.remaining.min(self.batch.num_rows());
        self.remaining -= rows;
        (rows > 0).then(|| Ok(self.batch.slice(0, rows)))
    }
}

impl RecordBatchReader for RepeatedRow {
    fn schema(&self) -> SchemaRef {
        self.batch.schema()
    }
}
