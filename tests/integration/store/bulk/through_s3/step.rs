//! The steps of a job. Each step runs in its own process.

use std::path::{Path, PathBuf};
use std::time::Duration;

use datus_store::{BulkJob, BulkPart, Error, ErrorKind, OptimizeStep, Result, Store};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use super::settings::Settings;
use super::{connect, line, rows_of};
use crate::store::Note;
use crate::support::models::Toy;
use crate::support::process;
use crate::support::s3::Port;

/// The file that holds the job. All files of a run are in the folder of its processes.
pub(super) const JOB: &str = "job.json";
pub(super) const LISTED: &str = "listed.json";
/// The file that stops [`Step::Maintain`] as soon as it exists.
pub(super) const STOP: &str = "stop";

/// Returns the name of the file for a part that a worker has acknowledged.
pub(super) fn acknowledged(number: u32) -> String {
    format!("part-{number}.json")
}

/// Returns the name of the file for the result of a commit.
pub(super) fn committed(number: usize) -> String {
    format!("commit-{number}.json")
}

/// The pause between two changes of [`Step::Maintain`], which leaves the processor to other processes.
const PAUSE: Duration = Duration::from_millis(50);

/// The result of a commit: its rows, its version, and `true` if an earlier call had committed the job.
pub(super) type Committed = (usize, Option<u64>, bool);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) enum Step {
    /// Starts a job and writes it to a file.
    Start,
    /// Writes parts, and stores each returned part in a file. Skips parts that have a file.
    Write(Vec<u32>),
    /// Writes parts, as if no process had written them before.
    WriteAgain(Vec<u32>),
    /// Writes the stored parts to a file.
    List,
    /// Commits the parts that are in files, and writes the result to the file with this number.
    Commit(usize),
    /// Commits the listed parts, and writes the result to the file with this number.
    CommitListed(usize),
    Abandon,
    /// Merges fragments, removes versions if the flag is `true`, and changes a row, until a file stops the process.
    Maintain(bool),
}

/// A process that runs a step.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Process {
    pub(super) port: Port,
    pub(super) step: Step,
}

/// Runs the step of this process. Returns `false` in a process that no test started.
pub(super) async fn made_in_this_process() -> bool {
    if let Some(argument) = process::argument() {
        make(&serde_json::from_str(&argument).unwrap()).await;
        return true;
    }
    false
}

async fn make(process: &Process) {
    // Tries to open the store until it succeeds.
    let store: Store<Note> = loop {
        match connect(process.port).await.store(Toy::new()).await {
            Ok(store) => break store,
            Err(error) => assert!(can_be_repeated(&error), "{error:?}"),
        }
    };
    make_step(process.step.clone(), &store).await;
}

async fn make_step(step: Step, store: &Store<Note>) {
    let job = || -> BulkJob<Note> { read(JOB).unwrap() };
    match step {
        Step::Start => {
            let parts = Settings::of_environment().parts;
            write(JOB, &at_last(async || store.bulk().parts(parts).start().await).await);
        }
        Step::Write(mut parts) => {
            parts.retain(|number| !Path::new(&acknowledged(*number)).exists());
            write_parts(store, &job(), &parts).await;
        }
        Step::WriteAgain(parts) => write_parts(store, &job(), &parts).await,
        Step::List => {
            let job = job();
            write(LISTED, &at_last(async || store.bulk_parts(&job).await).await);
        }
        Step::Commit(number) => {
            let parts: Vec<BulkPart> =
                (0..job().parts()).map(|number| read(acknowledged(number)).unwrap()).collect();
            commit(store, &job(), &parts, number).await;
        }
        Step::CommitListed(number) => {
            let parts: Vec<BulkPart> = read(LISTED).unwrap();
            commit(store, &job(), &parts, number).await;
        }
        Step::Abandon => {
            let job = job();
            at_last(async || job.abandon(store).await).await;
        }
        Step::Maintain(removes) => maintain(store, removes).await,
    }
}

async fn write_parts(store: &Store<Note>, job: &BulkJob<Note>, parts: &[u32]) {
    let rows = line(Settings::of_environment().rows);
    let worker = at_last(async || store.bulk_worker(job).await).await;
    for &number in parts {
        let rows = rows_of(job, &rows, number);
        let part = at_last(async || worker.write(number, &rows).await).await;
        write(&acknowledged(number), &part);
    }
}

async fn commit(store: &Store<Note>, job: &BulkJob<Note>, parts: &[BulkPart], number: usize) {
    let done = at_last(async || store.commit_bulk(job, parts).await).await;
    write(&committed(number), &(done.rows, done.version, done.already_committed));
}

async fn maintain(store: &Store<Note>, removes: bool) {
    let mut steps = vec![OptimizeStep::Compact];
    steps.extend(removes.then_some(OptimizeStep::RemoveVersions));
    let mut rank = 0;
    while !Path::new(STOP).exists() {
        rank += 1;
        set_rank(store, Some(rank)).await;
        let optimize = || store.optimize().only(steps.clone()).keep_versions(Duration::ZERO);
        if let Err(error) = optimize().await {
            assert!(can_be_repeated(&error), "{error:?}");
        }
        // A commit of a job must directly follow the version that it checked, so constant changes of the table delay it.
        tokio::time::sleep(if removes { PAUSE } else { 10 * PAUSE }).await;
    }
    set_rank(store, None).await;
}

/// Changes the row with the id -1.
async fn set_rank(store: &Store<Note>, rank: Option<i32>) {
    at_last(async || store.update().filter(|t| t.id.eq(-1)).set(|t| t.rank, rank).await).await;
}

/// Returns `true` for a storage error, if other writers won on every attempt, or if the version that was read has just been
/// removed. Missing files of a part do not count, because they belong to no version.
fn can_be_repeated(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::Engine | ErrorKind::Conflict)
        || error.kind() == ErrorKind::Expired && error.message().contains("a file of this version is gone")
}

/// Repeats an operation until it succeeds. Panics on an error after which it cannot be repeated.
async fn at_last<T>(operation: impl AsyncFn() -> Result<T>) -> T {
    loop {
        match operation().await {
            Ok(done) => return done,
            Err(error) => assert!(can_be_repeated(&error), "{error:?}"),
        }
    }
}

pub(super) fn read<T: DeserializeOwned>(file: impl AsRef<Path>) -> Option<T> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// Writes a file atomically, even if another process writes it at the same time.
fn write(file: &str, value: &impl Serialize) {
    let whole = PathBuf::from(format!("{file}.{}", std::process::id()));
    std::fs::write(&whole, serde_json::to_vec(value).unwrap()).unwrap();
    std::fs::rename(whole, file).unwrap();
}
