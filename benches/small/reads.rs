//! Measures readers during and after single-row writes, and on a compacted table.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use datus_store::Store;
use datus_store_benches::{Latency, TableSchema, table, timed};
use fastrand::Rng;
use tokio::task::JoinSet;

use crate::ours::Ours;
use crate::settings::Settings;
use crate::write::changed;

/// The kinds of reads, in the order in which a reader makes them.
const KINDS: [&str; 3] = ["`get`", "`search`, 10 hits", "`search_all`, one value of 40"];

/// Compares the reads of a table that receives single-row writes with those of a compacted table.
pub(crate) async fn compare(settings: &Settings) {
    let &Settings { rows, commits, rounds, .. } = settings;
    let written = Ours::open(rows).await;
    // Has as many rows as the other table has at the end, written in one commit.
    let compacted = Ours::open(rows + commits.div_ceil(2)).await;
    let mut base = Reads::default();
    base.extend(quiet(&compacted.store, settings).await);
    let during = while_written(&written.store, settings).await;
    let health = written.store.health().await.unwrap();
    let mut after = Reads::default();
    for round in 0..rounds {
        if round % 2 == 0 {
            after.extend(quiet(&written.store, settings).await);
            base.extend(quiet(&compacted.store, settings).await);
        } else {
            base.extend(quiet(&compacted.store, settings).await);
            after.extend(quiet(&written.store, settings).await);
        }
    }
    assert_eq!(written.store.count().await.unwrap(), compacted.store.count().await.unwrap());

    println!(
        "**Reads of {} tasks** during and after {commits} writes of one row, half `add`s, half `upsert`s of stored rows,",
        settings.readers
    );
    println!(
        "against a table of as many rows in one fragment, in ms. After the writes the table had {} fragments.\n",
        health.fragments
    );
    println!(
        "| read | compacted p50 | p99 | during p50 | p99 | p50 / compacted (asked: at most 1.5) | p99 (asked: at most 4) | after p50 | p99 | p50 / compacted | p99 |"
    );
    println!("|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|");
    for (kind, name) in KINDS.iter().enumerate() {
        let [base, during, after] = [&base, &during, &after].map(|reads| Latency::of(reads.0[kind].clone()));
        let ratios =
            |latency: Latency| format!("{:.2} | {:.2}", latency.p50 / base.p50, latency.p99 / base.p99);
        let times = |latency: Latency| format!("{:.2} | {:.2}", latency.p50, latency.p99);
        println!(
            "| {name} | {} | {} | {} | {} | {} |",
            times(base),
            times(during),
            ratios(during),
            times(after),
            ratios(after)
        );
    }
    println!();
}

/// The read times of each kind, in milliseconds.
#[derive(Default)]
struct Reads([Vec<f64>; KINDS.len()]);

impl Reads {
    fn extend(&mut self, other: Self) {
        for (times, more) in self.0.iter_mut().zip(other.0) {
            times.extend(more);
        }
    }
}

/// Returns the read times of all readers while nothing is written. Some warm-up reads run before the measured time.
async fn quiet(store: &Store<TableSchema>, settings: &Settings) -> Reads {
    for step in 0..KINDS.len() * 5 {
        read(store, step % KINDS.len(), step % settings.rows).await;
    }
    let reads = settings.reads;
    all_readers(store, settings, move |done| done < reads).await
}

/// Runs the writers, and returns the read times of all readers until the last write is done.
async fn while_written(store: &Store<TableSchema>, settings: &Settings) -> Reads {
    let writing = Arc::new(AtomicBool::new(true));
    let readers = {
        let (store, settings, writing) = (store.clone(), *settings, Arc::clone(&writing));
        tokio::spawn(
            async move { all_readers(&store, &settings, move |_| writing.load(Ordering::Relaxed)).await },
        )
    };
    let next = Arc::new(AtomicUsize::new(0));
    let mut writers = JoinSet::new();
    for _ in 0..settings.writers {
        let (store, settings, next) = (store.clone(), *settings, Arc::clone(&next));
        writers.spawn(async move {
            loop {
                let write = next.fetch_add(1, Ordering::Relaxed);
                if write >= settings.commits {
                    return;
                }
                write_one(&store, settings.rows, write).await;
            }
        });
    }
    while let Some(done) = writers.join_next().await {
        done.unwrap();
    }
    writing.store(false, Ordering::Relaxed);
    readers.await.unwrap()
}

async fn write_one(store: &Store<TableSchema>, rows: usize, write: usize) {
    if write.is_multiple_of(2) {
        store.add([table(rows + write / 2)]).await.unwrap();
    } else {
        store.upsert([changed(rows, write)]).await.unwrap();
    }
}

/// Lets each reader cycle through the kinds of reads for as long as `go_on` returns `true`, and returns the times. `go_on`
/// receives the number of reads that this reader has made.
async fn all_readers(
    store: &Store<TableSchema>,
    settings: &Settings,
    go_on: impl Fn(usize) -> bool + Clone + Send + 'static,
) -> Reads {
    let mut readers = JoinSet::new();
    for reader in 0..settings.readers {
        let (store, rows, go_on) = (store.clone(), settings.rows, go_on.clone());
        readers.spawn(async move {
            let (mut random, mut reads) = (Rng::with_seed(reader as u64), Reads::default());
            let mut done = 0;
            while go_on(done) {
                let kind = (reader + done) % KINDS.len();
                reads.0[kind].push(read(&store, kind, random.usize(..rows)).await);
                done += 1;
            }
            reads
        });
    }
    let mut reads = Reads::default();
    while let Some(done) = readers.join_next().await {
        reads.extend(done.unwrap());
    }
    reads
}

/// Performs a read of this kind for the row with this number, and returns its time in milliseconds.
async fn read(store: &Store<TableSchema>, kind: usize, number: usize) -> f64 {
    let row = table(number);
    match kind {
        0 => {
            let (time, got) = timed(store.get(&row.identifier)).await;
            assert_eq!(got.unwrap().map(|got| got.table_name), Some(row.table_name));
            time
        }
        1 => {
            let question: String = row.definition.chars().take(80).collect();
            let (time, hits) = timed(async { store.search(question).limit(10).await }).await;
            assert_eq!(hits.unwrap().len(), 10);
            time
        }
        _ => {
            let (time, found) =
                timed(async { store.search_all().database_name(&row.database_name).await }).await;
            assert!(found.unwrap().iter().all(|found| found.database_name == row.database_name));
            time
        }
    }
}
