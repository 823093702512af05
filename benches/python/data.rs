//! Writes the files that both programs read: rows as Arrow, questions as JSON.

use std::fs::File;
use std::path::Path;
use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, Float32Array, RecordBatch, StringArray};
use arrow_ipc::writer::FileWriter;
use arrow_schema::{DataType, Field, Schema};
use datus_store::Embedded;
use datus_store::model::HashingModel;

use crate::rows::{DIMENSION, Table, changed_rows, queries, row};
use crate::settings::Settings;

/// Writes `rows.arrow`, `changed-N.arrow` for each round, and `queries.json`.
pub(crate) fn write(folder: &Path, settings: &Settings) {
    let &Settings { rows, rounds, queries: questions, changed, .. } = settings;
    let model = HashingModel::new(DIMENSION);
    write_rows(&folder.join("rows.arrow"), (0..rows).map(|number| row(&model, number)));
    for round in 0..rounds {
        let rows = changed_rows(&model, rows, changed, round);
        write_rows(&folder.join(format!("changed-{round}.arrow")), rows.into_iter());
    }
    let queries = File::create(folder.join("queries.json")).unwrap();
    serde_json::to_writer(queries, &self::queries(&model, rows, questions)).unwrap();
}

fn write_rows(path: &Path, mut rows: impl Iterator<Item = Embedded<Table>>) {
    let mut writer = FileWriter::try_new(File::create(path).unwrap(), &schema()).unwrap();
    loop {
        let chunk: Vec<Embedded<Table>> = rows.by_ref().take(4096).collect();
        if chunk.is_empty() {
            break;
        }
        writer.write(&batch(&chunk)).unwrap();
    }
    writer.finish().unwrap();
}

fn schema() -> Schema {
    let names = ["identifier", "database_name", "schema_name", "table_name", "table_type", "definition"];
    let mut fields: Vec<Field> = names.iter().map(|name| Field::new(*name, DataType::Utf8, false)).collect();
    let size = i32::try_from(DIMENSION).unwrap();
    fields.push(Field::new("vector", DataType::FixedSizeList(item(), size), true));
    Schema::new(fields)
}

fn item() -> Arc<Field> {
    Arc::new(Field::new("item", DataType::Float32, true))
}

fn batch(rows: &[Embedded<Table>]) -> RecordBatch {
    let column = |text: fn(&Table) -> &str| -> ArrayRef {
        Arc::new(StringArray::from_iter_values(rows.iter().map(|row| text(&row.record))))
    };
    let vectors = rows.iter().flat_map(|row| row.vector().unwrap().iter().copied());
    let values = Arc::new(Float32Array::from_iter_values(vectors));
    let size = i32::try_from(DIMENSION).unwrap();
    let columns = vec![
        column(|row| &row.identifier),
        column(|row| &row.database_name),
        column(|row| &row.schema_name),
        column(|row| &row.table_name),
        column(|row| &row.table_type),
        column(|row| &row.definition),
        Arc::new(FixedSizeListArray::try_new(item(), size, values, None).unwrap()),
    ];
    RecordBatch::try_new(Arc::new(schema()), columns).unwrap()
}
