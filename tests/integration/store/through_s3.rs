//! Tables at `s3://`, on a server that the tests start: every operation, with and without faults.

mod check;
mod created;
mod lost;
mod reembedded;
mod secrets;

use datus_store::{Database, EmbeddingRecord, Maintenance, Store};

use crate::support::models::{Toy, vector};
use crate::support::s3::{Port, Server};

/// [`Toy`] maps the text `"1 2 3 word"` to the point (1, 2, 3).
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "pages")]
pub(super) struct Page {
    #[datus(key)]
    pub(super) id: i64,
    #[datus(index = bitmap)]
    pub(super) site: String,
    pub(super) views: i64,
    #[datus(embed(metric = l2), fts)]
    pub(super) text: String,
}

pub(super) fn page(id: i64, word: &str) -> Page {
    let site = if id % 2 == 0 { "even" } else { "odd" };
    Page { id, site: site.to_owned(), views: 0, text: format!("{id} 0 1 {word}") }
}

pub(super) fn pages(ids: impl IntoIterator<Item = i64>) -> Vec<Page> {
    ids.into_iter().map(|id| page(id, "first")).collect()
}

async fn connect(port: Port) -> Database {
    port.connect("a folder/b").maintenance(Maintenance::off()).await.unwrap()
}

async fn open(port: Port) -> Store<Page> {
    connect(port).await.store(Toy::new()).await.unwrap()
}

/// Returns all rows in ascending order of id, and asserts that each has the vector of its text times a factor.
async fn rows(store: &Store<Page>, factor: f32) -> Vec<Page> {
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    for row in &rows {
        let expected: Vec<f32> = vector(&row.record.text).iter().map(|value| value * factor).collect();
        assert_eq!(row.vector(), Some(&*expected), "{:?}", row.record);
    }
    rows.into_iter().map(|row| row.record).collect()
}

#[tokio::test]
async fn every_operation_works_through_s3() {
    let server = Server::start();
    let db = connect(server.port()).await;
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    let mut expected = pages(0..300);
    assert_eq!(store.add(&expected).await.unwrap().rows, 300);

    let upserted = store.upsert([page(7, "second"), page(300, "second"), page(8, "first")]).await.unwrap();
    assert_eq!((upserted.inserted, upserted.updated, upserted.unchanged), (1, 1, 1));
    expected[7] = page(7, "second");
    expected.push(page(300, "second"));

    let odd: Vec<Page> = expected.iter().filter(|row| row.id % 2 == 1 && row.id > 20).cloned().collect();
    let synced = store.sync(&odd).within(|t| t.site.eq("odd")).await.unwrap();
    assert_eq!((synced.deleted, synced.unchanged), (10, odd.len()));
    expected.retain(|row| row.id % 2 == 0 || row.id > 20);

    let updated = store.update().filter(|t| t.id.lt(10)).set(|t| t.text, "9 9 9 third").await.unwrap();
    assert_eq!((updated.rows, updated.embedded), (5, 1));
    expected.iter_mut().filter(|row| row.id < 10).for_each(|row| row.text = "9 9 9 third".to_owned());
    assert_eq!(store.update().filter(|t| t.id.eq(20)).set(|t| t.views, 5).await.unwrap().rows, 1);
    expected.iter_mut().filter(|row| row.id == 20).for_each(|row| row.views = 5);
    assert_eq!(store.delete().filter(|t| t.id.ge(290)).await.unwrap(), 11);
    expected.retain(|row| row.id < 290);
    assert_eq!(rows(&store, 1.0).await, expected);

    store.tag("before").await.unwrap();
    store.create_indexes().samples(4).await.unwrap();
    assert_eq!(store.search("100 0 1").first().await.unwrap().unwrap().record.id, 100);
    assert_eq!(store.search("third").full_text().await.unwrap().len(), 5);
    assert!(!store.search("100 0 1 first").hybrid().limit(5).await.unwrap().is_empty());
    assert_eq!(store.search_all().site("odd").count().await.unwrap(), 135);
    store.upsert(pages(1000..1020)).await.unwrap();
    expected.extend(pages(1000..1020));
    store.optimize().await.unwrap();
    assert_eq!(rows(&store, 1.0).await, expected);

    let done = store.reembed(Toy::named("other", 10.0)).await.unwrap();
    assert_eq!(done.rows, expected.len());
    assert_eq!(rows(&store, 10.0).await, expected);
    assert_eq!(store.at("before").await.unwrap().count().await.unwrap(), expected.len() - 20);
    let again: Store<Page> = connect(server.port()).await.store(Toy::named("other", 10.0)).await.unwrap();
    assert_eq!(rows(&again, 10.0).await, expected);

    assert_eq!(db.table_names().await.unwrap(), ["pages"]);
    assert!(
        server.keys().iter().all(|key| key.starts_with("bucket/a folder/b/pages.lance/")),
        "no lock files"
    );
    db.drop_table("pages").await.unwrap();
    assert_eq!((db.table_names().await.unwrap().len(), server.keys()), (0, Vec::new()));
}

/// Random bytes do not compress.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "blobs")]
struct Blob {
    #[datus(key)]
    id: i64,
    bytes: Vec<u8>,
}

#[tokio::test]
async fn a_large_file_is_written_in_parts() {
    let server = Server::start();
    let store: Store<Blob> = connect(server.port()).await.store(()).await.unwrap();
    let blob = |id| Blob { id, bytes: std::iter::repeat_with(|| fastrand::u8(..)).take(20_000).collect() };
    let blobs: Vec<Blob> = (0..600).map(blob).collect();
    store.add(&blobs).await.unwrap();
    assert_eq!(server.completed_uploads(), 1);
    assert_eq!(store.search_all().order_by(|t| t.id.asc()).await.unwrap(), blobs);
}
