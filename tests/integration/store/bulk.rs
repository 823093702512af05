//! Bulk jobs: parts that many processes write, and the commit that adds all of them.

mod commit;
mod ends;
mod files;
mod keys;
mod models;
mod parts;
mod processes;
mod scopes;
mod through_s3;

use std::path::Path;

use datus_store::access::Writes;
use datus_store::{
    BulkJob, BulkPart, Database, Embedded, EmbeddingRecord, Keyed, Maintenance, Store, Unscoped,
};

use super::{Note, line};
use crate::support::models::Toy;

/// Opens the notes of a database in a folder, without background maintenance.
async fn open(folder: &Path) -> Store<Note> {
    database(folder).await.store(Toy::new()).await.unwrap()
}

async fn database(folder: &Path) -> Database {
    Database::connect(folder).maintenance(Maintenance::off()).await.unwrap()
}

/// A record without a key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "lines")]
struct Line {
    number: i64,
    text: String,
}

fn lines(numbers: std::ops::Range<i64>) -> Vec<Line> {
    numbers.map(|number| Line { number, text: format!("line {number}") }).collect()
}

/// Returns the rows of a part.
fn rows_of<R: Keyed + Clone>(job: &BulkJob<R>, rows: &[R], part: u32) -> Vec<R> {
    let parts = job.parts_of(rows).unwrap();
    rows.iter().zip(parts).filter(|(_, of)| *of == part).map(|(row, _)| row.clone()).collect()
}

/// Writes all parts of a job.
async fn write_all<R: Keyed + Clone, A: Writes<R>>(
    store: &Store<R, A>,
    job: &BulkJob<R>,
    rows: &[R],
) -> Vec<BulkPart> {
    let worker = store.bulk_worker(job).await.unwrap();
    let mut parts = Vec::new();
    for part in 0..job.parts() {
        parts.push(worker.write(part, rows_of(job, rows, part)).await.unwrap());
    }
    parts
}

/// Returns all rows with their vectors, in ascending order of id.
async fn stored(store: &Store<Note>) -> Vec<Embedded<Note>> {
    store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap()
}

async fn count<R: Unscoped>(store: &Store<R>) -> usize {
    store.count().await.unwrap()
}

/// Returns the value after a round trip through JSON, as if it were sent to another machine.
fn sent<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// Returns the file with the outcome of a job.
fn outcome_file<R>(folder: &Path, job: &BulkJob<R>) -> std::path::PathBuf {
    folder.join(format!("{}.lance/_bulk/{}.json", job.table_name(), job.id()))
}

/// Returns the paths of the data files of a table in a folder.
fn data_files(folder: &Path, table: &str) -> Vec<std::path::PathBuf> {
    let files = std::fs::read_dir(folder.join(format!("{table}.lance/data"))).unwrap();
    files.map(|file| file.unwrap().path()).collect()
}
