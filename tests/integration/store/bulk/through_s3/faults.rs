use std::fmt::Debug;

use datus_store::{BulkJob, BulkPart, Database, ErrorKind, Maintenance, Store};
use futures::future::join_all;
use tokio::task::JoinHandle;

use super::super::write_all;
use super::{COMMIT, FOLDER, TABLE, assert_rows, count, first_rows, line, open};
use crate::store::{Note, note};
use crate::support::models::Toy;
use crate::support::s3::{Fault, Kind, Server};

/// Faults during a commit. The commit takes effect with the first three, but not with the last three.
const FAULTS: [Fault; 6] =
    [Fault::Lost, Fault::Reset, Fault::Failed, Fault::SlowDown, Fault::Conflict, Fault::Precondition];

const ROWS: i64 = 20;

/// Starts a server with some rows, and writes the parts of a job.
async fn written() -> (Server, BulkJob<Note>, Vec<BulkPart>) {
    let server = Server::start();
    let store = open(server.port()).await;
    store.add(first_rows()).await.unwrap();
    let job = store.bulk().parts(2).start().await.unwrap();
    let parts = write_all(&store, &job, &line(ROWS)).await;
    (server, job, parts)
}

/// Waits until the server has stopped a request of the task.
async fn until_stopped<T: Debug>(server: &Server, task: &mut JoinHandle<T>) {
    tokio::select! {
        () = server.faults().until_stopped() => {}
        ended = task => panic!("the task was not stopped: {ended:?}"),
    }
}

fn keys(server: &Server, start: &str) -> Vec<String> {
    let start = format!("{TABLE}{start}");
    server.keys().into_iter().filter(|key| key.starts_with(&start)).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_with_a_fault_adds_the_rows_once() {
    join_all(FAULTS.map(|fault| {
        tokio::spawn(async move {
            let (server, job, parts) = written().await;
            let store = open(server.faulty_port()).await;
            server.faults().inject(Kind::Create, COMMIT, fault);
            let done = store.commit_bulk(&job, &parts).await.unwrap();
            assert_eq!(server.faults().planned(), 0, "{fault:?}");
            assert_eq!((done.rows, done.version), (ROWS as usize, Some(job.version() + 1)), "{fault:?}");
            let again = store.commit_bulk(&job, &parts).await.unwrap();
            assert_eq!((again.rows, again.version, again.already_committed), (done.rows, done.version, true));
            assert_rows(server.port(), &line(ROWS)).await;
        })
    }))
    .await
    .into_iter()
    .for_each(|done| done.unwrap());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abandon_with_a_fault_is_made_once() {
    join_all(FAULTS.map(|fault| {
        tokio::spawn(async move {
            let (server, job, parts) = written().await;
            let store = open(server.faulty_port()).await;
            server.faults().inject(Kind::Create, COMMIT, fault);
            job.abandon(&store).await.unwrap();
            assert_eq!(server.faults().planned(), 0, "{fault:?}");
            let error = store.commit_bulk(&job, &parts).await.unwrap_err();
            assert!(error.message().contains("the job was abandoned"), "{error}");
            assert_eq!(store.version().await.unwrap(), job.version() + 1, "{fault:?}");
            assert_eq!(keys(&server, "data/").len(), 1, "{fault:?}");
            assert_rows(server.port(), &[]).await;
        })
    }))
    .await
    .into_iter()
    .for_each(|done| done.unwrap());
}

#[tokio::test]
async fn a_commit_of_unknown_outcome_is_an_error_and_can_be_repeated() {
    let (server, job, parts) = written().await;
    let connect = server.faulty_port().connect(FOLDER).storage_option("client_max_retries", "0");
    let db: Database = connect.maintenance(Maintenance::off()).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    server.faults().inject(Kind::Create, COMMIT, Fault::Lost);
    // The outcome is looked up three times.
    (0..3).for_each(|_| server.faults().inject(Kind::Head, COMMIT, Fault::Lost));
    let error = store.commit_bulk(&job, &parts).await.unwrap_err();
    assert_eq!((error.kind(), server.faults().planned()), (ErrorKind::Engine, 0), "{error:?}");
    assert!(error.message().contains("it may have happened"), "{error}");
    let again = store.commit_bulk(&job, &parts).await.unwrap();
    assert_eq!(
        (again.rows, again.version, again.already_committed),
        (ROWS as usize, Some(job.version() + 1), true)
    );
    assert_rows(server.port(), &line(ROWS)).await;
}

/// Two processes commit different writes of the parts. Both have checked the same version before the first one commits.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_of_two_commits_that_checked_the_same_version_adds_its_writes() {
    let (server, job, parts) = written().await;
    let others = write_all(&open(server.port()).await, &job, &line(ROWS)).await;
    let (first, second) = (open(server.faulty_port()).await, open(server.port()).await);
    server.faults().inject(Kind::Create, COMMIT, Fault::Held);
    let mut committing = tokio::spawn({
        let (first, job) = (first.clone(), job.clone());
        async move { first.commit_bulk(&job, &parts).await.unwrap() }
    });
    until_stopped(&server, &mut committing).await;
    let done = second.commit_bulk(&job, &others).await.unwrap();
    server.faults().release();
    let again = committing.await.unwrap();
    assert_eq!(
        (done.rows, done.version, done.already_committed),
        (ROWS as usize, Some(job.version() + 1), false)
    );
    assert_eq!((again.rows, again.version, again.already_committed), (done.rows, done.version, true));
    assert_rows(server.port(), &line(ROWS)).await;
}

/// The versions since the start of the job were removed, so the first process asks for the stored outcome. The second
/// process commits before the first one gets the response.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_commit_that_finds_the_outcome_of_a_newer_version_returns_that_version() {
    let (server, job, parts) = written().await;
    let (first, second) = (open(server.faulty_port()).await, open(server.port()).await);
    second.add([note(100, "1 1 1")]).await.unwrap();
    second.delete().filter(|t| t.id.eq(100)).await.unwrap();
    second.optimize().keep_versions(std::time::Duration::ZERO).await.unwrap();
    server.faults().inject(Kind::Get, format!("_bulk/{}.json", job.id()), Fault::Held);
    let mut committing = tokio::spawn({
        let (first, job, parts) = (first.clone(), job.clone(), parts.clone());
        async move { first.commit_bulk(&job, &parts).await.unwrap() }
    });
    until_stopped(&server, &mut committing).await;
    let done = second.commit_bulk(&job, &parts).await.unwrap();
    server.faults().release();
    let again = committing.await.unwrap();
    assert!(done.version.is_some());
    assert_eq!((again.rows, again.version, again.already_committed), (done.rows, done.version, true));
    assert_rows(server.port(), &line(ROWS)).await;
}

