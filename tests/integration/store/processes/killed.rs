//! `kill -9` during a write.

use std::path::Path;
use std::time::{Duration, Instant};

use super::job::Job;
use super::open;
use crate::support::process;

/// The number of times that each job is killed.
const ROUNDS: u32 = 8;

/// The file in which a process reports that its job begins, and how many microseconds it took.
const BEGUN: &str = "begun";
const TOOK: &str = "took";

/// Kills the job at moments spread over its duration.
async fn killed(job: Job) {
    let whole = tempfile::tempdir().unwrap();
    Job::prepare(whole.path()).await;
    process::passed(start(job, whole.path())).await;
    assert!(job.is_done(&open(whole.path()).await).await);
    let took = std::fs::read_to_string(whole.path().join(TOOK)).unwrap().parse().unwrap();
    let took = Duration::from_micros(took);

    let mut done = 0;
    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        Job::prepare(folder.path()).await;
        let mut child = start(job, folder.path());
        wait_for(&folder.path().join(BEGUN)).await;
        tokio::time::sleep(took.mul_f64((f64::from(round) + fastrand::f64()) / f64::from(ROUNDS))).await;
        child.kill().await.unwrap();
        let store = open(folder.path()).await;
        done += u32::from(job.is_done(&store).await);
        job.finish(&store).await;
    }
    assert!(done < ROUNDS, "{job:?} was never killed before its end");
}

fn start(job: Job, folder: &Path) -> tokio::process::Child {
    process::start(module_path!(), "in_another_process_a_job_is_done", folder, format!("{job:?}"))
}

pub(super) async fn wait_for(file: &Path) {
    let start = Instant::now();
    while !file.exists() {
        assert!(start.elapsed() < Duration::from_secs(60), "the other process does not begin");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
}

#[tokio::test]
async fn in_another_process_a_job_is_done() {
    let Some(name) = process::argument() else { return };
    let job = Job::ALL.into_iter().find(|job| name == *format!("{job:?}")).unwrap();
    let store = open(Path::new("")).await;
    std::fs::write(BEGUN, "").unwrap();
    let start = Instant::now();
    job.run(&store).await.unwrap();
    std::fs::write(TOOK, start.elapsed().as_micros().to_string()).unwrap();
}

#[tokio::test]
async fn an_add_that_is_killed_is_done_or_not_and_can_be_finished() {
    killed(Job::Add).await;
}

#[tokio::test]
async fn an_upsert_that_is_killed_is_done_or_not_and_can_be_finished() {
    killed(Job::Upsert).await;
}

#[tokio::test]
async fn a_sync_that_is_killed_is_done_or_not_and_can_be_finished() {
    killed(Job::Sync).await;
}

#[tokio::test]
async fn an_update_that_is_killed_is_done_or_not_and_can_be_finished() {
    killed(Job::Embed).await;
    killed(Job::Set).await;
}

#[tokio::test]
async fn a_delete_that_is_killed_is_done_or_not_and_can_be_finished() {
    killed(Job::Delete).await;
}
