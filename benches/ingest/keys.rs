use std::time::Instant;

use arrow_array::RecordBatchIterator;
use datus_store::model::HashingModel;
use datus_store::{Database, Store};
use datus_store_benches::{TableSchema, batch_by_hand, schema_by_hand, tables};

const WRITES: usize = 20;

/// Writes single rows by key to a large table: with this library, which never leaves two rows with the same key, and with a
/// plain `merge_insert`, which can leave such rows.
pub(crate) async fn single_rows(rows: usize) {
    let model = HashingModel::new(64);
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<TableSchema> = db.store(model.clone()).await.unwrap();
    store.add(tables(rows)).await.unwrap();

    let new = |first: usize| tables(rows + first + WRITES).skip(rows + first).take(WRITES);
    let added = each(new(0), |row| async { store.add([row]).await.map(|_| ()).unwrap() }).await;
    let upserted = each(new(WRITES), |row| async { store.upsert([row]).await.map(|_| ()).unwrap() }).await;
    let changed = tables(WRITES).map(|table| TableSchema { table_type: "changed".to_owned(), ..table });
    let updated = each(changed, |row| async { store.upsert([row]).await.map(|_| ()).unwrap() }).await;

    let raw = store.as_lancedb().clone();
    let schema = schema_by_hand(Some(64));
    let merge = |row: TableSchema, use_index: bool| {
        let (raw, schema, model) = (raw.clone(), schema.clone(), model.clone());
        async move {
            let vector = model.vector(&row.definition);
            let batch = batch_by_hand(&schema, &[row], Some(vector)).unwrap();
            let mut merge = raw.merge_insert(&["identifier"]);
            merge.when_matched_update_all(None).when_not_matched_insert_all().use_index(use_index);
            merge.execute(Box::new(RecordBatchIterator::new([Ok(batch)], schema))).await.unwrap();
        }
    };
    let merged = each(new(2 * WRITES), |row| merge(row, true)).await;
    let scanned = each(new(3 * WRITES), |row| merge(row, false)).await;
    println!(
        "one row into {rows}, seconds: add {added:.3}, upsert of a new key {upserted:.3}, of a key that is there \
              {updated:.3}; merge_insert by hand {merged:.3}, without indexes {scanned:.3}"
    );
    println!("upsert of a new key takes {:.2} times as long as merge_insert by hand", upserted / merged);
}

async fn each<F: Future<Output = ()>>(
    rows: impl Iterator<Item = TableSchema>,
    write: impl Fn(TableSchema) -> F,
) -> f64 {
    let rows: Vec<TableSchema> = rows.collect();
    let count = rows.len();
    let start = Instant::now();
    for row in rows {
        write(row).await;
    }
    start.elapsed().as_secs_f64() / count as f64
}
