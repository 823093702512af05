//! Changes of a table's columns and of what its schema says.

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

/// A change of a column that touches no value.
#[derive(Debug, Default)]
pub(crate) struct Alteration {
    /// The column's new name.
    pub(crate) rename: Option<String>,
    /// Whether it may be null.
    pub(crate) nullable: Option<bool>,
}

/// An index that a table has.
#[derive(Debug)]
pub(crate) struct StoredIndex {
    pub(crate) name: String,
    pub(crate) columns: Vec<String>,
    pub(crate) role: IndexRole,
}

/// What an index is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum IndexRole {
    /// What a field declares with `index`.
    Scalar(IndexKind),
    /// What a field declares with `fts`.
    Text,
    /// What no field declares: vectors, and kinds that are not known here.
    Other,
}

/// A pair of metadata: the value to set, or `None` to take it away.
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
        let known = |index: lancedb::index::IndexConfig| {
            let role = role(&index.index_type);
            StoredIndex { name: index.name, columns: index.columns, role }
        };
        Ok(indices.into_iter().map(known).collect())
    }

    pub(crate) async fn drop_index(&self, name: &str) -> Result<()> {
        self.raw().drop_index(name).await.map_err(convert)
    }

    /// Alters columns, by their stored names, in one commit.
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

    /// Adds columns that have one value in every row, in one commit. Each array holds that value.
    pub(crate) async fn add_filled(&self, columns: Vec<(Field, ArrayRef)>) -> Result<()> {
        let dataset = self.raw().dataset().ok_or_else(local_only)?;
        dataset.ensure_mutable().map_err(convert)?;
        // As many values as one version has rows: a commit in between is a conflict, and not a table with wrong values.
        let mut changed = (*dataset.get().await.map_err(convert)?).clone();
        let rows = changed.count_rows(None).await.map_err(lance)?;
        let values = NewColumnTransform::Reader(Box::new(Repeated::new(columns, rows).map_err(arrow)?));
        // Boxed: lance's future holds more futures in each other than the compiler follows.
        Box::pin(changed.add_columns(values, None, None)).await.map_err(lance)?;
        dataset.update(changed);
        Ok(())
    }

    /// Replaces a table without rows by one of another schema, without indexes, in one commit. Older versions stay.
    ///
    /// # Errors
    /// `Conflict` when the table has rows by now, or another writer commits first: nothing may come between the look and the
    /// commit.
    pub(crate) async fn replace_empty(&self, schema: SchemaRef) -> Result<()> {
        let handle = self.raw().dataset().ok_or_else(local_only)?;
        handle.ensure_mutable().map_err(convert)?;
        let empty = handle.get().await.map_err(convert)?;
        if empty.count_rows(None).await.map_err(lance)? > 0 {
            let message = "rows were written into the empty table meanwhile, and it was left as it is";
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        let params = WriteParams { mode: WriteMode::Overwrite, ..WriteParams::default() };
        let rows = vec![RecordBatch::new_empty(with_primary_key(&schema))];
        let insert = InsertBuilder::new(Arc::clone(&empty)).with_params(&params);
        // Boxed: lance's future holds more futures in each other than the compiler follows.
        let transaction = Box::pin(insert.execute_uncommitted(rows)).await.map_err(lance)?;
        // Without retries the commit is of the next version or of none.
        let commit = CommitBuilder::new(empty).with_max_retries(0).execute(transaction);
        handle.update(Box::pin(commit).await.map_err(lance)?);
        Ok(())
    }

    /// Sets metadata of columns, by their paths, in one commit.
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
    Error::new(ErrorKind::Engine, "the new columns do not make an Arrow batch").with_source(source)
}

fn local_only() -> Error {
    Error::new(ErrorKind::Unsupported, "LanceDB's service can't change the columns of a table")
        .with_help("change the table with LanceDB's own tools, or write another one")
}

/// One row, as often as there are rows.
struct Repeated {
    /// Some of the rows; every batch is a part of it.
    batch: RecordBatch,
    left: usize,
}

impl Repeated {
    /// The rows of a batch, and its bytes where a value is large.
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
        Ok(Self { batch, left: rows })
    }
}

impl Iterator for Repeated {
    type Item = std::result::Result<RecordBatch, ArrowError>;

    fn next(&mut self) -> Option<Self::Item> {
        let rows = self.left.min(self.batch.num_rows());
        self.left -= rows;
        (rows > 0).then(|| Ok(self.batch.slice(0, rows)))
    }
}

impl RecordBatchReader for Repeated {
    fn schema(&self) -> SchemaRef {
        self.batch.schema()
    }
}
