//! Writes that are interrupted.

use std::error::Error as _;
use std::io;
use std::task::Poll;

use datus_store::{ErrorKind, Store};
use futures::StreamExt;
use futures::stream;
use tokio::sync::Notify;

use super::{Note, line, memory, note, notes, notes_of};
use crate::support::models::{Scripted, Toy, vector};

/// Returns the version and the number of rows in a table, to assert that they do not change.
async fn state(store: &Store<Note>) -> (u64, usize) {
    (store.version().await.unwrap(), store.count().await.unwrap())
}

#[tokio::test]
async fn an_error_of_the_stream_leaves_the_table_as_it_was() {
    let store = notes_of(&line(2)).await;
    let before = state(&store).await;
    for good in [0, 1, 4096, 9000] {
        let rows = line(good).into_iter().map(Ok).chain([Err(io::Error::other("the file is cut off"))]);
        let error = store.add_stream(stream::iter(rows)).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::Source, Some("add")), "{good}");
        assert_eq!(error.source().unwrap().to_string(), "the file is cut off");
        assert_eq!(state(&store).await, before, "{good}");
    }
}

#[tokio::test]
async fn a_model_that_fails_after_the_first_batch_leaves_the_table_as_it_was() {
    let failing = Scripted::new(|texts| match texts.contains(&"fail") {
        true => Err("out of memory".into()),
        false => Ok(texts.iter().map(|text| vector(text)).collect()),
    });
    let store: Store<Note> = memory().await.store(failing).await.unwrap();
    store.add(line(2)).await.unwrap();
    let before = state(&store).await;
    let mut rows = line(9000);
    rows[8500] = note(8500, "fail");
    let error = store.add(rows).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("vector")));
    assert_eq!(error.source().unwrap().to_string(), "out of memory");
    assert!(error.message().contains("nothing was written; 9000 rows"), "{error}");
    assert_eq!(state(&store).await, before);
}

#[tokio::test]
async fn dropping_the_future_midway_leaves_the_table_as_it_was() {
    let store = notes_of(&line(2)).await;
    let before = state(&store).await;
    let taken = Notify::new();
    let never = stream::poll_fn(|_| {
        taken.notify_one();
        Poll::Pending
    });
    let endless = stream::iter(line(9000).into_iter().map(Ok::<_, io::Error>)).chain(never);
    tokio::select! {
        () = taken.notified() => {}
        added = store.add_stream(endless).into_future() => panic!("the stream has no end: {added:?}"),
    }
    assert_eq!(state(&store).await, before);
    store.add(line(5).split_off(2)).await.unwrap();
    assert_eq!(state(&store).await, (before.0 + 1, 5), "the next commit is the first one");
}

#[tokio::test]
async fn an_add_that_is_never_awaited_does_nothing() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    let before = state(&store).await;
    drop(store.add(line(3)));
    assert_eq!((state(&store).await, model.embedded()), (before, 0));
}
