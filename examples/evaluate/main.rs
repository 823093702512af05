//! How good each way to search is, on questions whose answers are known: recall, MRR and nDCG as a table and as a chart.
//!
//! `cargo run --example evaluate` asks the catalog of the example `catalog`; with `-- TABLES.jsonl QUESTIONS.jsonl` other tables
//! and questions. A line of tables has `database`, `table`, `description`, `columns` and `ddl`; a line of questions has
//! `text`, and in `relevant` the names `database.table` that answer it. `spider.jsonl` beside this file asks the 876 tables of
//! the Spider benchmark.

#[path = "../catalog/jsonl.rs"]
mod jsonl;
#[path = "../catalog/record.rs"]
#[expect(dead_code, reason = "the example `catalog` prints more of it")]
mod record;
#[path = "../catalog/sample.rs"]
#[expect(dead_code, reason = "the example `catalog` has questions of its own")]
mod sample;
#[path = "../catalog/sqlite.rs"]
#[expect(dead_code, reason = "the example `catalog` reads files too")]
mod sqlite;
mod tuned;

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;

use datus_store::evaluate::{Evaluation, Question};
use datus_store::{Database, Projection, Store, model::HashingModel};

use crate::record::TableSchema;

/// How many tables an answer has.
const BEST: usize = 10;

/// What is read of a hit: its name alone.
#[derive(Debug, Projection)]
#[datus(of = TableSchema)]
struct Name {
    database_name: String,
    table_name: String,
}

/// `database.table`, as the questions name it.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.database_name, self.table_name)
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let (tables, questions) = match arguments.as_slice() {
        [] => (sample::tables()?, read_questions("sample", include_str!("sample.jsonl"))?),
        [tables, questions] => {
            let text = std::fs::read_to_string(questions).map_err(|error| format!("{questions}: {error}"))?;
            (jsonl::read_file(Path::new(tables))?, read_questions(questions, &text)?)
        }
        _ => return Err("usage: evaluate [TABLES.jsonl QUESTIONS.jsonl]".into()),
    };
    let evaluation = Evaluation::new(questions)?;
    check(&evaluation, &tables)?;

    let db = Database::connect("memory://").await?;
    let store: Store<TableSchema> = db.store(HashingModel::new(1024)).await?;
    store.add(&tables).await?;
    // Searches for words need the indexes that the struct declares.
    store.create_indices().await?;

    let tuned = tuned::answers(&store, evaluation.questions()).await?;
    let report = evaluation
        .ask("vector", |question| store.search(question).limit(BEST).select_as::<Name>())
        .await?
        .ask("full text", |question| store.search(question).full_text().limit(BEST).select_as::<Name>())
        .await?
        .ask("hybrid", |question| store.search(question).hybrid().limit(BEST).select_as::<Name>())
        .await?
        .run("hybrid, tuned", tuned)?
        .report();

    let chart = std::env::temp_dir().join("evaluation.svg");
    std::fs::write(&chart, report.to_svg())?;
    let mut out = io::stdout().lock();
    writeln!(out, "{} tables\n\n{report}\n\nthe chart is in {}", tables.len(), chart.display())?;
    Ok(())
}

/// Reads questions, one a line.
fn read_questions(file: &str, text: &str) -> Result<Vec<Question>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| format!("{file}, line {}: {error}", number + 1))
        })
        .collect()
}

/// An answer that is misspelled would lower every figure.
fn check(evaluation: &Evaluation, tables: &[TableSchema]) -> Result<(), String> {
    let names: Vec<String> = tables.iter().map(TableSchema::short_name).collect();
    match evaluation.keys().find(|key| names.iter().all(|name| name != key)) {
        Some(key) => Err(format!("a question is answered by `{key}`, and there is no such table")),
        None => Ok(()),
    }
}

/// Writes a line to standard error, where nobody may be reading: what the reader of SQLite has to say.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
