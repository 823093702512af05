//! Measures the work of single reads and writes. `-- calls` is run under `strace` to list the system calls of reads and writes.
//! `-- versions` measures how reads and commits slow down with the number of versions. `-- steps OPERATION` is run by
//! `profile/steps` to find out how the time of one operation is spent: see "Reads and writes, step by step" in
//! `benches/README.md`.
#![allow(
    clippy::panic,
    clippy::print_stderr,
    clippy::unwrap_used,
    reason = "a benchmark prints, and stops at an error"
)]

use std::path::Path;
use std::time::{Duration, Instant};

use datus_store::model::HashingModel;
use datus_store::{BoxError, Database, EmbeddingRecord, Store};
use datus_store_benches::{TableSchema, table as schema};

/// The number of times that each measured operation is repeated.
const READS: u32 = 20;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "profile")]
struct Row {
    #[datus(key)]
    id: i64,
    topic: String,
    #[datus(embed(metric = l2), fts)]
    text: String,
}

fn row(id: i64) -> Row {
    Row { id, topic: format!("topic {}", id % 100), text: format!("{} {} {}", id % 17, id % 23, id % 29) }
}

/// Makes a system call that marks the start of a step in the output of `strace`.
fn mark(step: &str) {
    let _ = std::fs::metadata(Path::new("/step").join(step));
}

async fn repeat(step: &str, read: impl AsyncFn(i64)) {
    // The first read fills the caches.
    mark("warm");
    read(0).await;
    tokio::time::sleep(Duration::from_millis(120)).await;
    read(0).await;
    mark(step);
    let began = Instant::now();
    for number in 0..READS {
        read(i64::from(number) * 397).await;
    }
    let took = began.elapsed() / READS;
    mark("end");
    eprintln!("{step}: {took:?}");
}

/// Creates a table of 10,000 rows with the indexes that the record declares.
async fn table(folder: &Path) -> Store<Row> {
    let db = Database::connect(folder).await.unwrap();
    let store: Store<Row> = db.store(HashingModel::new(8)).await.unwrap();
    store.add((0..10_000).map(row)).await.unwrap();
    store.create_indexes().await.unwrap();
    store
}

async fn calls() {
    let folder = tempfile::tempdir().unwrap();
    let store = table(folder.path()).await;
    repeat("get", async |id| assert!(store.get(id).await.unwrap().is_some())).await;
    repeat("search_all", async |id| {
        let found = store.search_all().filter(|t| t.topic.eq(format!("topic {}", id % 100))).limit(1).await;
        assert_eq!(found.unwrap().len(), 1);
    })
    .await;
    repeat("search", async |id| {
        assert_eq!(store.search(row(id).text.as_str()).await.unwrap().len(), 10);
    })
    .await;
    repeat("full_text", async |id| {
        assert_eq!(store.search(row(id).text.as_str()).full_text().await.unwrap().len(), 10);
    })
    .await;
    repeat("version", async |_| assert!(store.version().await.unwrap() > 1)).await;
    mark("add");
    store.add([row(20_000)]).await.unwrap();
    mark("upsert");
    store.upsert([Row { topic: "other".to_owned(), ..row(7) }]).await.unwrap();
    mark("end");
}

/// Measures tables with a growing number of versions. The versions change no rows, so only their number matters.
async fn many_versions() {
    let folder = tempfile::tempdir().unwrap();
    let store = table(folder.path()).await;
    for versions in [10, 1000, 5000] {
        let native = store.as_lancedb().as_native().unwrap();
        while store.version().await.unwrap() < versions {
            native.update_config([("number".to_owned(), versions.to_string())]).await.unwrap();
        }
        eprintln!("{versions} versions");
        repeat("get", async |id| assert!(store.get(id).await.unwrap().is_some())).await;
        repeat("version", async |_| assert!(store.version().await.unwrap() >= versions)).await;
        repeat("commit", async |id| {
            native.update_config([("number".to_owned(), id.to_string())]).await.unwrap();
        })
        .await;
    }
}

/// The number of times that `-- steps` repeats its operation.
const REPEATS: i64 = 400;

/// Repeats one operation on a table of 10,000 rows with vectors of 384 dimensions, after `writes` writes of one row, half
/// `add`s and half `upsert`s of stored rows. Under `perf record --delay=-1 --control fifo:$PERF_CONTROL`, only the repetitions
/// are recorded.
async fn steps(operation: &str, writes: usize) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<TableSchema> = db.store(HashingModel::new(384)).await.unwrap();
    store.add((0..10_000).map(schema)).await.unwrap();
    store.create_indexes().await.unwrap();
    for write in 0..writes {
        if write % 2 == 0 {
            store.add([schema(20_000 + write)]).await.unwrap();
        } else {
            let mut row = schema(write * 7_919 % 10_000);
            row.definition.push_str("\n-- changed");
            store.upsert([row]).await.unwrap();
        }
    }
    eprintln!("{} fragments", store.health().await.unwrap().fragments);
    let repeat = async |count: i64, first: i64| {
        for number in first..first + count {
            let stored = usize::try_from(number * 7_919 % 10_000).unwrap();
            let new = usize::try_from(10_000 + number).unwrap();
            match operation {
                "add" => drop(store.add([schema(new)]).await.unwrap()),
                "upsert-new" => drop(store.upsert([schema(new)]).await.unwrap()),
                "upsert-stored" => {
                    let mut row = schema(stored);
                    row.definition.push_str(&format!("\n-- changed by write {number}"));
                    store.upsert([row]).await.unwrap();
                }
                "get" => assert!(store.get(schema(stored).identifier).await.unwrap().is_some()),
                "search" => assert_eq!(store.search(schema(stored).definition).await.unwrap().len(), 10),
                other => panic!("unknown operation {other}"),
            }
        }
    };
    repeat(REPEATS / 4, 0).await;
    control("enable");
    mark("begin");
    let began = Instant::now();
    repeat(REPEATS, REPEATS / 4).await;
    let took = began.elapsed();
    mark("end");
    control("disable");
    eprintln!("{operation}: {:?}", took / u32::try_from(REPEATS).unwrap());
}

/// Sends a command to `perf`, if one is listening.
fn control(command: &str) {
    if let Ok(pipe) = std::env::var("PERF_CONTROL") {
        std::fs::write(pipe, format!("{command}\n")).unwrap();
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), BoxError> {
    let arguments: Vec<String> = std::env::args().collect();
    match arguments.iter().skip(1).map(String::as_str).collect::<Vec<_>>()[..] {
        ["versions", ..] => many_versions().await,
        ["steps", operation] => steps(operation, 0).await,
        ["steps", operation, writes, ..] => steps(operation, writes.parse()?).await,
        _ => calls().await,
    }
    Ok(())
}
