use std::time::Instant;

use datus_store::model::HashingModel;
use datus_store::{Database, Store};
use datus_store_benches::{TableSchema, tables};

/// Adds rows, and upserts all of them after 100 have changed.
pub(crate) async fn unchanged(rows: usize) {
    let model = HashingModel::new(384);
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<TableSchema> = db.store(model.clone()).await.unwrap();
    let mut changed: Vec<TableSchema> = tables(rows).collect();
    let start = Instant::now();
    store.add(&changed).await.unwrap();
    let added = start.elapsed().as_secs_f64();

    for position in (0..100).map(|nth| nth * rows / 100) {
        changed[position].definition.push_str("\n-- changed");
    }
    let start = Instant::now();
    let upserted = store.upsert(&changed).await.unwrap();
    let seconds = start.elapsed().as_secs_f64();
    println!(
        "upsert of {rows} rows, 100 changed: {} texts embedded, {} rows written; {:.2} times the time of adding them all",
        upserted.embedded,
        upserted.inserted + upserted.updated,
        seconds / added
    );
    assert_eq!((upserted.embedded, upserted.updated, upserted.unchanged), (100, 100, rows - 100));
}
