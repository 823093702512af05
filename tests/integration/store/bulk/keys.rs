use datus_store::{Database, ErrorKind, Maintenance, Store};

use super::{count, line, open, rows_of, write_all};
use crate::store::{Note, memory, note, notes_of};
use crate::support::models::Toy;

#[tokio::test]
async fn a_key_that_occurs_twice_in_a_part_is_refused() {
    let store = notes_of(&[]).await;
    let job = store.bulk().parts(1).start().await.unwrap();
    let worker = store.bulk_worker(&job).await.unwrap();
    // The two equal keys are in one chunk, and then in different chunks.
    for length in [10, 5000] {
        let rows = line(length).into_iter().chain([note(7, "7 7 7")]);
        let error = worker.write(0, rows).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.message().contains("two rows of part 0 have the key `7`"), "{error}");
    }
    assert!(store.bulk_parts(&job).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_row_of_a_different_part_is_refused() {
    let model = Toy::new();
    let store: Store<Note> = memory().await.store(model.clone()).await.unwrap();
    let job = store.bulk().parts(4).start().await.unwrap();
    let worker = store.bulk_worker(&job).await.unwrap();
    let rows = line(40);
    let foreign = rows.iter().find(|row| job.part_of(row).unwrap() == 2).unwrap();
    let mut of_part = rows_of(&job, &rows, 1);
    of_part.push(foreign.clone());
    let error = worker.write(1, of_part).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let text = format!("the row with the key `{}` belongs to part 2, not to part 1", foreign.id);
    assert!(error.message().contains(&text), "{error}");
    assert_eq!(model.embedded(), 0);
    let error = worker.write(4, rows).await.unwrap_err();
    assert!(error.message().contains("the job has 4 parts, so the last part is 3"), "{error}");
}

/// The job has fewer rows than the table in one case, and more in the other.
#[tokio::test]
async fn a_key_that_the_table_has_is_refused() {
    for before in [2000, 10] {
        let store = notes_of(&line(before)).await;
        let job = store.bulk().parts(3).start().await.unwrap();
        let rows: Vec<Note> = line(before + 100).split_off(usize::try_from(before - 1).unwrap());
        let parts = write_all(&store, &job, &rows).await;
        let version = store.version().await.unwrap();
        let error = store.commit_bulk(&job, &parts).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        let text = format!("the key `{}` is already in the table", before - 1);
        assert!(error.message().contains(&text), "{error}");
        assert_eq!(store.version().await.unwrap(), version);

        store.delete().filter(|t| t.id.eq(before - 1)).await.unwrap();
        store.commit_bulk(&job, &parts).await.unwrap();
        assert_eq!(count(&store).await, usize::try_from(before).unwrap() + 100);
        assert_eq!(store.health().thorough().await.unwrap().duplicate_keys, Some(0));
    }
}

#[tokio::test]
async fn a_key_that_was_added_after_the_start_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path()).await;
    let job = store.bulk().parts(3).start().await.unwrap();
    let parts = write_all(&store, &job, &line(30)).await;
    // Other keys do not matter, even if their rows were changed or deleted.
    store.add((100..130).map(|id| note(id, "1 1 1"))).await.unwrap();
    store.upsert([note(105, "2 2 2")]).await.unwrap();
    store.delete().filter(|t| t.id.ge(110)).await.unwrap();
    open(folder.path()).await.add([note(17, "3 3 3")]).await.unwrap();
    let error = store.commit_bulk(&job, &parts).await.unwrap_err();
    assert!(error.message().contains("the key `17` is already in the table"), "{error}");

    store.delete().filter(|t| t.id.eq(17)).await.unwrap();
    assert!(!store.commit_bulk(&job, &parts).await.unwrap().already_committed);
    assert_eq!(count(&store).await, 40);
}

/// A writer without a lock adds rows while the job is committed, including rows with keys of the job. Either the commit or
/// an `add` fails.
#[tokio::test]
async fn keys_stay_unique_while_a_writer_adds_keys_of_the_job() {
    for round in 0..8 {
        let folder = tempfile::tempdir().unwrap();
        let connect = async || {
            let connect = Database::connect(folder.path()).maintenance(Maintenance::off()).without_locks();
            connect.await.unwrap().store::<Note>(Toy::new()).await.unwrap()
        };
        let (store, other) = (connect().await, connect().await);
        let job = store.bulk().parts(2).start().await.unwrap();
        let parts = write_all(&store, &job, &line(40)).await;
        // Earlier rounds add more unrelated keys before the key of the job.
        let ids = (0..7 - round).map(|id| 100 + id).chain([39]);
        let writer = async {
            for id in ids {
                other.add([note(id, "1 1 1")]).await?;
            }
            Ok::<(), datus_store::Error>(())
        };
        let (commit, added) = futures::join!(store.commit_bulk(&job, &parts), writer);
        for error in [commit.as_ref().err(), added.as_ref().err()].into_iter().flatten() {
            assert!(error.message().contains("is already in the table"), "{error:?}");
        }
        assert!(commit.is_ok() != added.is_ok(), "round {round}: {commit:?} and {added:?}");
        assert_eq!(store.health().thorough().await.unwrap().duplicate_keys, Some(0));
    }
}
