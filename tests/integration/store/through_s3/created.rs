//! Several connections try to create a table at the same time. One of them creates it, and no row is lost.

use std::collections::BTreeSet;

use datus_store::{Database, ErrorKind, Maintenance, Store};
use futures::future::join_all;

use super::{Page, open, page};
use crate::support::models::Toy;
use crate::support::process::{self, this_test};
use crate::support::s3::{Port, Server};

/// The number of connections or processes that create the table at the same time.
const CREATORS: i64 = 6;
const ROUNDS: usize = 6;

/// Opens the table with many concurrent connections, and each of them immediately adds a row.
async fn create_together(databases: Vec<Database>) {
    let creators = databases.into_iter().zip(0..).map(|(db, id)| {
        tokio::spawn(async move {
            let store: Store<Page> = db.store(Toy::new()).await.unwrap();
            store.add([page(id, "first")]).await.unwrap();
        })
    });
    join_all(creators).await.into_iter().for_each(|creator| creator.unwrap());
}

/// Asserts that no row is missing, and that no version has fewer rows than the version before.
async fn assert_complete(store: &Store<Page>) {
    let mut before = 0;
    for version in 1..=store.version().await.unwrap() {
        let rows = store.at(version).await.unwrap().count().await.unwrap();
        assert!(rows > before || version == 1, "version {version} has {rows} rows after {before}");
        before = rows;
    }
    let rows = store.search_all().await.unwrap();
    let ids: BTreeSet<i64> = rows.iter().map(|row| row.id).collect();
    assert_eq!((rows.len() as i64, ids.len() as i64), (CREATORS, CREATORS));
}

// Fact 6: lancedb looks for a table and commits it later, and the second creation overwrites the first with its rows.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_table_at_s3_is_created_once_and_no_row_is_lost() {
    let server = Server::start();
    for round in 0..ROUNDS {
        let folder = format!("round {round}");
        let connect = || server.port().connect(&folder).maintenance(Maintenance::off()).into_future();
        let databases = join_all((0..CREATORS).map(|_| connect())).await;
        let databases: Vec<Database> = databases.into_iter().map(|db| db.unwrap()).collect();
        let last = databases[0].clone();
        create_together(databases).await;
        assert_complete(&last.store(Toy::new()).await.unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_table_in_shared_memory_is_created_once_and_no_row_is_lost() {
    for round in 0..ROUNDS {
        let uri = format!("shared-memory://created-{round}");
        let connect = || Database::connect(&uri).maintenance(Maintenance::off()).into_future();
        let databases = join_all((0..CREATORS).map(|_| connect())).await;
        let databases: Vec<Database> = databases.into_iter().map(|db| db.unwrap()).collect();
        let last = databases[0].clone();
        create_together(databases).await;
        assert_complete(&last.store(Toy::new()).await.unwrap()).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn processes_create_a_table_at_s3_once_and_no_row_is_lost() {
    if let Some(argument) = process::argument() {
        let (port, id): (Port, i64) = serde_json::from_str(&argument).unwrap();
        let store = open(port).await;
        store.add([page(id, "first")]).await.unwrap();
        return;
    }
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let creators = (0..CREATORS).map(|id| {
        let argument = serde_json::to_string(&(server.port(), id)).unwrap();
        process::run(this_test!(), folder.path(), argument)
    });
    join_all(creators).await;
    assert_complete(&open(server.port()).await).await;
}

/// A table that was created for another record in the meantime is compared with this record, and not overwritten.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_table_of_another_record_that_was_created_first_is_an_error() {
    #[derive(Debug, datus_store::EmbeddingRecord)]
    #[datus(table = "pages")]
    struct Other {
        #[datus(key)]
        name: String,
    }
    let server = Server::start();
    for round in 0..ROUNDS {
        let folder = format!("round {round}");
        let db = server.port().connect(&folder).maintenance(Maintenance::off()).await.unwrap();
        let other = server.port().connect(&folder).maintenance(Maintenance::off()).await.unwrap();
        let (page, other) = tokio::join!(async { db.store::<Page>(Toy::new()).await.map(drop) }, async {
            other.store::<Other>(()).await.map(drop)
        });
        let failed = [page, other].into_iter().filter_map(Result::err).collect::<Vec<_>>();
        assert_eq!(failed.len(), 1, "{failed:?}");
        assert_eq!(failed[0].kind(), ErrorKind::SchemaMismatch, "{failed:?}");
    }
}
