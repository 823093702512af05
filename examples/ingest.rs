//! Streams a JSON Lines file into a table, with a progress bar.
//!
//! `cargo run --example ingest -- FILE.jsonl [FOLDER [MODEL]]`. Each line is an object with `database`, `table` and
//! `ddl`, as in the Spider benchmark. Without a file, the example generates a thousand lines. Run it twice on the same folder:
//! the second time, nothing has changed, so nothing is embedded or written.
//!
//! The model is given as a JSON configuration. After running `tools/fetch-models`, it can be `{"provider": "candle", "path":
//! "target/models/all-MiniLM-L6-v2"}`. By default, the example uses `HashingModel`, which needs no files.

use std::error::Error;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Cursor, Write};
use std::time::Instant;

use datus_store::model::ModelConfig;
use datus_store::{Database, EmbeddingRecord, Progress, Store};
use futures::stream;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;

/// A table in a database.
#[derive(Debug, EmbeddingRecord, Deserialize)]
#[datus(key(database, table))]
struct Definition {
    #[datus(index = bitmap)]
    database: String,
    table: String,
    #[datus(embed)]
    ddl: String,
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let source: Box<dyn BufRead + Send> = match arguments.next() {
        Some(file) => {
            Box::new(BufReader::new(File::open(&file).map_err(|error| format!("{file}: {error}"))?))
        }
        None => Box::new(Cursor::new(made_up())),
    };
    let db = Database::connect(arguments.next().unwrap_or_else(|| "memory://".to_owned())).await?;
    let config: ModelConfig = match arguments.next() {
        Some(json) => serde_json::from_str(&json)?,
        None => ModelConfig::new("hashing"),
    };
    let store: Store<Definition> = db.store(config.build()?).await?;

    // Lines are read one at a time. A line that cannot be read aborts the upsert, and nothing is written.
    let rows = source.lines().enumerate().map(|(number, line)| read(number, line));
    let bar = ProgressBar::new_spinner();
    bar.set_style(ProgressStyle::with_template("{spinner} {elapsed} {msg}")?);
    let start = Instant::now();
    let upserted = store.upsert_stream(stream::iter(rows)).progress(|progress| show(&bar, progress)).await;
    bar.finish();
    let upserted = upserted?;

    let seconds = start.elapsed().as_secs_f64();
    writeln!(
        io::stdout(),
        "{} inserted, {} updated, {} unchanged; {} texts embedded; {seconds:.2} s, {:.0} rows/s",
        upserted.inserted,
        upserted.updated,
        upserted.unchanged,
        upserted.embedded,
        (upserted.inserted + upserted.updated + upserted.unchanged) as f64 / seconds,
    )?;
    Ok(())
}

fn read(number: usize, line: io::Result<String>) -> Result<Definition, String> {
    let line = line.map_err(|error| format!("line {}: {error}", number + 1))?;
    serde_json::from_str(&line).map_err(|error| format!("line {}: {error}", number + 1))
}

fn show(bar: &ProgressBar, progress: Progress) {
    let Progress { read, embedded, written, .. } = progress;
    bar.set_message(format!("{read} rows read, {embedded} texts embedded, {written} rows written"));
    bar.tick();
}

/// Generates a thousand definitions in the JSON Lines format.
fn made_up() -> String {
    let line = |number: usize| {
        let (database, table) = (number % 10, format!("events_{number}"));
        let ddl = format!("CREATE TABLE {table} (id BIGINT, happened_at TIMESTAMP, kind_{number} TEXT)");
        serde_json::json!({ "database": format!("shop_{database}"), "table": table, "ddl": ddl }).to_string()
            + "\n"
    };
    (0..1000).map(line).collect()
}
