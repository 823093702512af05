use datus_store::{Database, Store};
use futures::future::join_all;

use super::{Note, note, sorted_ids};
use crate::support::models::Toy;
use crate::support::process::{self, this_test};

async fn open(uri: &str) -> Store<Note> {
    Database::connect(uri).await.unwrap().store(Toy::new()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_open_a_new_table_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let uri = folder.path().to_str().unwrap().to_owned();
        let tasks = (0..16).map(|id| {
            let uri = uri.clone();
            tokio::spawn(async move { (id, open(&uri).await) })
        });
        for task in join_all(tasks).await {
            let (id, store) = task.unwrap();
            store.add([note(id, "1 2 3")]).await.unwrap();
        }
        assert_eq!(sorted_ids(&open(&uri).await.search_all().await.unwrap()), (0..16).collect::<Vec<_>>());
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn many_tasks_open_a_new_table_of_one_connection_at_once() {
    let db = super::memory().await;
    let opened = join_all((0..16).map(|_| db.store::<Note>(Toy::new()).into_future())).await;
    let stores: Vec<Store<Note>> = opened.into_iter().collect::<Result<_, _>>().unwrap();
    let rows = |writer: i64| (0..10).map(move |row| note(writer * 10 + row, "1 2 3"));
    let added =
        join_all(stores.iter().zip(0..).map(|(store, writer)| store.add(rows(writer)).into_future())).await;
    added.into_iter().collect::<Result<Vec<_>, _>>().unwrap();
    assert_eq!(stores[0].count().await.unwrap(), 160);
}

#[tokio::test]
async fn two_processes_open_a_new_table_at_once() {
    if process::argument().is_some() {
        open("data").await;
        return;
    }
    for _ in 0..3 {
        let folder = tempfile::tempdir().unwrap();
        let at = folder.path();
        let start = || process::run(this_test!(), at, "");
        futures::join!(start(), start());
        let store = open(at.join("data").to_str().unwrap()).await;
        store.add([note(1, "1 2 3")]).await.unwrap();
        assert_eq!(store.count().await.unwrap(), 1);
    }
}

#[tokio::test]
async fn reads_see_the_commits_of_another_process_at_once() {
    if let Some(id) = process::argument() {
        open("data").await.add([note(id.parse().unwrap(), "1 2 3")]).await.unwrap();
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path().join("data").to_str().unwrap()).await;
    for id in 1..=3 {
        process::run(this_test!(), folder.path(), id.to_string()).await;
        assert_eq!(store.count().await.unwrap(), id);
        assert_eq!(store.search_all().await.unwrap().len(), id);
        assert_eq!(store.search("1 2 3").await.unwrap().len(), id);
    }
}

#[tokio::test]
async fn reads_see_the_commits_of_another_connection_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let uri = folder.path().to_str().unwrap();
    let (writer, reader) = (open(uri).await, open(uri).await);
    for round in 1..=5 {
        writer.add([note(round, "1 2 3")]).await.unwrap();
        assert_eq!(reader.count().await.unwrap(), round as usize);
        assert_eq!(reader.version().await.unwrap(), writer.version().await.unwrap());
    }
    assert_eq!(writer.delete().filter(|t| t.id.le(2)).await.unwrap(), 2);
    assert_eq!(sorted_ids(&reader.search_all().await.unwrap()), [3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn concurrent_adds_lose_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let uri = folder.path().to_str().unwrap().to_owned();
    open(&uri).await;
    let writers = (0..4).map(|writer| {
        let uri = uri.clone();
        tokio::spawn(async move {
            let store = open(&uri).await;
            for round in 0..10 {
                store.add([note(writer * 10 + round, "1 2 3")]).await.unwrap();
            }
        })
    });
    join_all(writers).await.into_iter().for_each(|writer| writer.unwrap());
    assert_eq!(sorted_ids(&open(&uri).await.search_all().await.unwrap()), (0..40).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn rows_added_right_after_a_simultaneous_opening_are_kept() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().unwrap();
        let uri = folder.path().to_str().unwrap().to_owned();
        let tasks = (0..16).map(|id| {
            let uri = uri.clone();
            tokio::spawn(async move { open(&uri).await.add([note(id, "1 2 3")]).await.unwrap() })
        });
        join_all(tasks).await.into_iter().for_each(|task| {
            task.unwrap();
        });
        assert_eq!(open(&uri).await.count().await.unwrap(), 16);
    }
}
