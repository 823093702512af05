//! Measures a single writer that writes one row at a time.

use std::time::Instant;

use datus_store_benches::{Latency, timed};

use crate::lance_by_hand::ByHand;
use crate::ours::Ours;
use crate::settings::Settings;
use crate::sqlite::Sqlite;
use crate::today::without_maintenance;
use crate::write::Kind;

/// Compares the time of a write with that of one lancedb commit on a compacted table, and with SQLite.
pub(crate) async fn compare(settings: &Settings) {
    println!(
        "**A lone write of one row**, and `one commit`: `Table::add` of one row by hand, into a table that is compacted"
    );
    println!("by hand after each. SQLite has one transaction a write, WAL and `synchronous = NORMAL`.\n");
    println!(
        "| write | program | p50 ms | p99 ms | p50 / one commit (asked: at most 1.20) | p50 of the last tenth / first tenth (asked: 0.90 to 1.10) |"
    );
    println!("|---|---|--:|--:|--:|--:|");
    for kind in Kind::ALL {
        of_kind(settings, kind).await;
    }
    println!();
}

/// The write times of each program in milliseconds, in the order of the writes.
#[derive(Default)]
struct Times {
    ours: Vec<f64>,
    unmaintained: Vec<f64>,
    commit: Vec<f64>,
    merge: Vec<f64>,
    sqlite: Vec<f64>,
}

async fn of_kind(settings: &Settings, kind: Kind) {
    let &Settings { rows, commits, bare, .. } = settings;
    let ours = Ours::open(rows).await;
    let unmaintained = Ours::with(rows, without_maintenance).await;
    let commit = ByHand::open(rows).await;
    let merge = ByHand::open(rows).await;
    let sqlite = Sqlite::open(rows);
    let stride = (commits / bare.max(1)).max(1);
    let mut times = Times::default();
    for write in 0..commits {
        let row = kind.row(rows, write);
        let start = Instant::now();
        sqlite.write(kind, &row);
        times.sqlite.push(start.elapsed().as_secs_f64() * 1e3);
        // The hand-written programs write alternately before and after ours, and compact outside the measured time.
        let by_hand = write % stride == 0;
        let before = write / stride % 2 == 0;
        if by_hand && before {
            times.by_hand(kind, write, rows, &commit, &merge).await;
        }
        times.ours.push(timed(ours.write(kind, row.clone())).await.0);
        if by_hand && !before {
            times.by_hand(kind, write, rows, &commit, &merge).await;
        }
        // Only as many writes as the hand-written programs make, because writes without maintenance become slower and
        // slower.
        if let Some(unmaintained) = unmaintained.as_ref().filter(|_| by_hand) {
            times.unmaintained.push(timed(unmaintained.write(kind, row)).await.0);
        }
    }
    assert_eq!(ours.store.count().await.unwrap(), if kind == Kind::Stored { rows } else { rows + commits });
    times.print(kind);
}

impl Times {
    async fn by_hand(&mut self, kind: Kind, write: usize, rows: usize, commit: &ByHand, merge: &ByHand) {
        let new = Kind::Add.row(rows, write);
        self.commit.push(timed(commit.add(&new)).await.0);
        commit.compact().await;
        if kind != Kind::Add {
            self.merge.push(timed(merge.write(kind, &kind.row(rows, write))).await.0);
            merge.compact().await;
        }
    }

    fn print(self, kind: Kind) {
        let commit = Latency::of(self.commit.clone());
        let line = |program: &str, times: Vec<f64>, slope: bool| {
            if times.is_empty() {
                return;
            }
            let slope = if slope { format!("{:.2}", slope_of(&times)) } else { String::new() };
            let latency = Latency::of(times);
            let (Latency { p50, p99 }, ratio) = (latency, latency.p50 / commit.p50);
            println!("| {} | {program} | {p50:.2} | {p99:.2} | {ratio:.3} | {slope} |", kind.name());
        };
        line("ours", self.ours, true);
        line("ours, without maintenance", self.unmaintained, true);
        line("one commit", self.commit, false);
        line("`merge_insert` by hand, compacted after each", self.merge, false);
        line("SQLite", self.sqlite, true);
    }
}

/// Returns the ratio of the median of the last tenth of the times to that of the first tenth.
fn slope_of(times: &[f64]) -> f64 {
    let tenth = times.len().div_ceil(10);
    let median = |times: &[f64]| Latency::of(times.to_vec()).p50;
    median(&times[times.len() - tenth..]) / median(&times[..tenth])
}
