//! Measures searches: this library against hand-written lancedb code, the cost of a million rows, and the recall of indexes.
//!
//! `cargo bench --bench search` compares the two on 100,000 rows; `-- rows 20000` uses fewer. `-- scoped` compares searches
//! in one scope with searches that use a hand-written filter. `-- grouped` compares `count_by` and `limit_per` on 1,000,000
//! rows with hand-written lancedb code; `-- grouped 20000` uses fewer. `-- million` measures 100,000 and 1,000,000 rows of
//! 384 dimensions; `-- million 200000` measures only that number of rows. `-- recall FOLDER` compares the recall that
//! `create_indexes` reports with that for real questions (see `questions.rs`). `-- recall FOLDER 10000` does so with 10,000
//! rows instead of 50,000, and `-- recall FOLDER 10000 both` only for the data sets whose name contains "both".
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark prints, and stops at an error"
)]

mod by_hand;
mod compare;
mod grouped;
mod latency;
mod million;
mod questions;
mod recall;
mod rows;
mod scoped;
mod vectors;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => runtime.block_on(compare::all(100_000)),
        ["rows", rows] => runtime.block_on(compare::all(rows.parse().unwrap())),
        ["scoped"] => runtime.block_on(scoped::compare(100_000)),
        ["scoped", rows] => runtime.block_on(scoped::compare(rows.parse().unwrap())),
        ["grouped"] => runtime.block_on(grouped::compare(1_000_000)),
        ["grouped", rows] => runtime.block_on(grouped::compare(rows.parse().unwrap())),
        ["million"] => runtime.block_on(million::measure(&[100_000, 1_000_000])),
        ["million", counts @ ..] => {
            let counts: Vec<usize> = counts.iter().map(|rows| rows.parse().unwrap()).collect();
            runtime.block_on(million::measure(&counts));
        }
        ["recall", folder] => runtime.block_on(questions::compare(folder.as_ref(), 50_000, "")),
        ["recall", folder, rows] => {
            runtime.block_on(questions::compare(folder.as_ref(), rows.parse().unwrap(), ""));
        }
        ["recall", folder, rows, set] => {
            runtime.block_on(questions::compare(folder.as_ref(), rows.parse().unwrap(), set));
        }
        other => panic!("unknown arguments {other:?}: see the top of benches/search/main.rs"),
    }
}
