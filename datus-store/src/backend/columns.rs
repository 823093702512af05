//! Adds, alters, renames and drops columns of a table.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch, RecordBatchReader, UInt32Array};
use arrow_schema::{ArrowError, Field, Schema, SchemaRef};
use lancedb::table::{ColumnAlteration, NewColumnTransform};

use super::commit::following;
use super::error::convert;
use super::schema::{lance, local_only};
use super::{Request, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;
use crate::record::ColumnPath;

/// A change to a column that leaves its values as they are.
#[derive(Debug, Default)]
pub(crate) struct Alteration {
    /// The column's new name.
    pub(crate) rename: Option<String>,
    /// `true` to permit nulls, `false` to forbid them, `None` for no change.
    pub(crate) nullable: Option<bool>,
}

impl Table {
    /// Counts the nulls in a column.
    pub(crate) async fn nulls(&self, column: &'static str) -> Result<usize> {
        let filter = Some(Predicate::IsNull { column: ColumnPath::column(column) });
        self.count(Request { filter, ..Request::default() }).await
    }

    /// Adds columns that are null in every row, in one commit that writes no data.
    pub(crate) async fn add_null_columns(&self, fields: Vec<Field>) -> Result<()> {
        let transform = NewColumnTransform::AllNulls(Arc::new(Schema::new(fields)));
        self.raw().add_columns().transform(transform).execute().await.map_err(convert)?;
        Ok(())
    }

    /// Adds columns that have the same value in every row, in one commit. Each array contains that single value.
    pub(crate) async fn add_constant_columns(&self, columns: Vec<(Field, ArrayRef)>) -> Result<()> {
        let dataset = self.raw().dataset().ok_or_else(local_only)?;
        dataset.ensure_mutable().map_err(convert)?;
        // The rows are counted in one version, so a commit in between causes a conflict and cannot leave wrong values.
        let mut changed = (*dataset.get().await.map_err(convert)?).clone();
        let rows = changed.count_rows(None).await.map_err(lance)?;
        let values = NewColumnTransform::Reader(Box::new(RepeatedRow::new(columns, rows).map_err(arrow)?));
        // Boxed, because lance's futures are nested more deeply than the compiler can handle.
        Box::pin(changed.add_columns(values, None, None)).await.map_err(lance)?;
        dataset.update(changed);
        Ok(())
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

    /// Renames columns in one commit that follows `version`, so two columns can swap names. Each column keeps its data and
    /// metadata.
    ///
    /// Returns the new version. Returns `None` and changes nothing if another commit follows `version`.
    pub(crate) async fn rename_columns(&self, version: u64, names: &[(&str, &str)]) -> Result<Option<u64>> {
        let renames: Vec<ColumnAlteration> = names
            .iter()
            .map(|(from, to)| ColumnAlteration::new((*from).to_owned()).rename((*to).to_owned()))
            .collect();
        let renamed = following(version, self.raw().alter_columns(&renames)).await?;
        Ok(renamed.map(|renamed| renamed.version))
    }

    /// Drops columns in one commit. Older versions still contain them.
    pub(crate) async fn drop_columns(&self, names: &[&str]) -> Result<()> {
        self.raw().drop_columns(names).await.map_err(convert)?;
        Ok(())
    }
}

fn arrow(source: ArrowError) -> Error {
    Error::new(ErrorKind::Engine, "the new columns cannot be combined into an Arrow batch")
        .with_source(source)
}

/// A reader that repeats one row a given number of times.
struct RepeatedRow {
    /// The largest batch. Every returned batch is a slice of it.
    batch: RecordBatch,
    remaining: usize,
}

impl RepeatedRow {
    /// The maximum number of rows in a batch, and the maximum number of bytes if the values are large.
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
