//! Compares searches on questions with known answers: recall, MRR and nDCG with their confidence intervals, as tables and as
//! a chart.
//!
//! `cargo run --example evaluate` searches the sample catalog of the `catalog` example. With
//! `-- TABLES.jsonl QUESTIONS.jsonl` it uses your tables and questions. Each line of `TABLES.jsonl` has `database`, `table`,
//! `description`, `columns` and `ddl`. Each line of `QUESTIONS.jsonl` has `text`, and in `relevant` the tables that answer
//! it, as `database.table`. `spider.jsonl` in this folder contains questions about the 876 tables of the Spider benchmark.
//!
//! `-- fusion FOLDER` compares rerankers of hybrid search on several sets of questions (see `fusion.rs`). `--
//! vectors FOLDER` compares one vector for each document with one for each passage, and 32-bit with 16-bit floats (see
//! `vectors.rs`).
//!
//! `--model FOLDER` embeds with a sentence transformer, such as all-MiniLM-L6-v2 (`tools/fetch-models`), instead of
//! `HashingModel`.

mod fusion;
#[path = "../catalog/jsonl.rs"]
mod jsonl;
#[path = "../catalog/record.rs"]
#[expect(dead_code, reason = "only the example `catalog` uses all of it")]
mod record;
#[path = "../catalog/sample.rs"]
#[expect(dead_code, reason = "only the example `catalog` asks these questions")]
mod sample;
#[path = "../catalog/sqlite.rs"]
#[expect(dead_code, reason = "only the example `catalog` reads files")]
mod sqlite;
mod tuned;
mod vectors;

use std::error::Error;
use std::fmt;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;

use datus_store::evaluate::{Evaluation, Question};
use datus_store::model::{EmbeddingModel, EmbeddingModelExt, HashingModel, SentenceTransformer};
use datus_store::rerank::{PseudoRelevanceFeedback, Rrf, Siblings};
use datus_store::{Database, Projection, Store};

use crate::record::TableSchema;

/// The number of tables in an answer.
const BEST: usize = 10;

/// The columns that are read for each hit: the name of the table.
#[derive(Debug, Projection)]
#[datus(of = TableSchema)]
struct Name {
    database_name: String,
    table_name: String,
}

/// Formats the name as `database.table`, as in the questions.
impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.database_name, self.table_name)
    }
}

const USAGE: &str =
    "usage: evaluate [TABLES.jsonl QUESTIONS.jsonl | fusion FOLDER | vectors FOLDER] [--model FOLDER]";

/// The number of query vectors that are cached, since each question is asked several times.
const CACHED: usize = 10_000;

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments: Vec<String> = std::env::args().skip(1).collect();
    let folder = match arguments.iter().position(|argument| argument == "--model") {
        Some(flag) => Some(arguments.drain(flag..arguments.len().min(flag + 2)).nth(1).ok_or(USAGE)?),
        None => None,
    };
    let model = model(folder.as_deref())?;
    let (tables, questions) = match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        [] => (sample::tables()?, read_questions("sample", include_str!("sample.jsonl"))?),
        ["fusion", folder] => return fusion::compare(Path::new(folder), &model).await,
        ["vectors", folder] => return vectors::compare(Path::new(folder), &model).await,
        [tables, questions] => (jsonl::read_file(Path::new(tables))?, questions_of(Path::new(questions))?),
        _ => return Err(USAGE.into()),
    };
    let evaluation = Evaluation::new(questions)?;
    check(&evaluation, &tables)?;

    let db = Database::connect("memory://").await?;
    let store: Store<TableSchema> = db.store(model).await?;
    store.add(&tables).await?;
    // Full-text search needs the indexes that the struct declares.
    store.create_indexes().await?;

    let tuned = tuned::answers(&store, evaluation.questions()).await?;
    let report = evaluation
        .ask("vector", |question| store.search(question).limit(BEST).select_as::<Name>())
        .await?
        .ask("full text", |question| store.search(question).full_text().limit(BEST).select_as::<Name>())
        .await?
        .ask("hybrid", |question| store.search(question).hybrid().limit(BEST).select_as::<Name>())
        .await?
        .run("hybrid, tuned", tuned)?
        .ask("siblings", |question| {
            let search = store.search(question).hybrid().rerank_by(|t| Siblings::by(t.database_name));
            search.limit(BEST).select_as::<Name>()
        })
        .await?
        .ask("feedback", |question| {
            let search = store.search(question).hybrid().rerank(PseudoRelevanceFeedback::default());
            search.limit(BEST).select_as::<Name>()
        })
        .await?
        .ask("rank fusion", |question| {
            store.search(question).hybrid().rerank(Rrf::default()).limit(BEST).select_as::<Name>()
        })
        .await?
        .report()
        .against("hybrid")?;

    let chart = std::env::temp_dir().join("evaluation.svg");
    std::fs::write(&chart, report.to_svg())?;
    let mut out = io::stdout().lock();
    writeln!(out, "{} tables\n\n{report}\n\nthe chart is in {}", tables.len(), chart.display())?;
    Ok(())
}

/// Returns the sentence transformer in the folder, or `HashingModel` if there is no folder.
fn model(folder: Option<&str>) -> datus_store::Result<Arc<dyn EmbeddingModel>> {
    Ok(match folder {
        Some(folder) => Arc::new(SentenceTransformer::builder(folder).build()?.cached(CACHED)),
        None => Arc::new(HashingModel::new(1024)),
    })
}

/// Reads the questions from a file, one per line.
fn questions_of(file: &Path) -> Result<Vec<Question>, String> {
    let shown = file.display().to_string();
    let text = std::fs::read_to_string(file).map_err(|error| format!("{shown}: {error}"))?;
    read_questions(&shown, &text)
}

/// Reads questions, one per line.
fn read_questions(file: &str, text: &str) -> Result<Vec<Question>, String> {
    let lines = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    lines
        .map(|(number, line)| {
            serde_json::from_str(line).map_err(|error| format!("{file}, line {}: {error}", number + 1))
        })
        .collect()
}

/// Checks that every answer names a table. A misspelled answer would lower every figure.
fn check(evaluation: &Evaluation, tables: &[TableSchema]) -> Result<(), String> {
    let names: Vec<String> = tables.iter().map(TableSchema::short_name).collect();
    match evaluation.keys().find(|key| names.iter().all(|name| name != key)) {
        Some(key) => Err(format!("a question has the answer `{key}`, but there is no such table")),
        None => Ok(()),
    }
}

/// Writes a line to standard error for the `sqlite` module, and ignores write errors, such as a closed pipe.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}
