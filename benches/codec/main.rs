//! Compares how fast this library, serde_arrow and typed-arrow convert the same structs to Arrow and back.
//!
//! `cargo bench --bench codec`; the number of rows can be given after `--`.
#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "a benchmark prints, and stops at an error")]

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::FieldRef;
use datus_store::record;
use datus_store_benches::{TableSchema, compare, schema_by_hand, seconds, tables};
use typed_arrow::prelude::*;

const ROUNDS: usize = 9;

/// The number of rows in a batch in the store's own pipeline.
const CHUNK: usize = 4_096;

fn main() {
    let rows = std::env::args().skip(1).find_map(|argument| argument.parse().ok()).unwrap_or(100_000);
    let tables: Vec<TableSchema> = tables(rows).collect();
    println!("{rows} rows in batches of {CHUNK}, as the store writes and reads them");
    run(&tables, CHUNK);
    println!("{rows} rows in one batch, most of which is the system's time to hand out fresh memory");
    run(&tables, rows);
}

fn run(tables: &[TableSchema], chunk: usize) {
    let rows = tables.len();
    let schema = schema_by_hand(None);
    let fields: Vec<FieldRef> = schema.fields().iter().cloned().collect();

    let typed = |rows: &[TableSchema]| typed_of(|builders| builders.append_rows_ref(rows), rows.len());
    let serde = |rows: &[TableSchema]| serde_arrow::to_record_batch(&fields, &rows).unwrap();
    let ours = |rows: &[TableSchema]| record::encode(rows).unwrap();
    compare(ROUNDS, || each(tables.chunks(chunk), ours), || each(tables.chunks(chunk), serde)).print(
        "encode, against serde_arrow",
        rows,
        "rows",
    );
    compare(ROUNDS, || each(tables.chunks(chunk), ours), || each(tables.chunks(chunk), typed)).print(
        "encode, against typed-arrow",
        rows,
        "rows",
    );
    compare(ROUNDS, || made_and(tables, chunk, ours), || made_and(tables, chunk, serde)).print(
        "encode rows just made, against serde_arrow",
        rows,
        "rows",
    );
    compare(ROUNDS, || made_and(tables, chunk, ours), || made_and(tables, chunk, typed)).print(
        "encode rows just made, against typed-arrow",
        rows,
        "rows",
    );
    // These take ownership of the rows, which are cloned outside the measured time and dropped within it.
    let owned = || -> Vec<Vec<TableSchema>> { tables.chunks(chunk).map(<[_]>::to_vec).collect() };
    let ours = || each(owned(), |rows| record::encode_owned(rows).unwrap());
    compare(ROUNDS, ours, || each(owned(), encode_typed)).print(
        "encode and drop, against typed-arrow",
        rows,
        "rows",
    );
    let ours =
        || tables.chunks(chunk).map(|rows| owned_and(rows, |rows| record::encode_owned(rows).unwrap())).sum();
    let typed = || tables.chunks(chunk).map(|rows| owned_and(rows, encode_typed)).sum();
    compare(ROUNDS, ours, typed).print("encode and drop rows just made, against typed-arrow", rows, "rows");

    let batches: Vec<RecordBatch> = tables.chunks(chunk).map(|rows| record::encode(rows).unwrap()).collect();
    let plain: Vec<RecordBatch> = batches
        .iter()
        .map(|batch| RecordBatch::try_new(Arc::clone(&schema), batch.columns().to_vec()).unwrap())
        .collect();
    for ((batch, plain), rows) in batches.iter().zip(&plain).zip(tables.chunks(chunk)) {
        assert_eq!(record::decode::<TableSchema>(batch).unwrap(), rows);
        assert_eq!(decode_typed(plain), rows);
    }
    let ours = || each(&batches, |batch| record::decode::<TableSchema>(batch).unwrap());
    let serde = |batch| serde_arrow::from_record_batch::<Vec<TableSchema>>(batch).unwrap();
    compare(ROUNDS, ours, || each(&plain, serde)).print("decode, against serde_arrow", rows, "rows");
    compare(ROUNDS, ours, || each(&plain, decode_typed)).print("decode, against typed-arrow", rows, "rows");
}

/// Returns the seconds that it takes to convert each chunk and to drop the result before the next chunk, as a pipeline does.
fn each<I: IntoIterator, T>(chunks: I, make: impl Fn(I::Item) -> T) -> f64 {
    seconds(|| {
        for chunk in chunks {
            std::hint::black_box(make(chunk));
        }
    })
}

/// Returns the seconds that it takes to convert copies of the rows. Making the copies is not timed. Like rows that were just
/// parsed, the copies are still in the CPU cache.
fn made_and<T>(tables: &[TableSchema], chunk: usize, make: impl Fn(&[TableSchema]) -> T) -> f64 {
    let timed = |rows: &[TableSchema]| {
        let rows = rows.to_vec();
        seconds(|| make(&rows))
    };
    tables.chunks(chunk).map(timed).sum()
}

/// Returns the same for one chunk of copies that are passed by value.
fn owned_and<T>(rows: &[TableSchema], make: impl Fn(Vec<TableSchema>) -> T) -> f64 {
    let rows = rows.to_vec();
    seconds(|| make(rows))
}

fn encode_typed(rows: Vec<TableSchema>) -> RecordBatch {
    let count = rows.len();
    typed_of(|builders| builders.append_rows(rows), count)
}

fn typed_of(append: impl FnOnce(&mut <TableSchema as BuildRows>::Builders), rows: usize) -> RecordBatch {
    let mut builders = TableSchema::new_builders(rows);
    append(&mut builders);
    builders.finish().into_record_batch()
}

fn decode_typed(batch: &RecordBatch) -> Vec<TableSchema> {
    let views = batch.iter_views::<TableSchema>().unwrap().try_flatten().unwrap();
    views.into_iter().map(|view| view.try_into().unwrap()).collect()
}
