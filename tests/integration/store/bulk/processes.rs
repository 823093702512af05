//! Workers and committers in separate processes, which are killed.

use std::path::Path;
use std::time::Duration;

use datus_store::{BulkJob, BulkPart, Store};
use futures::future::join_all;

use super::{database, line, rows_of, stored};
use crate::store::{Note, note, notes_of};
use crate::support::models::Toy;
use crate::support::process::{self, Test, this_test};

const PARTS: u32 = 12;
const WORKERS: u32 = 4;
const ROWS: i64 = 6000;

/// The file that holds the job, in the folder of the test.
const JOB: &str = "job.json";

fn part_file(number: u32) -> String {
    format!("part-{number}.json")
}

/// Opens the notes in the folder `data`, with a model that takes a moment.
async fn open(folder: &Path) -> Store<Note> {
    let model = Toy::new().with_delay(Duration::from_millis(3));
    database(&folder.join("data")).await.store(model).await.unwrap()
}

fn read<T: serde::de::DeserializeOwned>(file: &Path) -> Option<T> {
    serde_json::from_slice(&std::fs::read(file).ok()?).ok()
}

/// Writes a file atomically.
fn write(file: &Path, value: &impl serde::Serialize) {
    let whole = file.with_extension("whole");
    std::fs::write(&whole, serde_json::to_vec(value).unwrap()).unwrap();
    std::fs::rename(whole, file).unwrap();
}

/// Returns the parts whose values were written to files.
fn parts(folder: &Path) -> Vec<BulkPart> {
    (0..PARTS).filter_map(|number| read(&folder.join(part_file(number)))).collect()
}

/// Does the work of a process: `worker N` or `commit`.
async fn child(argument: &str) {
    let folder = Path::new("");
    let job: BulkJob<Note> = read(&folder.join(JOB)).unwrap();
    let store = open(folder).await;
    match argument.strip_prefix("worker ") {
        Some(worker) => {
            let worker: u32 = worker.parse().unwrap();
            let rows = line(ROWS);
            let writer = store.bulk_worker(&job).await.unwrap();
            for number in (worker..PARTS).step_by(WORKERS as usize) {
                let file = folder.join(part_file(number));
                if !file.exists() {
                    write(&file, &writer.write(number, rows_of(&job, &rows, number)).await.unwrap());
                }
            }
        }
        None => {
            let done = store.commit_bulk(&job, parts(folder)).await.unwrap();
            assert_eq!(done.rows, usize::try_from(ROWS).unwrap());
        }
    }
}

/// Starts processes and kills them at random times, until all of them have run to completion.
async fn run_and_kill(test: Test, folder: &Path, arguments: &[String], most: Duration) {
    for round in 0..6 {
        let mut children: Vec<_> =
            arguments.iter().map(|argument| process::start(test, folder, argument)).collect();
        let kills = children.iter_mut().map(|child| async move {
            tokio::time::sleep(most.mul_f64(fastrand::f64())).await;
            child.kill().await.unwrap();
        });
        join_all(kills).await;
        if round > 2 && !parts(folder).is_empty() {
            break;
        }
    }
    join_all(arguments.iter().map(|argument| process::run(test, folder, argument))).await;
}

#[tokio::test]
async fn workers_and_committers_that_are_killed_and_repeated_add_each_row_once() {
    let test = this_test!();
    if let Some(argument) = process::argument() {
        return child(&argument).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let store = open(folder).await;
    store.add([note(-1, "0 0 0")]).await.unwrap();
    let job = store.bulk().parts(PARTS).start().await.unwrap();
    write(&folder.join(JOB), &job);

    let workers: Vec<String> = (0..WORKERS).map(|worker| format!("worker {worker}")).collect();
    run_and_kill(test, folder, &workers, Duration::from_millis(1500)).await;
    assert_eq!(parts(folder).len(), usize::try_from(PARTS).unwrap());
    let committers = vec!["commit".to_owned(); 3];
    run_and_kill(test, folder, &committers, Duration::from_millis(800)).await;

    let done = store.commit_bulk(&job, parts(folder)).await.unwrap();
    assert!(done.already_committed);
    let mut rows = vec![note(-1, "0 0 0")];
    rows.extend(line(ROWS));
    assert_eq!(stored(&store).await, stored(&notes_of(&rows).await).await);
}
