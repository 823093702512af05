//! Measures many tasks that each write one row at a time.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use datus_store_benches::{Latency, table, timed};
use tokio::task::JoinSet;

use crate::lance_by_hand::ByHand;
use crate::ours::Ours;
use crate::settings::Settings;
use crate::sqlite::Sqlite;
use crate::today::as_before;
use crate::write::Write;

/// Compares the programs with 64 and with 8 tasks that upsert new rows. Each program has a new table in each round.
pub(crate) async fn compare(settings: &Settings) {
    println!("**Upserts of one new row from many tasks.** Every program has a new table in every round.\n");
    println!(
        "| tasks | program | writes/s | p50 ms | p99 ms | writes/s / as before (asked of 64 tasks: at least 100) | p99 / p50 (asked: under 5) | refused and tried again |"
    );
    println!("|--:|---|--:|--:|--:|--:|--:|--:|");
    for tasks in [64, 8] {
        of_tasks(settings, tasks).await;
    }
    println!();
}

/// The measurements of a program over all rounds.
#[derive(Default)]
struct Writes {
    milliseconds: Vec<f64>,
    seconds: f64,
    refused: usize,
}

async fn of_tasks(settings: &Settings, tasks: usize) {
    let rows = settings.rows;
    let [mut ours, mut own, mut before, mut by_hand, mut sqlite] = <[Writes; 5]>::default();
    for _ in 0..settings.rounds {
        run(Some(Ours::open(rows).await), settings, tasks, &mut ours).await;
        run(Ours::open(rows).await.in_own_commits(), settings, tasks, &mut own).await;
        run(Ours::with(rows, as_before).await, settings, tasks, &mut before).await;
        run(Some(ByHand::open(rows).await), settings, tasks, &mut by_hand).await;
        run(Some(Sqlite::open(rows)), settings, tasks, &mut sqlite).await;
    }
    let rate_before = before.rate();
    for (program, writes) in [
        ("ours", ours),
        ("ours, a commit for each write", own),
        ("ours, as before", before),
        ("`merge_insert` by hand", by_hand),
        ("SQLite", sqlite),
    ] {
        writes.print(tasks, program, rate_before);
    }
}

/// Lets the tasks write until the time is up, and adds their measurements to `writes`.
async fn run<P: Write>(program: Option<P>, settings: &Settings, tasks: usize, writes: &mut Writes) {
    let Some(program) = program.map(Arc::new) else { return };
    let next = Arc::new(AtomicUsize::new(settings.rows));
    let start = Instant::now();
    let end = start + Duration::from_secs_f64(settings.seconds);
    let mut running = JoinSet::new();
    for _ in 0..tasks {
        let (program, next) = (Arc::clone(&program), Arc::clone(&next));
        running.spawn(async move {
            let (mut milliseconds, mut refused) = (Vec::new(), 0);
            while Instant::now() < end {
                let row = table(next.fetch_add(1, Ordering::Relaxed));
                let (time, again) = timed(program.upsert(row)).await;
                milliseconds.push(time);
                refused += again;
            }
            (milliseconds, refused)
        });
    }
    while let Some(done) = running.join_next().await {
        let (milliseconds, refused) = done.unwrap();
        writes.milliseconds.extend(milliseconds);
        writes.refused += refused;
    }
    // The time includes the writes that had begun before the end.
    writes.seconds += start.elapsed().as_secs_f64();
}

impl Writes {
    fn rate(&self) -> f64 {
        self.milliseconds.len() as f64 / self.seconds
    }

    fn print(self, tasks: usize, program: &str, rate_before: f64) {
        if self.milliseconds.is_empty() {
            return;
        }
        let (rate, refused) = (self.rate(), self.refused);
        let against = if rate_before.is_nan() { String::new() } else { format!("{:.1}", rate / rate_before) };
        let Latency { p50, p99 } = Latency::of(self.milliseconds);
        println!(
            "| {tasks} | {program} | {rate:.1} | {p50:.2} | {p99:.2} | {against} | {:.1} | {refused} |",
            p99 / p50
        );
    }
}
