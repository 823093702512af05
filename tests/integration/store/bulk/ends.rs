use datus_store::ErrorKind;

use super::{count, data_files, line, open, outcome_file, write_all};
use crate::store::note;

#[tokio::test]
async fn an_abandoned_job_leaves_no_files_and_cannot_be_committed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.add(line(5)).await.unwrap();
    let before = data_files(folder.path(), "notes");
    let job = store.bulk().parts(3).start().await.unwrap();
    let rows = line(35).split_off(5);
    let parts = write_all(&store, &job, &rows).await;
    // The returned parts of a second write are lost.
    write_all(&store, &job, &rows).await;
    assert!(data_files(folder.path(), "notes").len() > before.len());

    for _ in 0..2 {
        job.abandon(&open(folder.path()).await).await.unwrap();
        assert_eq!(data_files(folder.path(), "notes"), before);
        assert!(store.bulk_parts(&job).await.unwrap().is_empty());
        let error = store.commit_bulk(&job, &parts).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("the job was abandoned"), "{error}");
    }
    assert_eq!(count(&store).await, 5);
    // A worker that does not know that the job was abandoned still writes, and a second call removes its files.
    write_all(&store, &job, &rows).await;
    job.abandon(&store).await.unwrap();
    assert_eq!(data_files(folder.path(), "notes"), before);
}

#[tokio::test]
async fn an_abandoned_job_stays_abandoned_after_its_version_was_removed() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let job = store.bulk().parts(1).start().await.unwrap();
    job.abandon(&store).await.unwrap();
    // This worker does not know that the job was abandoned.
    let parts = write_all(&store, &job, &line(20)).await;
    store.add([note(100, "1 1 1")]).await.unwrap();
    store.optimize().keep_versions(std::time::Duration::ZERO).await.unwrap();
    let error = store.commit_bulk(&job, &parts).await.unwrap_err();
    assert!(error.message().contains("the job was abandoned"), "{error}");
    job.abandon(&store).await.unwrap();
    assert_eq!((count(&store).await, data_files(folder.path(), "notes").len()), (1, 1));
}

#[tokio::test]
async fn a_job_whose_parts_cannot_be_read_can_be_abandoned() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let job = store.bulk().parts(2).start().await.unwrap();
    write_all(&store, &job, &line(20)).await;
    let parts = outcome_file(folder.path(), &job).with_extension("");
    std::fs::write(parts.join("0000000-0.json"), "{").unwrap();
    let error = store.bulk_parts(&job).await.unwrap_err();
    assert_eq!(
        (error.kind(), error.help()),
        (ErrorKind::Decode, Some("abandon the job and start a new one"))
    );
    job.abandon(&store).await.unwrap();
    assert!(data_files(folder.path(), "notes").is_empty());
    assert!(store.bulk_parts(&job).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_committed_job_cannot_be_abandoned() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let job = store.bulk().parts(2).start().await.unwrap();
    let parts = write_all(&store, &job, &line(20)).await;
    store.commit_bulk(&job, &parts).await.unwrap();
    let version = store.version().await.unwrap();
    let error = job.abandon(&store).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("the job was committed"), "{error}");
    assert_eq!((count(&store).await, store.version().await.unwrap()), (20, version));
}

#[tokio::test]
async fn a_commit_and_an_abandon_at_the_same_time_exclude_each_other() {
    use datus_store::{Database, Maintenance, Store};

    use crate::store::Note;
    use crate::support::models::Toy;
    let (mut commits, mut abandons) = (0, 0);
    for round in 0..12 {
        let folder = tempfile::tempdir().unwrap();
        let connect = async || -> Store<Note> {
            let connect = Database::connect(folder.path()).maintenance(Maintenance::off()).without_locks();
            connect.await.unwrap().store(Toy::new()).await.unwrap()
        };
        let (store, other) = (connect().await, connect().await);
        let job = store.bulk().parts(1).start().await.unwrap();
        let parts = write_all(&store, &job, &line(20)).await;
        let late = async |late: bool| {
            for _ in 0..if late { round } else { 0 } {
                tokio::task::yield_now().await;
            }
        };
        let commit = async {
            late(round % 2 == 0).await;
            store.commit_bulk(&job, &parts).await
        };
        let abandon = async {
            late(round % 2 == 1).await;
            job.abandon(&other).await
        };
        let (commit, abandon) = futures::join!(commit, abandon);
        assert!(commit.is_ok() != abandon.is_ok(), "{commit:?} and {abandon:?}");
        // The table has either all rows of the job or none.
        let rows = connect().await.search_all().await.unwrap().len();
        assert_eq!(rows, if commit.is_ok() { 20 } else { 0 });
        commits += u32::from(commit.is_ok());
        abandons += u32::from(abandon.is_ok());
    }
    assert_eq!(commits + abandons, 12);
}

#[tokio::test]
async fn other_writes_continue_during_a_job() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    store.add(line(10)).await.unwrap();
    let job = store.bulk().parts(2).start().await.unwrap();
    let parts = write_all(&store, &job, &line(40).split_off(10)).await;
    store.upsert([note(3, "3 3 3"), note(50, "5 5 5")]).await.unwrap();
    store.delete().filter(|t| t.id.lt(2)).await.unwrap();
    store.create_indexes().await.unwrap();
    store.optimize().await.unwrap();
    store.commit_bulk(&job, &parts).await.unwrap();
    assert_eq!(count(&store).await, 39);
    assert_eq!(store.get(3).await.unwrap(), Some(note(3, "3 3 3")));
    assert_eq!(store.search("33 0 1").limit(1).await.unwrap()[0].record.id, 33);
}
