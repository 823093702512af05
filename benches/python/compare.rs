//! Compares the operations of the two programs, which alternate.

use std::collections::HashSet;
use std::path::Path;

use datus_store_benches::Latency;

use crate::child::{Answer, Programs, Server, Side};
use crate::settings::Settings;

/// The commands that run after the tables and their indexes exist, and their names in the printed table.
const READS: [(&str, &str); 11] = [
    ("scan", "scan to typed rows, without vectors"),
    ("scan_vectors", "scan to typed rows, with vectors"),
    ("value", "one value of 40 to typed rows, bitmap index"),
    ("vector", "ten nearest, no vector index"),
    ("full_text", "full text, ten best"),
    ("hybrid", "hybrid, ten best, no vector index"),
    ("bitmap_narrow", "ten nearest, three values (0.7% of the rows), bitmap"),
    ("btree_narrow", "ten nearest, three values (0.7% of the rows), B-tree"),
    ("bitmap_wide", "ten nearest, three conditions (33% of the rows), bitmap"),
    ("btree_wide", "ten nearest, three conditions (33% of the rows), B-tree"),
    ("vector", "ten nearest, vector index"),
];

/// The position in [`READS`] of the first command that runs with a vector index.
const INDEXED: usize = 10;

/// Compares all operations of the two programs, and prints the results.
pub(crate) fn operations(programs: &Programs, folder: &Path, settings: &Settings) {
    let mut both =
        Both { ours: programs.serve(Side::Ours, folder), python: programs.serve(Side::Python, folder) };
    println!("| operation | ours p50 ms | p99 | LanceModel p50 ms | p99 | times as fast | found alike |");
    println!("|---|--:|--:|--:|--:|--:|--:|");
    let rounds = settings.rounds;
    let name = format!("`add` of {} typed rows with vectors", settings.rows);
    both.rounds(rounds, |_| "ingest".to_owned()).print(&name);
    both.arrow(rounds, &name);
    both.rounds(1, |_| "indexes".to_owned()).print("bitmap and full-text indexes built, and one on the key");
    let mut exact = None;
    for (place, (command, name)) in READS.into_iter().enumerate() {
        if place == INDEXED {
            both.rounds(1, |_| "vector_index".to_owned())
                .print("vector index built, ours with the measurement of its recall");
        }
        let times = both.rounds(rounds, |_| command.to_owned());
        match &exact {
            Some(exact) if command == "vector" => times.print_recall(name, exact),
            _ => times.print(name),
        }
        if command == "vector" {
            exact = Some(times);
        }
    }
    let name = format!("upsert of {} changed rows by key", settings.changed);
    both.rounds(rounds, |round| format!("upsert {round}")).print(&name);
    println!();
    both.ours.end();
    both.python.end();
}

struct Both {
    ours: Server,
    python: Server,
}

impl Both {
    fn rounds(&mut self, rounds: usize, command: impl Fn(usize) -> String) -> Times {
        let mut times = Times::default();
        for round in 0..rounds {
            let command = command(round);
            for side in Side::by_turns(round) {
                match side {
                    Side::Ours => times.ours.take(self.ours.ask(&command)),
                    Side::Python => times.python.take(self.python.ask(&command)),
                }
            }
        }
        times
    }

    /// Prints the time that Python takes to add an Arrow table, which shows the cost of its typed rows.
    fn arrow(&mut self, rounds: usize, name: &str) {
        let mut python = Measured::default();
        for _ in 0..rounds {
            python.take(self.python.ask("ingest_arrow"));
        }
        let Latency { p50, p99 } = Latency::of(python.milliseconds);
        println!(
            "| {name}: Python with an Arrow table in place of typed rows | | | {p50:.1} | {p99:.1} | | |"
        );
    }
}

/// The measurements of a program over all rounds.
#[derive(Default)]
struct Measured {
    milliseconds: Vec<f64>,
    /// The result of the last round.
    found: Vec<Vec<String>>,
}

impl Measured {
    fn take(&mut self, answer: Answer) {
        self.milliseconds.extend(answer.milliseconds);
        self.found = answer.found;
    }
}

#[derive(Default)]
struct Times {
    ours: Measured,
    python: Measured,
}

impl Times {
    fn print(&self, name: &str) {
        let alike = overlap(&self.ours.found, &self.python.found);
        self.line(name, &alike.map_or_else(String::new, |alike| format!("{:.0} %", alike * 100.0)));
    }

    /// Prints the line for a search with a vector index, with the fraction of the exact hits that each program found.
    fn print_recall(&self, name: &str, exact: &Self) {
        let recall =
            |found: &Measured, exact: &Measured| overlap(&found.found, &exact.found).unwrap_or(f64::NAN);
        let (ours, python) = (recall(&self.ours, &exact.ours), recall(&self.python, &exact.python));
        self.line(name, &format!("recall@10 {ours:.2}; {python:.2}"));
    }

    fn line(&self, name: &str, alike: &str) {
        let [ours, python] = [&self.ours, &self.python].map(|side| Latency::of(side.milliseconds.clone()));
        println!(
            "| {name} | {:.1} | {:.1} | {:.1} | {:.1} | {:.2} | {alike} |",
            ours.p50,
            ours.p99,
            python.p50,
            python.p99,
            python.p50 / ours.p50
        );
    }
}

/// Returns the fraction of each second result's items that the first result also contains, averaged over the results, or
/// `None` if there are no items.
fn overlap(first: &[Vec<String>], second: &[Vec<String>]) -> Option<f64> {
    assert_eq!(first.len(), second.len());
    let shares: Vec<f64> = first
        .iter()
        .zip(second)
        .filter(|(_, second)| !second.is_empty())
        .map(|(first, second)| {
            let first: HashSet<&String> = first.iter().collect();
            second.iter().filter(|item| first.contains(item)).count() as f64 / second.len() as f64
        })
        .collect();
    (!shares.is_empty()).then(|| shares.iter().sum::<f64>() / shares.len() as f64)
}
