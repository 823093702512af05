//! Measures small writes, and reads while they happen: this library, hand-written lancedb code and SQLite in one run.
//!
//! `cargo bench --bench small` runs everything and prints Markdown for `benches/README.md`; `-- lone`, `-- many`,
//! `-- reads` and `-- layouts` run one part each. The sizes are environment variables, listed in `settings.rs`. `benches/README.md` contains
//! the settings for a one-minute run.
#![allow(
    clippy::print_stdout,
    clippy::unwrap_used,
    clippy::panic,
    reason = "a benchmark prints, and stops at an error"
)]

mod lance_by_hand;
mod layouts;
mod lone;
mod many;
mod ours;
mod reads;
mod settings;
mod sqlite;
mod today;
mod write;

use settings::Settings;

fn main() {
    let arguments: Vec<String> =
        std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).collect();
    let settings = Settings::from_environment();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    println!("{}", datus_store_benches::machine(&std::env::temp_dir()));
    println!("{settings}\n");
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => runtime.block_on(async {
            lone::compare(&settings).await;
            many::compare(&settings).await;
            reads::compare(&settings).await;
            layouts::compare(&settings).await;
        }),
        ["lone"] => runtime.block_on(lone::compare(&settings)),
        ["many"] => runtime.block_on(many::compare(&settings)),
        ["reads"] => runtime.block_on(reads::compare(&settings)),
        ["layouts"] => runtime.block_on(layouts::compare(&settings)),
        other => panic!("unknown arguments {other:?}: see the top of benches/small/main.rs"),
    }
}
