//! Counts the rows for each combination of column values. The engine does the counting.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, Int64Array, RecordBatch};
use arrow_row::{OwnedRow, RowConverter, SortField};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use futures::TryStreamExt;
use lance::dataset::scanner::AggregateExpr;
use lancedb::expr::DfExpr as Expr;
use lancedb::query::{ExecutableQuery, QueryBase};

use super::Table;
use super::error::convert;
use super::lower::{lower, reference};
use super::read::{column_at, flat_schema, select};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{GROUP_ROWS, Predicate};
use crate::record::ColumnPath;

impl Table {
    /// Returns each distinct combination of the columns' values, in any order. The last column contains the number of rows
    /// with each combination. Returns at least one batch.
    ///
    /// The engine reads only these columns and those that the filter uses. Its memory use grows with the number of distinct
    /// combinations, not with the number of rows.
    pub(crate) async fn count_groups(
        &self,
        filter: Option<&Predicate>,
        columns: &[ColumnPath],
    ) -> Result<Vec<RecordBatch>> {
        let mut fields: Vec<Field> = Vec::with_capacity(columns.len() + 1);
        let flat = flat_schema(&*self.schema().await?, columns, None)?;
        fields.extend(flat.fields().iter().map(|field| Field::clone(field)));
        fields.push(Field::new(GROUP_ROWS, DataType::Int64, false));
        let schema = Arc::new(Schema::new_with_metadata(fields, flat.metadata().clone()));
        let mut counts = self.check_damage(self.counted(filter, columns, &schema)).await?;
        if counts.is_empty() {
            counts.push(RecordBatch::new_empty(schema));
        }
        Ok(counts)
    }

    async fn counted(
        &self,
        filter: Option<&Predicate>,
        columns: &[ColumnPath],
        schema: &SchemaRef,
    ) -> Result<Vec<RecordBatch>> {
        let Some(handle) = self.raw().dataset() else {
            return self.counted_here(filter, columns, schema).await;
        };
        let failed = |error: lance_core::Error| convert(error.into());
        let dataset = handle.get().await.map_err(convert)?;
        let mut scan = dataset.scan();
        if let Some(filter) = filter {
            scan.filter_expr(lower(filter)?);
        }
        let values: Vec<Expr> = columns.iter().map(|path| reference(*path)).collect();
        scan.aggregate(AggregateExpr::datafusion(values, row_count())).map_err(failed)?;
        let batches: Vec<RecordBatch> =
            scan.try_into_stream().await.map_err(failed)?.map_err(failed).try_collect().await?;
        batches.iter().map(|batch| as_schema(batch.columns(), schema)).collect()
    }

    /// Counts the rows in this process, for LanceDB's service.
    async fn counted_here(
        &self,
        filter: Option<&Predicate>,
        columns: &[ColumnPath],
        schema: &SchemaRef,
    ) -> Result<Vec<RecordBatch>> {
        let mut query = self.raw().query().select(select(columns, None));
        if let Some(filter) = filter {
            query = query.only_if_expr(lower(filter)?);
        }
        let values = schema.fields().iter().take(columns.len());
        let converter =
            RowConverter::new(values.map(|field| SortField::new(field.data_type().clone())).collect());
        let converter = converter.map_err(uncountable)?;
        let mut counts: HashMap<OwnedRow, i64> = HashMap::new();
        let mut batches = query.execute().await.map_err(convert)?;
        while let Some(batch) = batches.try_next().await.map_err(convert)? {
            let arrays = columns.iter().map(|path| column_at(&batch, *path));
            let rows =
                converter.convert_columns(&arrays.collect::<Result<Vec<_>>>()?).map_err(uncountable)?;
            for row in &rows {
                *counts.entry(row.owned()).or_default() += 1;
            }
        }
        let mut values = converter.convert_rows(counts.keys().map(OwnedRow::row)).map_err(uncountable)?;
        values.push(Arc::new(counts.values().copied().collect::<Int64Array>()));
        Ok(vec![as_schema(&values, schema)?])
    }
}

/// Returns the expression that counts the rows in a group.
fn row_count() -> Vec<Expr> {
    match AggregateExpr::builder().count_star().alias(GROUP_ROWS).build() {
        AggregateExpr::Datafusion { aggregates, .. } => aggregates,
        #[allow(unreachable_patterns, reason = "a feature of lance adds a variant")]
        _ => Vec::new(),
    }
}

/// Returns the columns as a batch with this schema. The engine may choose a different type for the same values.
fn as_schema(columns: &[ArrayRef], schema: &SchemaRef) -> Result<RecordBatch> {
    let columns = columns.iter().zip(schema.fields()).map(|(column, field)| {
        match column.data_type() == field.data_type() {
            true => Ok(Arc::clone(column)),
            false => arrow_cast::cast(column, field.data_type()).map_err(uncountable),
        }
    });
    RecordBatch::try_new(Arc::clone(schema), columns.collect::<Result<_>>()?).map_err(uncountable)
}

fn uncountable(source: ArrowError) -> Error {
    Error::new(ErrorKind::Unsupported, "the values of a column of this type cannot be counted")
        .with_help("count the values of a text, number, date or time column")
        .with_source(source)
}
