//! Several connections and processes write to one table through a namespace. No acknowledged write is lost.

use std::collections::BTreeSet;
use std::future::IntoFuture;
use std::path::Path;

use datus_store::{Connect, Database, EmbeddingRecord, ErrorKind, Maintenance, Store};
use futures::future::{join_all, try_join_all};
use serde::{Deserialize, Serialize};

use super::{Catalog, MANAGED, Page, dir, page, rows};
use crate::support::models::Toy;
use crate::support::process::{self, this_test};

const WRITERS: i64 = 3;
const WRITES: i64 = 4;
/// The number of rounds if the catalog orders the commits. It is small because each commit takes several requests.
const MANAGED_WRITES: i64 = 2;

/// The work of one writer in another process.
#[derive(Serialize, Deserialize)]
struct Work {
    /// The server, or `None` for a `dir` in the current folder.
    server: Option<String>,
    is_managed: bool,
    writer: i64,
}

impl Work {
    fn writes(&self) -> i64 {
        if self.is_managed { MANAGED_WRITES } else { WRITES }
    }

    fn connect(&self) -> Connect {
        let managed = if self.is_managed { &[MANAGED][..] } else { &[] };
        let connect = match &self.server {
            Some(uri) => Database::connect_namespace("rest", [("uri", uri)]),
            None => dir(Path::new("."), managed),
        };
        connect.namespace(["sales"]).maintenance(Maintenance::off())
    }
}

/// Adds rows, upserts rows that all writers upsert, and increments a counter.
async fn write(store: &Store<Page>, writer: i64, writes: i64) {
    for write in 0..writes {
        let id = 100 + writer * WRITES + write;
        store.add([page(id, "first")]).await.unwrap();
        store.upsert([Page { views: writer, ..page(write, "first") }]).await.unwrap();
        let counted = store.update().filter(|t| t.id.eq(99)).set_to(|t| t.views, |t| t.views.plus(1)).await;
        let counted = counted.unwrap();
        assert_eq!(counted.rows, 1);
    }
}

/// Asserts that no write is lost, no key is duplicated, and no version lost rows.
async fn assert_complete(store: &Store<Page>, writes: i64) {
    let rows = rows(store, 1.0).await;
    let ids: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
    let added = (0..WRITERS).flat_map(|writer| (0..writes).map(move |write| 100 + writer * WRITES + write));
    let expected: BTreeSet<i64> = (0..writes).chain([99]).chain(added).collect();
    assert_eq!((ids.len(), ids), (rows.len(), expected));
    assert_eq!(rows.iter().find(|row| row.id == 99).unwrap().views, WRITERS * writes);
    let mut before = 0;
    for version in 1..=store.version().await.unwrap() {
        let count = store.at(version).await.unwrap().count().await.unwrap();
        assert!(count >= before, "version {version} has {count} rows after {before}");
        before = count;
    }
}

