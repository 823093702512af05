//! Futures that are dropped during a write.

use std::time::{Duration, Instant};

use super::job::Job;
use super::open;

const ROUNDS: u32 = 8;

/// Runs the job several times, and drops it at moments spread over its duration.
async fn dropped(job: Job) {
    let whole = tempfile::tempdir().unwrap();
    let store = Job::prepare(whole.path()).await;
    let start = Instant::now();
    job.run(&store).await.unwrap();
    let took = start.elapsed();

    for round in 0..ROUNDS {
        let folder = tempfile::tempdir().unwrap();
        let store = Job::prepare(folder.path()).await;
        let moment = took.mul_f64((f64::from(round) + fastrand::f64()) / f64::from(ROUNDS));
        let ended = tokio::time::timeout(moment, job.run(&store)).await;
        // A commit that has begun runs to completion under the write lock. The next writer waits for it.
        let next = store.update().filter(|t| t.id.lt(0)).set(|t| t.topic, "nobody").await.unwrap();
        assert_eq!(next.rows, 0);
        let done = job.is_done(&store).await;
        assert!(done || ended.is_err(), "{job:?} said that it was done");
        // If the job is not done by now, it is not done later either.
        tokio::time::sleep(Duration::from_millis(20)).await;
        assert_eq!(job.is_done(&open(folder.path()).await).await, done, "{job:?} was done afterwards");
        job.finish(&store).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_add_that_is_dropped_is_done_or_not_and_can_be_finished() {
    dropped(Job::Add).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upsert_that_is_dropped_is_done_or_not_and_can_be_finished() {
    dropped(Job::Upsert).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_sync_that_is_dropped_is_done_or_not_and_can_be_finished() {
    dropped(Job::Sync).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_update_that_is_dropped_is_done_or_not_and_can_be_finished() {
    dropped(Job::Embed).await;
    dropped(Job::Set).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delete_that_is_dropped_is_done_or_not_and_can_be_finished() {
    dropped(Job::Delete).await;
}
