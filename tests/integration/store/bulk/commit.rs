use std::time::Duration;

use datus_store::model::NoModel;
use datus_store::{Database, EmbeddingRecord, ErrorKind, Maintenance, OptimizeStep, Store};
use futures::future::join_all;

use super::{Line, count, database, line, lines, open, outcome_file, sent, stored, write_all};
use crate::store::{Note, note, notes_of};
use crate::support::models::Toy;

#[tokio::test]
async fn a_bulk_job_makes_the_rows_that_one_process_makes() {
    let folder = tempfile::tempdir().unwrap();
    let mut rows = line(3000);
    rows.extend((3000..3010).map(|id| Note { text: None, ..note(id, "") }));
    let coordinator = open(folder.path()).await;
    let version = coordinator.version().await.unwrap();
    let job = coordinator.bulk().parts(5).start().await.unwrap();
    assert_eq!((job.parts(), job.version(), job.table_name()), (5, version, "notes"));
    let mut parts = Vec::new();
    for number in [3, 0, 4, 1, 2] {
        let job = sent(&job);
        let worker = open(folder.path()).await.bulk_worker(&job).await.unwrap();
        let rows = super::rows_of(&job, &rows, number);
        let part = worker.write(number, &rows).await.unwrap();
        assert_eq!((part.number(), part.rows(), part.job_id()), (number, rows.len(), job.id()));
        parts.push(sent(&part));
    }
    assert_eq!((count(&coordinator).await, coordinator.version().await.unwrap()), (0, version));

    let done = coordinator.commit_bulk(&sent(&job), &parts).await.unwrap();
    assert_eq!((done.rows, done.version, done.already_committed), (3010, Some(version + 1), false));
    assert_eq!(parts.iter().map(super::BulkPart::embedded).sum::<usize>(), 3000);
    let expected = stored(&notes_of(&rows).await).await;
    assert_eq!(stored(&coordinator).await, expected);
    assert_eq!(stored(&open(folder.path()).await).await, expected);
}

#[tokio::test]
async fn a_repeated_commit_changes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let job = store.bulk().parts(3).start().await.unwrap();
    let parts = write_all(&store, &job, &line(30)).await;
    let first = store.commit_bulk(&job, &parts).await.unwrap();
    for id in 100..105 {
        store.add([note(id, "1 1 1")]).await.unwrap();
        let again = open(folder.path()).await.commit_bulk(&job, &parts).await.unwrap();
        assert_eq!((again.rows, again.version, again.already_committed), (30, first.version, true));
    }
    // After the commit, the call no longer needs all parts.
    assert!(store.commit_bulk(&job, &parts[..1]).await.unwrap().already_committed);
    store.delete().all_rows().await.unwrap();
    assert!(store.commit_bulk(&job, &parts).await.unwrap().already_committed);
    assert_eq!(count(&store).await, 0);
}

#[tokio::test]
async fn one_of_many_commits_at_the_same_time_adds_the_rows() {
    for locks in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let connect = async || {
            let connect = Database::connect(folder.path()).maintenance(Maintenance::off());
            let db = if locks { connect.await } else { connect.without_locks().await };
            db.unwrap().store::<Line>(()).await.unwrap()
        };
        let store = connect().await;
        let job = store.bulk().parts(2).start().await.unwrap();
        let worker = store.bulk_worker(&job).await.unwrap();
        let parts =
            [worker.write(0, lines(0..10)).await.unwrap(), worker.write(1, lines(10..20)).await.unwrap()];
        let stores = join_all((0..6).map(|_| connect())).await;
        let commits = stores.iter().map(|store| store.commit_bulk(&job, &parts));
        let adds = async {
            for number in 100..110 {
                store.add(lines(number..number + 1)).await.unwrap();
            }
        };
        let (commits, ()) = futures::join!(join_all(commits), adds);
        let commits: Vec<_> = commits.into_iter().map(Result::unwrap).collect();
        assert_eq!(commits.iter().filter(|done| !done.already_committed).count(), 1, "{commits:?}");
        assert!(commits.iter().all(|done| done.version == commits[0].version && done.rows == 20));
        assert_eq!(count(&store).await, 30);
    }
}

