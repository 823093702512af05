//! Nested namespaces.

use std::future::IntoFuture;

use datus_store::{Database, Maintenance, Store};
use futures::future::join_all;

use super::{Catalog, Page, page, pages, rows};
use crate::support::models::Toy;

/// Creates tables with the same name in three namespaces, and asserts that each has its own rows and locks, and is dropped
/// separately.
async fn assert_separate(catalog: &Catalog) {
    let connect = async |path: &[&str]| {
        let connect = catalog.connect().namespace(path.iter().copied());
        connect.maintenance(Maintenance::off()).await.unwrap()
    };
    let databases = [connect(&[]).await, connect(&["sales"]).await, connect(&["sales", "emea"]).await];
    for (db, id) in databases.iter().zip(0..) {
        let store: Store<Page> = db.store(Toy::new()).await.unwrap();
        store.add([page(id, "first")]).await.unwrap();
    }
    let store = async |db: &Database| db.store::<Page>(Toy::new()).await.unwrap();
    for (db, id) in databases.iter().zip(0..) {
        assert_eq!(db.table_names().await.unwrap(), ["pages"], "namespace {id}");
        assert_eq!(rows(&store(db).await, 1.0).await, [page(id, "first")]);
    }
    // A cursor belongs to one table. A table with the same name in another namespace rejects it.
    let pages_of = store(&databases[1]).await;
    pages_of.add(pages(10..20)).await.unwrap();
    let first = pages_of.search_all().order_by(|t| t.id.asc()).page(3).await.unwrap();
    let other = store(&databases[2]).await;
    let foreign = other.search_all().order_by(|t| t.id.asc()).page(3).after(first.next.as_ref()).await;
    assert_eq!(foreign.unwrap_err().message(), "the cursor belongs to a different table or database");

    databases[1].drop_table("pages").await.unwrap();
    assert!(databases[1].table_names().await.unwrap().is_empty());
    for id in [0, 2] {
        let db = &databases[usize::try_from(id).unwrap()];
        assert_eq!(rows(&store(db).await, 1.0).await, [page(id, "first")]);
    }
}

#[tokio::test]
async fn tables_of_one_name_in_several_namespaces_are_separate_in_a_dir() {
    assert_separate(&Catalog::dir(&[])).await;
}

#[tokio::test]
async fn tables_of_one_name_in_several_namespaces_are_separate_through_rest() {
    assert_separate(&Catalog::rest(&[]).await).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn connections_that_create_a_namespace_at_once_all_get_it() {
    for catalog in [Catalog::dir(&[]), Catalog::rest(&[]).await] {
        let catalog = catalog.nested(&["sales", "emea", "paris"]);
        let databases = join_all((0..6).map(|_| catalog.connect().into_future())).await;
        for db in databases {
            assert!(db.unwrap().table_names().await.unwrap().is_empty());
        }
    }
}
