//! Tables without locks: local files that Lance treats as an object store.

use datus_store::{Database, EmbeddingRecord, ErrorKind, Keyed, Store};
use futures::future::join_all;

use super::{Note, line, note};
use crate::support::models::Toy;

/// A key of two columns.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "cells", key(row, column))]
struct Cell {
    row: i64,
    column: String,
    value: i32,
}

async fn open<R: Keyed>(folder: &tempfile::TempDir) -> Store<R>
where
    (): datus_store::model::IntoModels<R::Models>,
{
    connect(folder).await.store(()).await.unwrap()
}

async fn connect(folder: &tempfile::TempDir) -> Database {
    Database::connect(format!("file-object-store://{}", folder.path().to_str().unwrap())).await.unwrap()
}

#[tokio::test]
async fn rows_are_written_read_and_searched() {
    let folder = tempfile::tempdir().unwrap();
    let store: Store<Note> = connect(&folder).await.store(Toy::new()).await.unwrap();
    store.add(line(10)).await.unwrap();
    let upserted = store.upsert([note(3, "3 3 3"), note(77, "7 7 7")]).await.unwrap();
    assert_eq!((upserted.inserted, upserted.updated), (1, 1));
    assert_eq!(store.search("7 7 7").first().await.unwrap().unwrap().record.id, 77);
    assert_eq!(store.count().await.unwrap(), 11);
    assert!(
        !std::fs::read_dir(folder.path())
            .unwrap()
            .any(|entry| { entry.unwrap().file_name().to_str().unwrap().ends_with(".lock") })
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn upserts_of_the_same_new_keys_leave_one_row_each() {
    let folder = tempfile::tempdir().unwrap();
    open::<Cell>(&folder).await;
    let writers = join_all((0..4).map(|_| open::<Cell>(&folder))).await;
    let writers = writers.into_iter().zip(0..).map(|(store, writer)| {
        tokio::spawn(async move {
            for round in 0..8 {
                let cells =
                    (0..3).map(|column| Cell { row: round, column: column.to_string(), value: writer });
                match store.upsert(cells).await {
                    Ok(_) => {}
                    Err(error) => assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}"),
                }
            }
        })
    });
    join_all(writers).await.into_iter().for_each(|writer| writer.unwrap());
    let rows = open::<Cell>(&folder).await.search_all().await.unwrap();
    let mut keys: Vec<_> = rows.iter().map(|cell| (cell.row, cell.column.clone())).collect();
    keys.sort();
    let all = keys.len();
    keys.dedup();
    assert_eq!((all, keys.len()), (24, 24));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn adds_of_the_same_new_keys_leave_one_row_each() {
    let folder = tempfile::tempdir().unwrap();
    open::<Cell>(&folder).await;
    let writers = join_all((0..4).map(|_| open::<Cell>(&folder))).await;
    let writers = writers.into_iter().zip(0..).map(|(store, writer)| {
        tokio::spawn(async move {
            let mut added = 0;
            for round in 0..12 {
                match store.add([Cell { row: round, column: "a".to_owned(), value: writer }]).await {
                    Ok(done) => added += done.rows,
                    Err(error) => assert!(
                        matches!(error.kind(), ErrorKind::InvalidInput | ErrorKind::Conflict),
                        "{error:?}"
                    ),
                }
            }
            added
        })
    });
    let added: usize = join_all(writers).await.into_iter().map(|writer| writer.unwrap()).sum();
    let rows = open::<Cell>(&folder).await.search_all().await.unwrap();
    let mut keys: Vec<i64> = rows.iter().map(|cell| cell.row).collect();
    keys.sort_unstable();
    assert_eq!(keys, (0..12).collect::<Vec<_>>());
    assert_eq!(added, 12);
}

#[tokio::test]
async fn an_add_of_an_existing_key_is_an_error_without_locks() {
    let folder = tempfile::tempdir().unwrap();
    let store: Store<Note> = connect(&folder).await.store(Toy::new()).await.unwrap();
    let added = store.add(line(10)).await.unwrap();
    assert_eq!((added.rows, added.embedded, added.version), (10, 10, Some(2)));
    let error = store.add([note(20, "1 1 1"), note(3, "3 3 3")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(error.message().contains("the key `3` is already in the table"), "{error}");
    let error = store.add([note(20, "1 1 1"), note(20, "3 3 3")]).await.unwrap_err();
    assert!(error.message().contains("two of the rows have the key `20`"), "{error}");
    assert_eq!((store.count().await.unwrap(), store.version().await.unwrap()), (10, 2));
}
