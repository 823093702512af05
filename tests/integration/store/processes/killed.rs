//! `kill -9` during a write.

use std::path::Path;
use std::time::{Duration, Instant};

use super::job::Job;
use super::open;
use crate::support::process::{self, Test, this_test};

/// The number of times that each job is killed.
const ROUNDS: u32 = 8;

/// The file that a process creates when its job begins. `TOOK` has the duration of the job in microseconds.
const BEGUN: &str = "begun";
const TOOK: &str = "took";

/// Runs the job in other processes, and kills them at moments spread over the job's duration.
async fn killed(test: Test, job: Job) {
    if process::argument().is_some() {
        return run(job).await;
    }
    let whole = tempfile::tempdir().unwrap();
    Job::prepare(whole.path()).await;
    process::passed(process::start(test, whole.path(), "")).await;
    assert!(job.is_done(&open(whole.path()).await).await);
    let took = std::fs::read_to_string(whole.path().join(TOOK)).unwrap().parse().unwrap();
    let took = Duration::from_micros(took);

    let mut done = 0;
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        Job::prepare(folder.path()).await;
        let mut child = process::start(test, folder.path(), "");
        wait_for(&folder.path().join(BEGUN)).await;
        tokio::time::sleep(took.mul_f64((f64::from(round) + fastrand::f64()) / f64::from(ROUNDS))).await;
        child.kill().await.unwrap();
        let store = open(folder.path()).await;
        done += u32::from(job.is_done(&store).await);
        job.finish(&store).await;
    }
    assert!(done < ROUNDS, "{job:?} was never killed before it finished");
}

pub(super) async fn wait_for(file: &Path) {
    let start = Instant::now();
    while !file.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "the other process does not begin");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

/// Runs the job on the database in the working directory of the child process.
async fn run(job: Job) {
    let store = open(Path::new("")).await;
    std::fs::write(BEGUN, "").unwrap();
    let start = Instant::now();
    job.run(&store).await.unwrap();
    std::fs::write(TOOK, start.elapsed().as_micros().to_string()).unwrap();
}

#[tokio::test]
async fn an_add_that_is_killed_is_done_or_not_and_can_be_finished() {
    killed(this_test!(), Job::Add).await;
}

#[tokio::test]
async fn an_upsert_that_is_killed_is_done_or_not_and_can_be_finished() {
    killed(this_test!(), Job::Upsert).await;
}

#[tokio::test]
async fn a_sync_that_is_killed_is_done_or_not_and_can_be_finished() {
    killed(this_test!(), Job::Sync).await;
}

#[tokio::test]
async fn an_update_that_is_killed_is_done_or_not_and_can_be_finished() {
    killed(this_test!(), Job::Set).await;
}

#[tokio::test]
async fn an_update_that_embeds_and_is_killed_is_done_or_not_and_can_be_finished() {
    killed(this_test!(), Job::Embed).await;
}

#[tokio::test]
async fn a_delete_that_is_killed_is_done_or_not_and_can_be_finished() {
    killed(this_test!(), Job::Delete).await;
}
