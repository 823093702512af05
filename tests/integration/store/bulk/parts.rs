use datus_store::{BulkPart, Database, Drift, EmbeddingRecord, ErrorKind, Store};

use super::{count, line, open, rows_of, sent, stored, write_all};
use crate::store::{Note, memory, notes_of};
use crate::support::models::{Gated, Toy};

#[tokio::test]
async fn a_missing_part_is_refused() {
    let store = notes_of(&[]).await;
    let job = store.bulk().parts(20).start().await.unwrap();
    let parts = write_all(&store, &job, &line(40)).await;
    let missing = |parts: &[BulkPart]| {
        let (store, job, parts) = (store.clone(), job.clone(), parts.to_vec());
        async move { store.commit_bulk(&job, parts).await.unwrap_err() }
    };
    let error = missing(&parts[..19]).await;
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("of the 20 parts, these are missing: 19"), "{error}");
    let error = missing(&parts[12..]).await;
    assert!(error.message().contains("missing: 0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"), "{error}");
    assert_eq!(count(&store).await, 0);
    store.commit_bulk(&job, parts).await.unwrap();
}

#[tokio::test]
async fn a_part_that_was_written_twice_counts_once() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let job = store.bulk().parts(3).start().await.unwrap();
    let first = write_all(&store, &job, &line(30)).await;
    let second = write_all(&store, &job, &line(30)).await;
    let error = store.commit_bulk(&job, first.iter().chain(&second[1..2])).await.unwrap_err();
    assert!(error.message().contains("part 1 was written twice"), "{error}");
    // The stored parts include exactly one write of each part.
    let kept = store.bulk_parts(&job).await.unwrap();
    assert_eq!(kept.iter().map(BulkPart::number).collect::<Vec<_>>(), [0, 1, 2]);
    assert_eq!(kept, store.bulk_parts(&job).await.unwrap());
    // The same write can be passed twice.
    store.commit_bulk(&job, kept.iter().chain(&kept)).await.unwrap();
    assert_eq!(stored(&store).await, stored(&notes_of(&line(30)).await).await);
    assert!(store.bulk_parts(&job).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_write_that_was_dropped_is_repeated() {
    let model = Gated::new();
    let store: Store<Note> = memory().await.store(model.clone()).await.unwrap();
    let job = store.bulk().parts(2).start().await.unwrap();
    let rows = line(3000);
    let worker = store.bulk_worker(&job).await.unwrap();
    let first = rows_of(&job, &rows, 0);
    let mut write = Box::pin(worker.write(0, &first).into_future());
    // The write waits for the model.
    assert!(futures::poll!(&mut write).is_pending());
    tokio::task::yield_now().await;
    drop(write);
    assert!(store.bulk_parts(&job).await.unwrap().is_empty());
    model.open();
    let parts = write_all(&store, &job, &rows).await;
    store.commit_bulk(&job, parts).await.unwrap();
    assert_eq!(stored(&store).await, stored(&notes_of(&rows).await).await);
}

#[tokio::test]
async fn a_part_of_a_different_job_is_refused() {
    let store = notes_of(&[]).await;
    let job = store.bulk().parts(2).start().await.unwrap();
    let other = store.bulk().parts(2).start().await.unwrap();
    assert_ne!(job.id(), other.id());
    let parts = write_all(&store, &job, &line(10)).await;
    let error = store.commit_bulk(&other, &parts).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains(&format!("belongs to the job {}, not to {}", job.id(), other.id())));
    // Both jobs can be committed if their keys differ.
    let rows = line(20).split_off(10);
    let others = write_all(&store, &other, &rows).await;
    store.commit_bulk(&job, &parts).await.unwrap();
    store.commit_bulk(&other, &others).await.unwrap();
    assert_eq!(count(&store).await, 20);
}

#[tokio::test]
async fn a_job_of_a_different_table_is_refused() {
    let db = memory().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    let job = store.bulk().parts(1).start().await.unwrap();
    let parts = write_all(&store, &job, &line(10)).await;
    let named: Store<Note> = db.store(Toy::new()).table("archive").await.unwrap();
    for error in [
        named.bulk_worker(&job).await.unwrap_err(),
        named.commit_bulk(&job, &parts).await.unwrap_err(),
        named.bulk_parts(&job).await.unwrap_err(),
        job.abandon(&named).await.unwrap_err(),
    ] {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("the job is for the table `notes`"), "{error}");
    }
    db.drop_table("notes").await.unwrap();
    let again: Store<Note> = db.store(Toy::new()).await.unwrap();
    for error in
        [again.bulk_worker(&job).await.unwrap_err(), again.commit_bulk(&job, &parts).await.unwrap_err()]
    {
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("a different table with the same name"), "{error}");
    }
}

#[tokio::test]
async fn a_column_that_was_added_after_the_start_ends_the_job() {
    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    #[datus(table = "notes")]
    struct Wider {
        #[datus(key)]
        id: i64,
        topic: String,
        rank: Option<i32>,
        #[datus(embed(metric = l2))]
        text: Option<String>,
        #[datus(default)]
        stars: i32,
    }
    let db: Database = memory().await;
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    let job = store.bulk().parts(1).start().await.unwrap();
    let parts = write_all(&store, &job, &line(10)).await;
    let wider: Store<Wider> = db.store(Toy::new()).drift(Drift::ApplySafe).await.unwrap();
    let error = store.commit_bulk(&job, &parts).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::SchemaMismatch, Some("stars")), "{error:?}");
    // A deserialized job can have a different record type, so its columns are compared.
    let job = serde_json::from_value(serde_json::to_value(&job).unwrap()).unwrap();
    let error = wider.bulk_worker(&job).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::SchemaMismatch, Some("stars")), "{error:?}");
    assert_eq!(wider.count().await.unwrap(), 0);
}

#[tokio::test]
async fn the_number_of_parts_is_checked() {
    let store = notes_of(&[]).await;
    for parts in [0, u32::MAX] {
        let error = store.bulk().parts(parts).start().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
    }
    assert_eq!(store.bulk().start().await.unwrap().parts(), 64);
}

#[tokio::test]
async fn a_job_of_a_different_format_is_refused() {
    let store = notes_of(&[]).await;
    let job = store.bulk().parts(1).start().await.unwrap();
    assert_eq!(sent(&job), job);
    let mut value = serde_json::to_value(&job).unwrap();
    value["format"] = 2.into();
    let error = store.bulk_worker(&serde_json::from_value(value).unwrap()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error}");
}