/// The worker does not know that the job is abandoned, and stores its part before the files are removed.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_files_of_a_worker_that_writes_during_an_abandon_are_removed() {
    for (kind, end, meets) in [(Kind::Create, COMMIT, "the commit"), (Kind::Delete, "", "the removal")] {
        let (server, job, _) = written().await;
        let worker = open(server.port()).await;
        let store = open(server.faulty_port()).await;
        server.faults().inject(kind, end, Fault::Held);
        let mut abandoning = tokio::spawn({
            let (store, job) = (store.clone(), job.clone());
            async move { job.abandon(&store).await.unwrap() }
        });
        until_stopped(&server, &mut abandoning).await;
        write_all(&worker, &job, &line(ROWS)).await;
        server.faults().release();
        abandoning.await.unwrap();
        // The files of a worker that writes after the parts were listed are removed by a second call.
        job.abandon(&store).await.unwrap();
        assert_eq!(keys(&server, "data/").len(), 1, "{meets}");
        assert_eq!(keys(&server, "_bulk/").len(), 1, "{meets}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_list_of_the_parts_is_no_error_if_the_job_is_committed_meanwhile() {
    let (server, job, parts) = written().await;
    let store = open(server.faulty_port()).await;
    server.faults().inject(Kind::Get, ".json", Fault::Held);
    let mut listing = tokio::spawn({
        let (store, job) = (store.clone(), job.clone());
        async move { store.bulk_parts(&job).await }
    });
    until_stopped(&server, &mut listing).await;
    open(server.port()).await.commit_bulk(&job, &parts).await.unwrap();
    server.faults().release();
    assert!(listing.await.unwrap().unwrap().is_empty());
}

/// The row has already been deleted when the keys are compared, but an older version that contains it is restored before the
/// commit.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_a_restored_version_has_again_is_refused() {
    let (server, job, parts) = written().await;
    let writer = open(server.port()).await;
    let key = line(ROWS)[7].id;
    writer.add([note(key, "1 1 1"), note(100, "1 1 1")]).await.unwrap();
    let with_key = writer.version().await.unwrap();
    writer.delete().filter(|t| t.id.eq(key)).await.unwrap();
    let store = open(server.faulty_port()).await;
    server.faults().inject(Kind::Create, COMMIT, Fault::Held);
    let mut committing = tokio::spawn({
        let (store, job) = (store.clone(), job.clone());
        async move { store.commit_bulk(&job, &parts).await }
    });
    until_stopped(&server, &mut committing).await;
    writer.restore(with_key).await.unwrap();
    server.faults().release();
    let error = committing.await.unwrap().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    assert!(error.message().contains("the key `7` is already in the table"), "{error}");
    assert_eq!(count(&writer).await, first_rows().len() + 2);
    assert_eq!(writer.health().thorough().await.unwrap().duplicate_keys, Some(0));
}
