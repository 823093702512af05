//! Compares this library with LanceModel in Python: the same operations, in one run on the same rows and vectors.
//!
//! `benches/python/setup` installs the Python packages once, into `target/python`. `DATUS_PYTHON` names another interpreter
//! that has the packages in `requirements.txt`. `cargo bench --bench python` prints Markdown for `benches/README.md`. The
//! sizes are environment variables, listed in `settings.rs`;
//! `DATUS_BENCH_ROWS=2000 DATUS_BENCH_ROUNDS=1 DATUS_BENCH_QUERIES=10 DATUS_BENCH_CHANGED=100 DATUS_BENCH_STARTS=2` is a run
//! of a few seconds.
//!
//! Each program is a process that reads commands, and the two alternate. `ours.rs` and `program.py` implement the
//! same operations. Cold searches and peak memory are measured in new processes.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark prints, and stops at an error"
)]

mod child;
mod cold;
mod compare;
mod data;
mod ours;
mod peak;
mod rows;
mod serve;
mod settings;

use std::path::Path;

use child::Programs;
use settings::Settings;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let settings = Settings::from_environment();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => all(&settings),
        // The commands for the processes that this process starts.
        ["serve", folder] => runtime.block_on(serve::serve(Path::new(folder), &settings)),
        ["cold", folder] => runtime.block_on(cold::search(Path::new(folder))),
        ["peak", kind, folder] => runtime.block_on(peak::operation(kind, Path::new(folder), &settings)),
        other => panic!("unknown arguments {other:?}: see the top of benches/python/main.rs"),
    }
}

fn all(settings: &Settings) {
    let programs = Programs::find();
    println!("{}", datus_store_benches::machine(&std::env::temp_dir()));
    println!("{}; {settings}\n", programs.versions());
    let folder = tempfile::tempdir().unwrap();
    data::write(folder.path(), settings);
    compare::operations(&programs, folder.path(), settings);
    cold::compare(&programs, folder.path(), settings);
    peak::compare(&programs, folder.path(), settings);
}