#[tokio::test]
async fn a_repeated_commit_is_recognized_after_its_version_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    // A small write would move the rows of the job to its own file.
    let connect = Database::connect(folder.path()).maintenance(Maintenance::off()).without_small_writes();
    let store: Store<Line> = connect.await.unwrap().store(()).await.unwrap();
    let remove = async |steps: &[OptimizeStep]| {
        store.optimize().only(steps.to_vec()).keep_versions(Duration::ZERO).await.unwrap()
    };
    let start = async || {
        let job = store.bulk().parts(1).start().await.unwrap();
        let worker = store.bulk_worker(&job).await.unwrap();
        (job, worker.write(0, lines(0..10)).await.unwrap())
    };
    let (job, part) = start().await;
    let (other, of_other) = start().await;
    store.commit_bulk(&job, [&part]).await.unwrap();
    let done = store.commit_bulk(&other, [&of_other]).await.unwrap();
    // Simulates a process that is killed right after its commit, before it stores the outcome.
    let forget = || std::fs::remove_file(outcome_file(folder.path(), &job)).unwrap();

    // The newest version still has the files.
    forget();
    store.add(lines(10..11)).await.unwrap();
    assert!(remove(&[OptimizeStep::RemoveVersions]).await.versions_removed > 0);
    let again = store.commit_bulk(&job, [&part]).await.unwrap();
    assert_eq!((again.rows, again.version, again.already_committed), (10, None, true));

    // Only an older version still has them.
    forget();
    store.add(lines(11..12)).await.unwrap();
    store.tag("kept").await.unwrap();
    assert!(remove(&[OptimizeStep::Compact, OptimizeStep::RemoveVersions]).await.fragments_removed > 1);
    assert!(store.commit_bulk(&job, [&part]).await.unwrap().already_committed);

    // No version has them, so they were removed.
    forget();
    store.delete_tag("kept").await.unwrap();
    remove(&[OptimizeStep::RemoveVersions]).await;
    let error = store.commit_bulk(&job, [&part]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Expired, "{error:?}");
    // The outcome of the other job is stored.
    let again = store.commit_bulk(&other, [&of_other]).await.unwrap();
    assert_eq!((again.rows, again.version, again.already_committed), (done.rows, None, true));
    assert_eq!(count(&store).await, 22);
}