async fn connections_write(catalog: Catalog, writes: i64) {
    let catalog = catalog.nested(&["sales"]);
    let connect = || catalog.connect().maintenance(Maintenance::off()).without_small_writes().into_future();
    let databases = join_all((0..WRITERS).map(|_| connect())).await;
    let first: Store<Page> = databases[0].as_ref().unwrap().store(Toy::new()).await.unwrap();
    first.add([page(99, "first")]).await.unwrap();
    let writers = databases.into_iter().zip(0..).map(|(db, writer)| {
        tokio::spawn(async move {
            let store: Store<Page> = db.unwrap().store(Toy::new()).await.unwrap();
            write(&store, writer, writes).await;
        })
    });
    join_all(writers).await.into_iter().for_each(|writer| writer.unwrap());
    assert_complete(&first, writes).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_through_a_dir_lose_no_write() {
    connections_write(Catalog::dir(&[]), WRITES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_through_rest_lose_no_write() {
    connections_write(Catalog::rest(&[]).await, WRITES).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_through_rest_that_manages_versions_lose_no_write() {
    connections_write(Catalog::rest(&[MANAGED]).await, MANAGED_WRITES).await;
}

/// A key of two columns, which is not declared to Lance.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "cells", key(row, column))]
struct Cell {
    row: i64,
    column: String,
    value: i64,
}

/// Each connection acts as if it were on another machine, so only commits keep writers apart.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn upserts_of_the_same_new_keys_without_locks_leave_one_row_each() -> Result<(), datus_store::Error> {
    for properties in [&[][..], &[MANAGED]] {
        let catalog = Catalog::dir(properties).nested(&["sales"]);
        let connect = || catalog.connect().maintenance(Maintenance::off()).without_locks().into_future();
        let databases = try_join_all((0..WRITERS).map(|_| connect())).await?;
        let first: Store<Cell> = databases[0].store(()).await?;
        let writers = databases.into_iter().zip(0..).map(|(db, writer)| {
            tokio::spawn(async move {
                let store: Store<Cell> = db.store(()).await?;
                for row in 0..4 {
                    let cell = |column: i64| Cell { row, column: column.to_string(), value: writer };
                    store.upsert((0..3).map(cell)).await?;
                }
                Ok(())
            })
        });
        join_all(writers).await.into_iter().try_for_each(|writer| writer.unwrap())?;
        let rows = first.search_all().await?;
        let keys: BTreeSet<_> = rows.iter().map(|cell| (cell.row, cell.column.clone())).collect();
        assert_eq!((rows.len(), keys.len()), (12, 12), "{properties:?}");
    }
    Ok(())
}

/// Only the catalog orders commits, because each connection acts as if it were on another machine.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_without_locks_through_a_dir_that_manages_versions_lose_no_write() {
    let writes = MANAGED_WRITES;
    let catalog = Catalog::dir(&[MANAGED]).nested(&["sales"]);
    let connect = || catalog.connect().maintenance(Maintenance::off()).without_locks().into_future();
    let databases = join_all((0..WRITERS).map(|_| connect())).await;
    let first: Store<Page> = databases[0].as_ref().unwrap().store(Toy::new()).await.unwrap();
    first.add([page(99, "first")]).await.unwrap();
    let writers = databases.into_iter().zip(0..).map(|(db, writer)| {
        tokio::spawn(async move {
            let store: Store<Page> = db.unwrap().store(Toy::new()).await.unwrap();
            write(&store, writer, writes).await;
        })
    });
    join_all(writers).await.into_iter().for_each(|writer| writer.unwrap());
    assert_complete(&first, writes).await;
}

async fn in_the_child(argument: &str) {
    let work: Work = serde_json::from_str(argument).unwrap();
    let store: Store<Page> = work.connect().await.unwrap().store(Toy::new()).await.unwrap();
    write(&store, work.writer, work.writes()).await;
}

async fn processes_write(test: process::Test, catalog: &Catalog, is_managed: bool) {
    let work = |writer| Work { server: catalog.server.as_ref().map(super::Server::uri), is_managed, writer };
    let db = catalog.unmaintained().await;
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    store.add([page(99, "first")]).await.unwrap();
    let run = |writer| process::run(test, catalog.folder(), serde_json::to_string(&work(writer)).unwrap());
    join_all((0..WRITERS).map(run)).await;
    assert_complete(&store, work(0).writes()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_through_a_dir_lose_no_write() {
    if let Some(argument) = process::argument() {
        return in_the_child(&argument).await;
    }
    processes_write(this_test!(), &Catalog::dir(&[]).nested(&["sales"]), false).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_through_a_dir_that_manages_versions_lose_no_write() {
    if let Some(argument) = process::argument() {
        return in_the_child(&argument).await;
    }
    processes_write(this_test!(), &Catalog::dir(&[MANAGED]).nested(&["sales"]), true).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_through_rest_lose_no_write() {
    if let Some(argument) = process::argument() {
        return in_the_child(&argument).await;
    }
    processes_write(this_test!(), &Catalog::rest(&[]).await.nested(&["sales"]), false).await;
}

// Fact 6: lancedb looks for a table and commits it later, and the second creation overwrites the first, including its rows.
async fn create_together(catalog: Catalog) {
    let catalog = catalog.nested(&["sales"]);
    let connect = || catalog.connect().maintenance(Maintenance::off()).without_locks().into_future();
    let databases = join_all((0..WRITERS).map(|_| connect())).await;
    let creators = databases.into_iter().zip(0..).map(|(db, id)| {
        tokio::spawn(async move {
            let store: Store<Page> = db.unwrap().store(Toy::new()).await.unwrap();
            store.add([page(id, "first")]).await.unwrap();
        })
    });
    join_all(creators).await.into_iter().for_each(|creator| creator.unwrap());
    let store: Store<Page> = catalog.unmaintained().await.store(Toy::new()).await.unwrap();
    let ids: Vec<i64> = rows(&store, 1.0).await.iter().map(|row| row.id).collect();
    assert_eq!(ids, (0..WRITERS).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_table_of_a_namespace_is_created_once_and_no_row_is_lost() {
    for round in 0..3 {
        let managed = if round % 2 == 0 { &[MANAGED][..] } else { &[] };
        create_together(Catalog::dir(managed)).await;
        create_together(Catalog::rest(managed).await).await;
    }
}

/// Connections to the folder and to the namespace use the same locks.
#[tokio::test]
async fn a_lock_of_the_folder_keeps_a_namespace_from_writing() {
    let catalog = Catalog::dir(&[]);
    let store: Store<Page> = catalog.unmaintained().await.store(Toy::new()).await.unwrap();
    let limited = catalog.connect().lock_timeout(std::time::Duration::from_millis(50)).await.unwrap();
    let limited: Store<Page> = limited.store(Toy::new()).await.unwrap();
    let lock = catalog.folder().join(".datus-write.pages.lock");
    store.add([page(1, "first")]).await.unwrap();
    let file = std::fs::File::open(lock).unwrap();
    file.lock().unwrap();
    let error = limited.add([page(2, "first")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Conflict, "{error:?}");
    assert!(error.help().unwrap().contains(".datus-write.pages.lock"), "{error}");
    file.unlock().unwrap();
    limited.add([page(2, "first")]).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 2);
}
