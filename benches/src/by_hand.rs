//! The baseline that a careful user of lancedb would write without this library: hand-written Arrow builders, and one
//! streaming commit.

use std::sync::Arc;

use arrow_array::builder::StringBuilder;
use arrow_array::{ArrayRef, FixedSizeListArray, Float32Array, RecordBatch};
use arrow_schema::{ArrowError, DataType, Field, Schema, SchemaRef};
use futures::{Stream, StreamExt};
use lancedb::arrow::{SendableRecordBatchStream, SimpleRecordBatchStream};

use crate::TableSchema;

/// Returns the schema of the table, with a vector column if `dimension` is given.
pub fn schema_by_hand(dimension: Option<i32>) -> SchemaRef {
    let names = [
        "identifier",
        "catalog_name",
        "database_name",
        "schema_name",
        "table_name",
        "table_type",
        "definition",
    ];
    let mut fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Utf8, false)).collect();
    if let Some(dimension) = dimension {
        let item = Arc::new(Field::new("item", DataType::Float32, true));
        fields.push(Field::new("vector", DataType::FixedSizeList(item, dimension), true));
    }
    Arc::new(Schema::new(fields))
}

/// Returns the rows as one batch. `vectors` contains the vectors of all rows one after another, or is `None` for a table
/// without vectors.
///
/// # Errors
/// Returns the error if Arrow fails.
pub fn batch_by_hand(
    schema: &SchemaRef,
    rows: &[TableSchema],
    vectors: Option<Vec<f32>>,
) -> Result<RecordBatch, ArrowError> {
    let column = |text: fn(&TableSchema) -> &str| -> ArrayRef {
        let bytes = rows.iter().map(|row| text(row).len()).sum();
        let mut builder = StringBuilder::with_capacity(rows.len(), bytes);
        for row in rows {
            builder.append_value(text(row));
        }
        Arc::new(builder.finish())
    };
    let mut columns = vec![
        column(|row| &row.identifier),
        column(|row| &row.catalog_name),
        column(|row| &row.database_name),
        column(|row| &row.schema_name),
        column(|row| &row.table_name),
        column(|row| &row.table_type),
        column(|row| &row.definition),
    ];
    if let Some(vectors) = vectors {
        let dimension = vectors.len() / rows.len().max(1);
        let item = Arc::new(Field::new("item", DataType::Float32, true));
        let dimension = i32::try_from(dimension).unwrap_or(i32::MAX);
        let values = Arc::new(Float32Array::from(vectors));
        columns.push(Arc::new(FixedSizeListArray::try_new(item, dimension, values, None)?));
    }
    RecordBatch::try_new(Arc::clone(schema), columns)
}

/// Adds batches to a table in one commit.
///
/// # Errors
/// Returns the error if lancedb fails.
pub async fn append_by_hand(
    table: &lancedb::Table,
    schema: SchemaRef,
    batches: impl Stream<Item = Result<RecordBatch, ArrowError>> + Send + 'static,
) -> lancedb::Result<()> {
    let stream = batches.map(|batch| batch.map_err(lancedb::Error::from));
    let source: SendableRecordBatchStream = Box::pin(SimpleRecordBatchStream { schema, stream });
    table.add(source).execute().await?;
    Ok(())
}
