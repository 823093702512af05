use std::process::Command;
use std::sync::Arc;

use datus_store::model::{EmbeddingModel, HashingModel, Role};
use datus_store::{Database, Store};
use datus_store_benches::{TableSchema, append_by_hand, batch_by_hand, peak_memory, schema_by_hand, tables};
use futures::StreamExt;

const DIMENSION: usize = 384;

/// Adds rows from a stream that creates them one by one, and prints the peak memory of this process.
pub(crate) async fn ours(rows: usize) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<TableSchema> = db.store(HashingModel::new(DIMENSION)).await.unwrap();
    let rows = futures::stream::iter(tables(rows)).map(Ok::<_, std::io::Error>);
    store.add_stream(rows).await.unwrap();
    println!("{:.0}", peak_memory());
}

/// Adds the rows with hand-written code in batches of 4,096, and prints the peak memory. Nothing prevents duplicate keys.
pub(crate) async fn by_hand(rows: usize) {
    let folder = tempfile::tempdir().unwrap();
    let db = lancedb::connect(folder.path().to_str().unwrap()).execute().await.unwrap();
    let schema = schema_by_hand(i32::try_from(DIMENSION).ok());
    let table = db.create_empty_table("schema_metadata", Arc::clone(&schema)).execute().await.unwrap();
    let model = HashingModel::new(DIMENSION);
    let batches = {
        let schema = Arc::clone(&schema);
        futures::stream::iter(tables(rows)).chunks(4096).then(move |rows| {
            let (schema, model) = (Arc::clone(&schema), model.clone());
            async move {
                let mut vectors = Vec::with_capacity(rows.len() * DIMENSION);
                for texts in rows.chunks(1024) {
                    let texts: Vec<&str> = texts.iter().map(|row| row.definition.as_str()).collect();
                    for vector in model.embed(&texts, Role::Document).await.unwrap() {
                        vectors.extend(vector);
                    }
                }
                batch_by_hand(&schema, &rows, Some(vectors))
            }
        })
    };
    append_by_hand(&table, schema, batches).await.unwrap();
    println!("{:.0}", peak_memory());
}

/// Runs both programs for each number of rows, each time in a new process.
pub(crate) fn compare_peaks(counts: &[usize]) {
    for program in ["ours", "by-hand"] {
        let peaks: Vec<f64> = counts.iter().map(|&rows| peak(program, rows)).collect();
        let listed = peaks.iter().zip(counts).map(|(peak, rows)| format!("{peak:.0} MiB for {rows} rows"));
        let ratio = peaks.last().unwrap_or(&f64::NAN) / peaks.first().unwrap_or(&f64::NAN);
        println!(
            "peak memory of a streamed add, {program}: {}: {ratio:.2} times",
            listed.collect::<Vec<_>>().join(", ")
        );
    }
}

fn peak(program: &str, rows: usize) -> f64 {
    let this = std::env::current_exe().unwrap();
    let output = Command::new(this).args(["peak", program, &rows.to_string()]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8_lossy(&output.stdout).trim().parse().unwrap()
}
