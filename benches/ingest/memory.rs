use std::process::Command;

use datus_store::model::HashingModel;
use datus_store::{Database, Store};
use datus_store_benches::{TableSchema, peak_memory, tables};
use futures::StreamExt;

/// Adds rows from a stream that makes them one by one, and prints the peak memory of this process.
pub(crate) async fn add(rows: usize) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<TableSchema> = db.store(HashingModel::new(384)).await.unwrap();
    let rows = futures::stream::iter(tables(rows)).map(Ok::<_, std::io::Error>);
    store.add_stream(rows).await.unwrap();
    println!("{:.0}", peak_memory());
}

/// Runs itself for 100,000 and for 1,000,000 rows, each in a process of its own.
pub(crate) fn compare_peaks() {
    let peak = |rows: &str| -> f64 {
        let program = std::env::current_exe().unwrap();
        let output = Command::new(program).args(["memory", rows]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
    };
    let (small, large) = (peak("100000"), peak("1000000"));
    println!(
        "peak memory of a streamed add: {small:.0} MiB for 100,000 rows, {large:.0} MiB for 1,000,000: {:.2} times",
        large / small
    );
}
