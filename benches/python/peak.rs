//! Measures the peak memory of an operation in a new process.

use std::path::Path;

use datus_store_benches::peak_memory;

use crate::child::{Programs, Side};
use crate::ours::Ours;
use crate::settings::Settings;

/// The operations, and their names in the printed table. Operations that ingest rows replace the stored table, so they come
/// last.
const KINDS: [(&str, &str); 4] = [
    ("search", "searches by vector"),
    ("scan", "scan to typed rows, without vectors"),
    ("ingest_list", "`add` of a list of all typed rows"),
    ("ingest_stream", "`add` of typed rows that are made while they are written"),
];

/// Runs the operation, and prints the peak memory in MiB, like `program.py peak`.
pub(crate) async fn operation(kind: &str, folder: &Path, settings: &Settings) {
    let mut ours = Ours::open(folder).await;
    match kind {
        "search" => drop(ours.answer("vector", settings).await),
        "scan" => drop(ours.answer("scan", settings).await),
        "ingest_list" => drop(ours.answer("ingest", settings).await),
        "ingest_stream" => ours.ingest_stream(settings.rows).await,
        other => panic!("unknown operation {other:?}"),
    }
    println!("{}", peak_memory());
}

/// Prints the peak memory of both programs.
pub(crate) fn compare(programs: &Programs, folder: &Path, settings: &Settings) {
    println!("| peak memory of a process, {} rows | ours MiB | LanceModel MiB | part |", settings.rows);
    println!("|---|--:|--:|--:|");
    for (kind, name) in KINDS {
        let [ours, python] = [Side::Ours, Side::Python].map(|side| {
            let peak: f64 = programs.output(side, &["peak", kind], folder).trim().parse().unwrap();
            peak
        });
        println!("| {name} | {ours:.0} | {python:.0} | {:.2} |", ours / python);
    }
}
