use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::TryStreamExt;
use lancedb::expr::{DfExpr as Expr, col, expr_to_sql_string};
use lancedb::query::{ExecutableQuery, QueryBase, Select};

use super::commit::following;
use super::error::convert;
use super::lower::{lower, lower_expression};
use super::write::spawn_uncancellable;
use super::{Table, TableLock};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{Expression, Predicate};
use crate::record::ColumnPath;

/// The alias of an extra column that is selected but not returned. The prefix is reserved, so no record has such a column.
const READ: &str = "__datus_read";

/// A column and the value that it is set to.
#[derive(Debug, Clone)]
pub(crate) struct Assignment {
    pub(crate) column: ColumnPath,
    pub(crate) value: Expression,
}

impl Table {
    /// Returns `true` if a row passes the predicate.
    pub(crate) async fn has_rows(&self, predicate: &Predicate) -> Result<bool> {
        let query = self.raw().query().only_if_expr(lower(predicate)?).with_row_id().limit(1);
        let query = query.select(Select::columns(&[] as &[&str]));
        let read = async {
            let mut batches = query.execute().await.map_err(convert)?;
            while let Some(batch) = batches.try_next().await.map_err(convert)? {
                if batch.num_rows() > 0 {
                    return Ok(true);
                }
            }
            Ok(false)
        };
        self.check_damage(read).await
    }

    /// Sets columns of the rows that pass the predicate, and sets vector columns to one vector or to null, in one commit that
    /// must directly follow `version`.
    ///
    /// Returns the number of updated rows and the new version. Returns `None` and changes nothing if another commit follows
    /// `version`.
    pub(crate) async fn update(
        &self,
        lock: &Arc<TableLock>,
        version: u64,
        predicate: &Predicate,
        assignments: &[Assignment],
        vectors: &[(String, Option<Vec<f32>>)],
    ) -> Result<Option<(u64, u64)>> {
        let mut update = self.raw().update().only_if(sql(&lower(predicate)?)?);
        for Assignment { column, value } in assignments {
            let value = lower_expression(*column, value).and_then(|value| sql(&value));
            let value = value.map_err(|error| error.with_column(column.to_string()))?;
            update = update.column(column.root(), value);
        }
        for (name, vector) in vectors {
            update = update.column(name, vector_sql(vector.as_deref()));
        }
        let lock = Arc::clone(lock);
        spawn_uncancellable(async move {
            let _lock = lock;
            let updated = following(version, update.execute()).await?;
            Ok(updated.map(|done| (done.rows_updated, done.version)))
        })
        .await
    }

    /// Returns at most `limit` rows that pass the predicate, without their vectors and with the values that they have after
    /// the assignments.
    pub(crate) async fn rows_after_assignments(
        &self,
        predicate: &Predicate,
        assignments: &[Assignment],
        schema: &SchemaRef,
        columns: &[&'static str],
        limit: Option<usize>,
    ) -> Result<Vec<RecordBatch>> {
        let mut select = Vec::with_capacity(columns.len());
        for &name in columns {
            let assigned = assignments.iter().find(|assignment| assignment.column.root() == name);
            let value = match assigned {
                Some(Assignment { column, value }) => lower_expression(*column, value)?,
                None => col(name),
            };
            select.push((name.to_owned(), sql(&value)?));
        }
        // The engine refuses a scan in which every column is computed.
        if let Some(&first) = columns.first() {
            select.push((READ.to_owned(), sql(&col(first))?));
        }
        let mut query = self.raw().query().only_if_expr(lower(predicate)?).select(Select::Dynamic(select));
        if let Some(limit) = limit {
            query = query.limit(limit);
        }
        let read = async { query.execute().await.map_err(convert)?.try_collect().await.map_err(convert) };
        let batches: Vec<RecordBatch> = self.check_damage(read).await?;
        batches.iter().map(|batch| cast_to_schema(batch, schema)).collect()
    }
}

/// Returns the batch with the types of the table, because a computed column may have a wider type.
pub(super) fn cast_to_schema(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    let failed = |source| {
        Error::new(ErrorKind::InvalidInput, "the new values do not fit their columns")
            .with_help("see the source of this error")
            .with_source(source)
    };
    let answer = batch.schema();
    let mut fields = Vec::with_capacity(batch.num_columns());
    let mut columns = Vec::with_capacity(batch.num_columns());
    let strict = arrow_cast::CastOptions { safe: false, ..Default::default() };
    let read = answer.fields().iter().zip(batch.columns());
    for (field, column) in read.filter(|(field, _)| field.name() != READ) {
        let stored = schema.field_with_name(field.name()).map_err(failed)?;
        fields.push(stored.clone());
        columns.push(
            arrow_cast::cast_with_options(column, stored.data_type(), &strict)
                .map_err(|source| failed(source).with_column(field.name()))?,
        );
    }
    RecordBatch::try_new(Arc::new(arrow_schema::Schema::new(fields)), columns).map_err(failed)
}

fn sql(expression: &Expr) -> Result<String> {
    expr_to_sql_string(expression).map_err(convert)
}

/// Writes a vector as SQL. The shortest decimal form of an `f32` parses to the same `f32`.
fn vector_sql(vector: Option<&[f32]>) -> String {
    match vector {
        None => "NULL".to_owned(),
        Some(values) => {
            let values: Vec<String> = values.iter().map(|value| format!("{value:?}")).collect();
            format!("[{}]", values.join(", "))
        }
    }
}
