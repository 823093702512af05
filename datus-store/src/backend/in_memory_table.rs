use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt32Type;
use arrow_array::{ArrayRef, BooleanArray, RecordBatch, UInt32Array};
use arrow_schema::{Field, Schema};
use futures::TryStreamExt;
use lancedb::query::{ExecutableQuery, QueryBase, Select};

use super::error::convert;
use super::lower::lower;
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;

/// The column that contains row numbers. No record can have a column with this name.
const ROW: &str = "datus:row";

/// An in-memory table for rows that have not been written yet. It evaluates a filter with the engine, so the result is the
/// same as in the real table.
pub(crate) enum InMemoryTable {}

impl InMemoryTable {
    /// Returns a mask of the rows that pass the predicate.
    pub(crate) async fn matching_rows(
        columns: Vec<(&'static str, ArrayRef)>,
        predicate: &Predicate,
    ) -> Result<BooleanArray> {
        let rows = columns.first().map_or(0, |(_, column)| column.len());
        let batch = with_row_numbers(columns, rows)?;
        let database = lancedb::connect("memory://").execute().await.map_err(convert)?;
        let table = database.create_table("scratch", batch).execute().await.map_err(convert)?;
        let query = table.query().only_if_expr(lower(predicate)?).select(Select::columns(&[ROW]));
        let found = query.execute().await.map_err(convert)?;
        let found: Vec<RecordBatch> = found.try_collect().await.map_err(convert)?;
        let mut passes = vec![false; rows];
        for batch in &found {
            let numbers =
                batch.column_by_name(ROW).and_then(|column| column.as_primitive_opt::<UInt32Type>());
            for number in numbers.into_iter().flat_map(|numbers| numbers.values().iter()) {
                if let Some(passes) = passes.get_mut(*number as usize) {
                    *passes = true;
                }
            }
        }
        Ok(BooleanArray::from(passes))
    }
}

fn with_row_numbers(columns: Vec<(&'static str, ArrayRef)>, rows: usize) -> Result<RecordBatch> {
    let numbers: UInt32Array = (0..u32::try_from(rows).unwrap_or(u32::MAX)).collect();
    let numbers: ArrayRef = Arc::new(numbers);
    let columns: Vec<(&'static str, ArrayRef)> = columns.into_iter().chain([(ROW, numbers)]).collect();
    let fields = columns.iter().map(|(name, column)| Field::new(*name, column.data_type().clone(), true));
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    let arrays = columns.into_iter().map(|(_, column)| column).collect();
    RecordBatch::try_new(schema, arrays).map_err(|source| {
        Error::new(ErrorKind::Engine, "the rows cannot be combined into an Arrow batch").with_source(source)
    })
}
