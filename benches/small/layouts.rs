//! Measures reads of the layouts that small writes leave: fragments, and rows deleted from them.

use std::fmt;

use datus_store::model::HashingModel;
use datus_store::{Database, Maintenance, Store};
use datus_store_benches::{Latency, TableSchema, cpu_seconds, table, timed};
use tempfile::TempDir;
use tokio::task::JoinSet;

use crate::settings::{DIMENSION, Settings};

/// A table without maintenance.
struct Table {
    fragments: usize,
    deleted: usize,
    store: Store<TableSchema>,
    _folder: TempDir,
}

/// Compares reads of tables with the same number of rows.
pub(crate) async fn compare(settings: &Settings) {
    let &Settings { rows, rounds, readers, reads, .. } = settings;
    let rows = rows + rows / 4;
    println!(
        "**Reads of {rows} rows** by {readers} tasks: `search` with 10 hits, without an index, and `search_all` with a filter.\n"
    );
    println!(
        "| read | fragments | deleted rows | p50 ms | CPU ms | p50 / one fragment | CPU / one fragment |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let mut tables = Vec::new();
    for (fragments, deleted) in [(1, 0), (1, rows / 30), (8, 0), (8, rows / 30)] {
        tables.push(create(rows, fragments, deleted).await);
    }
    for kind in [Kind::Search, Kind::SearchAll] {
        let mut times = vec![Vec::new(); tables.len()];
        let mut cpu = vec![0.0; tables.len()];
        // The first round fills the caches.
        for round in 0..=rounds {
            for (position, table) in tables.iter().enumerate() {
                let before = cpu_seconds();
                let round_times = read(&table.store, kind, rows, readers, reads).await;
                if round > 0 {
                    cpu[position] += (cpu_seconds() - before) * 1000.0;
                    times[position].extend(round_times);
                }
            }
        }
        let reads = (rounds * readers * reads) as f64;
        let medians: Vec<f64> = times.into_iter().map(|times| Latency::of(times).p50).collect();
        for (position, Table { fragments, deleted, .. }) in tables.iter().enumerate() {
            let (p50, used) = (medians[position], cpu[position] / reads);
            println!(
                "| {kind} | {fragments} | {deleted} | {p50:.1} | {used:.1} | {:.2} | {:.2} |",
                p50 / medians[0],
                cpu[position] / cpu[0]
            );
        }
    }
    println!();
}

/// Creates a table with this number of rows. The first fragment has four fifths of them, and the rows that are deleted from
/// it are spread evenly.
async fn create(rows: usize, fragments: usize, deleted: usize) -> Table {
    let folder = tempfile::tempdir().unwrap();
    let database = Database::connect(folder.path()).without_small_writes().maintenance(Maintenance::off());
    let store: Store<TableSchema> =
        database.await.unwrap().store(HashingModel::new(DIMENSION)).await.unwrap();
    let all = rows + deleted;
    let first = if fragments == 1 { all } else { all - rows / 5 };
    store.add((0..first).map(table)).await.unwrap();
    for part in 1..fragments {
        let end = |part: usize| first + (all - first) * part / (fragments - 1);
        store.add((end(part - 1)..end(part)).map(table)).await.unwrap();
    }
    let step = first / deleted.max(1);
    for row in 0..deleted {
        store.delete().key(&table(row * step).identifier).await.unwrap();
    }
    assert_eq!(store.count().await.unwrap(), rows);
    assert_eq!(store.health().await.unwrap().fragments, fragments);
    Table { fragments, deleted, store, _folder: folder }
}

/// A kind of read.
#[derive(Clone, Copy)]
enum Kind {
    Search,
    SearchAll,
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Search => "`search`",
            Self::SearchAll => "`search_all`",
        })
    }
}

/// Returns the times of all reads, in milliseconds.
async fn read(store: &Store<TableSchema>, kind: Kind, rows: usize, readers: usize, reads: usize) -> Vec<f64> {
    let mut tasks = JoinSet::new();
    for reader in 0..readers {
        let store = store.clone();
        tasks.spawn(async move {
            let mut times = Vec::with_capacity(reads);
            for read in 0..reads {
                let row = table((reader * reads + read) % rows);
                times.push(match kind {
                    Kind::Search => {
                        let text: String = row.definition.chars().take(80).collect();
                        let (time, hits) = timed(async { store.search(text).limit(10).await }).await;
                        assert_eq!(hits.unwrap().len(), 10);
                        time
                    }
                    Kind::SearchAll => {
                        let (time, found) =
                            timed(async { store.search_all().database_name(&row.database_name).await }).await;
                        assert!(!found.unwrap().is_empty());
                        time
                    }
                });
            }
            times
        });
    }
    tasks.join_all().await.concat()
}
