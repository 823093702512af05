//! Every operation works on a table in a namespace.

use std::time::Duration;

use datus_store::{Database, ErrorKind, Maintenance, Store};

use super::{Catalog, MANAGED, Page, contents, page, pages, rows};
use crate::support::models::Toy;

/// Creates a table, runs every operation on it, and drops it.
async fn run(catalog: &Catalog) {
    let db = catalog.unmaintained().await;
    assert!(db.table_names().await.unwrap().is_empty());
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    let mut expected = pages(0..300);
    assert_eq!(store.add(&expected).await.unwrap().rows, 300);

    let upserted = store.upsert([page(7, "second"), page(300, "second"), page(8, "first")]).await.unwrap();
    assert_eq!((upserted.inserted, upserted.updated, upserted.unchanged), (1, 1, 1));
    expected[7] = page(7, "second");
    expected.push(page(300, "second"));
    let odd: Vec<Page> = expected.iter().filter(|row| row.id % 2 == 1 && row.id > 20).cloned().collect();
    assert_eq!(store.sync(&odd).within(|t| t.site.eq("odd")).await.unwrap().deleted, 10);
    expected.retain(|row| row.id % 2 == 0 || row.id > 20);
    assert_eq!(store.update().filter(|t| t.id.lt(10)).set(|t| t.text, "9 9 9 third").await.unwrap().rows, 5);
    expected.iter_mut().filter(|row| row.id < 10).for_each(|row| row.text = "9 9 9 third".to_owned());
    assert_eq!(store.delete().filter(|t| t.id.ge(290)).await.unwrap(), 11);
    expected.retain(|row| row.id < 290);
    assert_eq!(rows(&store, 1.0).await, expected);

    store.tag("before").await.unwrap();
    let first = store.version().await.unwrap();
    store.create_indexes().samples(4).await.unwrap();
    assert_eq!(store.search("100 0 1").first().await.unwrap().unwrap().record.id, 100);
    assert_eq!(store.search("third").full_text().await.unwrap().len(), 5);
    assert_eq!(store.search("100 0 1 first").hybrid().limit(5).await.unwrap().len(), 5);
    assert_eq!(store.get(100).await.unwrap(), Some(page(100, "first")));
    assert!(store.health().await.unwrap().indexes.iter().all(|index| index.unindexed_rows == 0));
    store.upsert(pages(1000..1020)).await.unwrap();
    expected.extend(pages(1000..1020));
    assert_eq!(store.changes().since(first).await.unwrap().collect().await.unwrap().len(), 20);

    let done = store.reembed(Toy::named("other", 10.0)).await.unwrap();
    assert_eq!(done.rows, expected.len());
    assert_eq!(rows(&store, 10.0).await, expected);
    store.optimize().keep_versions(Duration::ZERO).await.unwrap();
    assert_eq!(store.at("before").await.unwrap().count().await.unwrap(), expected.len() - 20);
    assert_eq!(store.at(first + 1).await.unwrap_err().kind(), ErrorKind::Expired);

    let again: Store<Page> = catalog.unmaintained().await.store(Toy::named("other", 10.0)).await.unwrap();
    assert_eq!(rows(&again, 10.0).await, expected);
    assert_eq!(again.search("100 0 1").first().await.unwrap().unwrap().record.id, 100);
    assert_eq!(db.table_names().await.unwrap(), ["pages"]);
    drop_and_create_again(catalog, &db, &store).await;
}

async fn drop_and_create_again(catalog: &Catalog, db: &Database, opened: &Store<Page>) {
    db.drop_table("pages").await.unwrap();
    assert!(db.table_names().await.unwrap().is_empty());
    let left: Vec<String> =
        contents(catalog.folder()).into_iter().filter(|name| name != "__manifest").collect();
    assert_eq!(left, Vec::<String>::new());
    assert_eq!(db.drop_table("pages").await.unwrap_err().kind(), ErrorKind::TableNotFound);
    assert_eq!(opened.count().await.unwrap_err().kind(), ErrorKind::TableNotFound);
    assert_eq!(opened.add(pages(0..1)).await.unwrap_err().kind(), ErrorKind::TableNotFound);
    assert!(!db.plan::<Page>(Toy::new()).await.unwrap().steps().is_empty());

    let made: Store<Page> = db.store(Toy::new()).await.unwrap();
    made.add(pages(0..3)).await.unwrap();
    assert_eq!(rows(&made, 1.0).await, pages(0..3));
    let error = opened.add(pages(5..6)).await.unwrap_err();
    assert!(matches!(error.kind(), ErrorKind::TableNotFound | ErrorKind::TableChanged), "{error:?}");
    assert_eq!(made.count().await.unwrap(), 3);
}

#[tokio::test]
async fn every_operation_works_through_a_dir() {
    run(&Catalog::dir(&[])).await;
}

#[tokio::test]
async fn every_operation_works_through_a_dir_that_does_not_list_its_folder() {
    run(&Catalog::dir(&[("dir_listing_enabled", "false")])).await;
}

