//! Measures writes to a table: this library against hand-written lancedb code, an upsert of mostly unchanged rows, memory, and
//! the cost of keys.
//!
//! `cargo bench --bench ingest` compares `add` with hand-written lancedb code, and measures an upsert; `-- rows 20000` uses
//! fewer rows. `-- memory` compares the peak memory for 100,000 and 1,000,000 rows, with this library and by hand. `-- keys`
//! writes single rows to a table of 1,000,000. `-- bulk` compares a bulk job run by several processes with a single process.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark prints, and stops at an error"
)]

mod add;
mod bulk;
mod keys;
mod memory;
mod upsert;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => runtime.block_on(all(100_000)),
        ["rows", rows] => runtime.block_on(all(rows.parse().unwrap())),
        ["memory"] => memory::compare_peaks(&[100_000, 1_000_000]),
        ["memory", counts @ ..] => {
            let counts: Vec<usize> = counts.iter().map(|rows| rows.parse().unwrap()).collect();
            memory::compare_peaks(&counts);
        }
        ["peak", "ours", rows] => runtime.block_on(memory::ours(rows.parse().unwrap())),
        ["peak", "by-hand", rows] => runtime.block_on(memory::by_hand(rows.parse().unwrap())),
        ["bulk"] => runtime.block_on(bulk::against_one_process()),
        ["bulk-one", folder] => runtime.block_on(bulk::one(folder)),
        ["bulk-worker", folder, number, processes] => {
            runtime.block_on(bulk::worker(folder, number.parse().unwrap(), processes.parse().unwrap()));
        }
        ["bulk-commit", folder, run] => runtime.block_on(bulk::commit(folder, run)),
        ["bulk-index", folder] => runtime.block_on(bulk::index(folder)),
        ["keys"] => runtime.block_on(keys::single_rows(1_000_000)),
        ["keys", rows] => runtime.block_on(keys::single_rows(rows.parse().unwrap())),
        other => panic!("unknown arguments {other:?}: see the top of benches/ingest/main.rs"),
    }
}

async fn all(rows: usize) {
    add::against_hand_written(rows).await;
    upsert::unchanged(rows).await;
}
