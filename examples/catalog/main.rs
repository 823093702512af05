//! Stores the tables of a database, and finds the tables that answer a plain-language question.
//!
//! Without arguments it uses the sample catalog, whose correct answers are known, and fails if an answer is wrong.

mod jsonl;
mod record;
mod report;
mod sample;
mod sqlite;

use std::error::Error;
use std::ffi::OsString;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use datus_store::{Database, Hit, Store, model::HashingModel, rerank::Siblings};

use crate::record::TableSchema;

const USAGE: &str = "\
usage: catalog                      search the sample catalog
       catalog FILE \"question\"      search the tables of a SQLite database or of a .jsonl file";

/// The number of tables in an answer.
const BEST: usize = 5;

enum Job {
    Help,
    Sample,
    Ask { file: PathBuf, question: String },
}

/// An error with its exit code: 2 for wrong input, 1 for any later failure.
enum Failure {
    Input(String),
    Run(Box<dyn Error>),
}

impl<E: Into<Box<dyn Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::Run(error.into())
    }
}

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(code) => code,
        Err(Failure::Input(message)) => {
            complain(&format!("error: {message}"));
            ExitCode::from(2)
        }
        Err(Failure::Run(error)) => {
            complain(&format!("error: {}", with_causes(error.as_ref())));
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<ExitCode, Failure> {
    let arguments = std::env::args_os().skip(1).collect();
    match job(arguments).map_err(|message| Failure::Input(format!("{message}\n\n{USAGE}")))? {
        Job::Help => {
            print(&format!("{USAGE}\n"))?;
            Ok(ExitCode::SUCCESS)
        }
        Job::Sample => ask_sample().await,
        Job::Ask { file, question } => {
            let tables = read(&file).map_err(Failure::Input)?;
            let store = stored(tables).await?;
            let hits = find(&store, &question).await?;
            print(&report::hits(&question, &hits, None))?;
            if let Some(hit) = hits.first() {
                print(&report::best(&hit.record))?;
            }
            Ok(ExitCode::SUCCESS)
        }
    }
}

/// Asks every question in the sample. Succeeds if the expected table comes first for each of them.
async fn ask_sample() -> Result<ExitCode, Failure> {
    let store = stored(sample::tables()?).await?;
    let mut wrong = 0;
    for sample::Question { text, expected } in &sample::QUESTIONS {
        let hits = find(&store, text).await?;
        print(&report::hits(text, &hits, Some(expected)))?;
        let first = hits.first().map(|hit| hit.record.short_name());
        if first.as_deref() != Some(*expected) {
            wrong += 1;
            complain(&format!("wrong: {expected} should come first\n"));
        }
    }
    let asked = sample::QUESTIONS.len();
    print(&format!("{} of {asked} questions have the expected table (*) first\n", asked - wrong))?;
    Ok(if wrong == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Finds tables by meaning and by keyword. Tables in a database that has a good match rank higher.
async fn find(store: &Store<TableSchema>, question: &str) -> datus_store::Result<Vec<Hit<TableSchema>>> {
    store.search(question).hybrid().rerank_by(|t| Siblings::by(t.database_name)).limit(BEST).await
}

/// Stores the tables in an in-memory database. The store embeds each definition.
async fn stored(tables: Vec<TableSchema>) -> Result<Store<TableSchema>, Failure> {
    let (count, start) = (tables.len(), Instant::now());
    let db = Database::connect("memory://").await?;
    let store: Store<TableSchema> = db.store(HashingModel::new(1024)).await?;
    store.add(tables).await?;
    // Full-text search needs the indexes that the struct declares.
    store.create_indexes().await?;
    print(&format!("stored {count} tables in {:.2} s\n\n", start.elapsed().as_secs_f64()))?;
    Ok(store)
}

/// Reads the tables from a file. A file without tables is an error.
fn read(file: &Path) -> Result<Vec<TableSchema>, String> {
    let shown = file.display();
    if !file.exists() {
        return Err(format!("{shown}: no such file"));
    }
    if !file.is_file() {
        return Err(format!("{shown}: not a file"));
    }
    let is_jsonl = file.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("jsonl"));
    let tables = if is_jsonl { jsonl::read_file(file)? } else { sqlite::read_file(file)? };
    if tables.is_empty() { Err(format!("{shown}: contains no tables")) } else { Ok(tables) }
}

fn job(arguments: Vec<OsString>) -> Result<Job, String> {
    match arguments.as_slice() {
        [] => Ok(Job::Sample),
        [flag] if flag == "--help" || flag == "-h" => Ok(Job::Help),
        [flag, ..] if flag.to_string_lossy().starts_with("--") => {
            Err(format!("unknown option {}", flag.display()))
        }
        [_] => Err("the question after the file is missing".to_owned()),
        [file, question] => {
            let question = question.to_str().ok_or("the question is not valid UTF-8")?;
            if question.trim().is_empty() {
                return Err("the question is empty".to_owned());
            }
            Ok(Job::Ask { file: file.into(), question: question.to_owned() })
        }
        _ => Err("too many arguments: put the question in quotes".to_owned()),
    }
}

/// Writes to standard output. It is not an error if the reader has closed it (`| head`).
fn print(text: &str) -> io::Result<()> {
    match io::stdout().lock().write_all(text.as_bytes()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Writes a line to standard error, and ignores write errors, such as a closed pipe.
fn complain(text: &str) {
    let _ = writeln!(io::stderr(), "{text}");
}

/// Returns the error and its causes, outermost first.
fn with_causes(error: &dyn Error) -> String {
    let mut message = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        message.push_str(&format!("\n  because: {error}"));
        cause = error.source();
    }
    message
}