#[tokio::test]
async fn every_operation_works_through_a_dir_without_a_catalog() {
    run(&Catalog::dir(&[("manifest_enabled", "false")])).await;
}

#[tokio::test]
async fn every_operation_works_through_a_nested_dir() {
    run(&Catalog::dir(&[]).nested(&["sales", "emea"])).await;
}

#[tokio::test]
async fn every_operation_works_through_a_dir_that_manages_versions() {
    run(&Catalog::dir(&[MANAGED])).await;
}

#[tokio::test]
async fn every_operation_works_through_rest() {
    run(&Catalog::rest(&[]).await).await;
}

#[tokio::test]
async fn every_operation_works_through_nested_rest() {
    run(&Catalog::rest(&[]).await.nested(&["sales", "emea"])).await;
}

#[tokio::test]
async fn every_operation_works_through_rest_that_manages_versions() {
    run(&Catalog::rest(&[MANAGED]).await.nested(&["sales"])).await;
}

#[tokio::test]
async fn every_operation_works_in_a_folder_whose_name_has_a_space() {
    let catalog = Catalog::dir(&[]).nested(&["sales"]);
    let folder = catalog.folder().join("a lake 100%");
    let db = super::dir(&folder, &[]).namespace(["sales"]).maintenance(Maintenance::off()).await.unwrap();
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    store.add(pages(0..5)).await.unwrap();
    store.upsert([page(3, "second")]).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 5);
    let again: Store<Page> = db.store(Toy::new()).await.unwrap();
    assert_eq!(again.get(3).await.unwrap(), Some(page(3, "second")));
    db.drop_table("pages").await.unwrap();
    assert_eq!(contents(&folder), ["__manifest"]);
}

#[tokio::test]
async fn tables_at_the_root_of_a_dir_are_those_of_the_folder() {
    let catalog = Catalog::dir(&[]);
    let db = catalog.unmaintained().await;
    let plain = Database::connect(catalog.folder()).maintenance(Maintenance::off()).await.unwrap();
    let store: Store<Page> = plain.store(Toy::new()).await.unwrap();
    store.add(pages(0..3)).await.unwrap();
    assert_eq!(db.table_names().await.unwrap(), ["pages"]);
    let through: Store<Page> = db.store(Toy::new()).await.unwrap();
    assert_eq!(rows(&through, 1.0).await, pages(0..3));

    // A drop through the namespace, whose catalog has no entry for the table.
    db.drop_table("pages").await.unwrap();
    assert_eq!(contents(catalog.folder()), ["__manifest"]);
    assert_eq!(store.count().await.unwrap_err().kind(), ErrorKind::TableNotFound);

    // A drop without the namespace, whose catalog keeps an entry for the table.
    let through: Store<Page> = db.store(Toy::new()).await.unwrap();
    through.add(pages(0..4)).await.unwrap();
    plain.drop_table("pages").await.unwrap();
    assert_eq!(through.count().await.unwrap_err().kind(), ErrorKind::TableNotFound);
    assert!(db.table_names().await.unwrap().is_empty());
    let drops = std::fs::metadata(catalog.folder().join(".datus-drops.pages")).unwrap();
    assert_eq!(drops.len(), 2, "both drops are counted");
    let through: Store<Page> = db.store(Toy::new()).await.unwrap();
    assert_eq!(through.count().await.unwrap(), 0);
    assert_eq!(plain.table_names().await.unwrap(), ["pages"]);
}

/// Tests the state that a program leaves if it exits between the declaration of a table and its first version.
#[tokio::test]
async fn a_table_that_was_only_declared_is_not_listed_and_can_be_created_or_dropped() {
    let catalog = Catalog::dir(&[]);
    let db = catalog.unmaintained().await;
    let declare = || {
        std::fs::create_dir(catalog.folder().join("pages.lance")).unwrap();
        std::fs::write(catalog.folder().join("pages.lance/.lance-reserved"), "reserved").unwrap();
    };
    declare();
    assert!(db.table_names().await.unwrap().is_empty());
    assert_eq!(db.describe("pages").await.unwrap_err().kind(), ErrorKind::TableNotFound);
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    store.add(pages(0..3)).await.unwrap();
    assert_eq!(db.table_names().await.unwrap(), ["pages"]);
    db.drop_table("pages").await.unwrap();

    declare();
    assert_eq!(db.drop_table("pages").await.unwrap_err().kind(), ErrorKind::TableNotFound);
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 0);
}

#[tokio::test]
async fn a_dir_can_be_in_shared_memory() {
    let root = [("root", "shared-memory://lake")];
    let db = Database::connect_namespace("dir", root).namespace(["sales"]).await.unwrap();
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    store.add(pages(0..30)).await.unwrap();
    let other = Database::connect_namespace("dir", root).namespace(["sales"]).await.unwrap();
    let store: Store<Page> = other.store(Toy::new()).await.unwrap();
    store.upsert(pages(20..40)).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 40);
    other.drop_table("pages").await.unwrap();
    assert!(db.table_names().await.unwrap().is_empty());
}
