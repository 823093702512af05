//! Structs to Arrow and back: ours against serde_arrow and typed-arrow, on the same rows.
//!
//! `cargo bench --bench codec`; the number of rows can be given behind `--`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and stops at an error")]

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::FieldRef;
use datus_store::record;
use datus_store_benches::{TableSchema, compare, schema_by_hand, seconds, tables};
use typed_arrow::prelude::*;

const ROUNDS: usize = 9;

fn main() {
    let rows = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let tables: Vec<TableSchema> = tables(rows).collect();
    let schema = schema_by_hand(None);
    let fields: Vec<FieldRef> = schema.fields().iter().cloned().collect();

    let ours = || seconds(|| record::encode(&tables).unwrap());
    let serde = || seconds(|| serde_arrow::to_record_batch(&fields, &tables).unwrap());
    compare(ROUNDS, ours, serde).print("encode, against serde_arrow", rows, "rows");
    // It takes the rows: they are cloned before the clock starts, and dropped by it.
    let typed = || {
        let tables = tables.clone();
        seconds(|| encode_typed(tables))
    };
    let ours = || {
        let tables = tables.clone();
        seconds(|| record::encode(&tables).map(|batch| (batch, drop(tables))).unwrap())
    };
    compare(ROUNDS, ours, typed).print("encode and drop, against typed-arrow", rows, "rows");

    let batch = record::encode(&tables).unwrap();
    assert_eq!(record::decode::<TableSchema>(&batch).unwrap(), tables);
    let plain = RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()).unwrap();
    assert_eq!(decode_typed(&plain), tables);
    let ours = || seconds(|| record::decode::<TableSchema>(&batch).unwrap());
    let serde = || seconds(|| serde_arrow::from_record_batch::<Vec<TableSchema>>(&plain).unwrap());
    compare(ROUNDS, ours, serde).print("decode, against serde_arrow", rows, "rows");
    let typed = || seconds(|| decode_typed(&plain));
    compare(ROUNDS, ours, typed).print("decode, against typed-arrow", rows, "rows");
}

fn encode_typed(rows: Vec<TableSchema>) -> RecordBatch {
    let mut builders = <TableSchema as BuildRows>::new_builders(rows.len());
    builders.append_rows(rows);
    builders.finish().into_record_batch()
}

fn decode_typed(batch: &RecordBatch) -> Vec<TableSchema> {
    let views = batch.iter_views::<TableSchema>().unwrap().try_flatten().unwrap();
    views.into_iter().map(|view| view.try_into().unwrap()).collect()
}