/// A slow worker, or a coordinator that did not get the response to its commit, writes a part again.
#[tokio::test]
async fn a_part_that_is_written_again_after_the_commit_is_not_added() {
    for killed in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        // A small write would move the rows of the job to its own file.
        let connect = Database::connect(folder.path()).maintenance(Maintenance::off()).without_small_writes();
        let store: Store<Line> = connect.await.unwrap().store(()).await.unwrap();
        let job = store.bulk().parts(1).start().await.unwrap();
        let worker = store.bulk_worker(&job).await.unwrap();
        let part = worker.write(0, lines(0..10)).await.unwrap();
        let stored = outcome_file(folder.path(), &job).with_extension("");
        let copy = stored.with_extension("copy");
        std::fs::create_dir(&copy).unwrap();
        for file in std::fs::read_dir(&stored).unwrap().map(Result::unwrap) {
            std::fs::copy(file.path(), copy.join(file.file_name())).unwrap();
        }
        store.commit_bulk(&job, [&part]).await.unwrap();
        if killed {
            // The committing process was killed before it removed the description of the part and stored the outcome.
            let _ = std::fs::remove_dir_all(&stored);
            std::fs::rename(&copy, &stored).unwrap();
            std::fs::remove_file(outcome_file(folder.path(), &job)).unwrap();
        }
        store.add(lines(10..400)).await.unwrap();
        store.optimize().only([OptimizeStep::RemoveVersions]).keep_versions(Duration::ZERO).await.unwrap();
        let again = worker.write(0, lines(0..10)).await.unwrap();
        let done = store.commit_bulk(&job, [&again]).await.unwrap();
        assert_eq!(
            (done.version, done.already_committed, count(&store).await),
            (None, true, 400),
            "killed: {killed}"
        );
        assert!(store.bulk_parts(&job).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn rows_without_a_key_can_be_in_any_part() {
    let store: Store<Line> = super::super::memory().await.store(()).await.unwrap();
    store.add(lines(0..5)).await.unwrap();
    let job = store.bulk().parts(3).start().await.unwrap();
    let worker = store.bulk_worker(&job).await.unwrap();
    let parts = [
        worker.write(0, lines(0..5)).await.unwrap(),
        worker.write(1, lines(0..7)).await.unwrap(),
        worker.write(2, lines(0..0)).await.unwrap(),
    ];
    assert_eq!(store.commit_bulk(&job, parts).await.unwrap().rows, 12);
    assert_eq!(count(&store).await, 17);
}

#[tokio::test]
async fn a_job_without_rows_makes_no_version() {
    let store = notes_of(&line(3)).await;
    let version = store.version().await.unwrap();
    let job = store.bulk().parts(2).start().await.unwrap();
    let parts = write_all(&store, &job, &[]).await;
    for _ in 0..2 {
        let done = store.commit_bulk(&job, &parts).await.unwrap();
        assert_eq!((done.rows, done.version, done.already_committed), (0, None, false));
    }
    assert_eq!(store.version().await.unwrap(), version);
}

#[tokio::test]
async fn a_job_is_started_and_committed_without_the_model() {
    let folder = tempfile::tempdir().unwrap();
    let worker = open(folder.path()).await;
    let coordinator: Store<Note> = database(folder.path()).await.store(NoModel).await.unwrap();
    let job = coordinator.bulk().parts(2).start().await.unwrap();
    let parts = write_all(&worker, &job, &line(20)).await;
    assert_eq!(coordinator.commit_bulk(&job, parts).await.unwrap().rows, 20);
    assert_eq!(coordinator.bulk_worker(&job).await.unwrap_err().kind(), ErrorKind::Model);
    assert_eq!(worker.search("7 0 1").await.unwrap()[0].record.id, 7);
}

#[tokio::test]
async fn searches_find_the_rows_before_and_after_the_indexes_have_them() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    struct Page {
        #[datus(key)]
        path: String,
        #[datus(index = bitmap)]
        chapter: i32,
        #[datus(embed(metric = l2), fts)]
        text: String,
    }
    let page = |id: i32| Page { path: format!("{id}"), chapter: id % 3, text: format!("{id} 0 1 word{id}") };
    let db = Database::connect("memory://").maintenance(Maintenance::off()).await.unwrap();
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    store.add((0..100).map(page)).await.unwrap();
    store.create_indexes().await.unwrap();
    let job = store.bulk().parts(4).start().await.unwrap();
    let parts = write_all(&store, &job, &(100..400).map(page).collect::<Vec<_>>()).await;
    store.commit_bulk(&job, parts).await.unwrap();

    for unindexed in [300, 0] {
        let health = store.health().await.unwrap();
        assert!(health.indexes.iter().all(|index| index.unindexed_rows == unindexed), "{health}");
        assert_eq!(store.search_all().chapter(1).count().await.unwrap(), 133);
        assert_eq!(store.search("word321").full_text().await.unwrap()[0].record.path, "321");
        assert_eq!(store.search("321 0 1").limit(1).await.unwrap()[0].record.path, "321");
        assert_eq!(store.get("321").await.unwrap(), Some(page(321)));
        store.optimize().await.unwrap();
    }
}
