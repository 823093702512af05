use chrono::{DateTime, NaiveDateTime, TimeDelta, Utc};
use datus_store::{EmbeddingRecord, ErrorKind, Store};

use super::memory;
use crate::support::models::Toy;

/// A row with the times of its creation and its last change.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "articles")]
struct Article {
    #[datus(key)]
    id: i64,
    #[datus(embed(metric = l2))]
    text: String,
    #[datus(created_at)]
    created: DateTime<Utc>,
    #[datus(updated_at, timestamp(ms))]
    updated: Option<NaiveDateTime>,
}

fn article(id: i64, text: &str) -> Article {
    Article { id, text: text.to_owned(), created: DateTime::UNIX_EPOCH, updated: None }
}

async fn only(store: &Store<Article>, id: i64) -> Article {
    store.search_all().id(id).first().await.unwrap().unwrap()
}

/// Returns the time of the last write of a row.
fn changed(article: &Article) -> NaiveDateTime {
    article.updated.expect("every row is stamped")
}

#[tokio::test]
async fn a_new_row_has_the_time_of_the_write_with_any_value_in_the_struct() {
    let store: Store<Article> = memory().await.store(Toy::new()).await.unwrap();
    let before = Utc::now();
    store.add([article(1, "1 0 0"), article(2, "2 0 0")]).await.unwrap();
    store.upsert([article(3, "3 0 0")]).await.unwrap();
    let after = Utc::now();
    for id in 1..=3 {
        let stored = only(&store, id).await;
        assert!((before..=after).contains(&stored.created), "{stored:?}");
        let difference = changed(&stored).and_utc() - stored.created;
        assert!(difference.abs() < TimeDelta::milliseconds(2), "{stored:?}");
    }
    assert_eq!(only(&store, 1).await.created, only(&store, 2).await.created, "one write has one time");
}

#[tokio::test]
async fn a_changed_row_keeps_its_creation_time() {
    let store: Store<Article> = memory().await.store(Toy::new()).await.unwrap();
    store.upsert([article(1, "1 0 0"), article(2, "2 0 0")]).await.unwrap();
    let (first, second) = (only(&store, 1).await, only(&store, 2).await);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;

    let done = store.upsert([article(1, "9 0 0"), article(2, "2 0 0")]).await.unwrap();
    assert_eq!((done.updated, done.unchanged), (1, 1));
    let written = only(&store, 1).await;
    assert_eq!(written.created, first.created);
    assert!(changed(&written) > changed(&first));
    assert_eq!(only(&store, 2).await, second, "a row that is not written is not stamped");
}

#[tokio::test]
async fn an_update_stamps_the_rows_it_touches() {
    let store: Store<Article> = memory().await.store(Toy::new()).await.unwrap();
    store.upsert([article(1, "1 0 0"), article(2, "2 0 0")]).await.unwrap();
    let (first, second) = (only(&store, 1).await, only(&store, 2).await);
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;

    store.update().filter(|t| t.id.eq(1)).set(|t| t.text, "7 0 0").await.unwrap();
    let written = only(&store, 1).await;
    assert_eq!((written.created, written.text.as_str()), (first.created, "7 0 0"));
    assert!(changed(&written) > changed(&first));
    assert_eq!(only(&store, 2).await, second);
}

#[tokio::test]
async fn a_stamp_can_be_filtered_and_ordered_by_but_not_set() {
    let store: Store<Article> = memory().await.store(Toy::new()).await.unwrap();
    store.add([article(1, "1 0 0")]).await.unwrap();
    let middle = Utc::now();
    tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    store.add([article(2, "2 0 0")]).await.unwrap();
    let newest = store.search_all().order_by(|t| t.created.desc()).first().await.unwrap().unwrap();
    assert_eq!(newest.id, 2);
    let old = store.search_all().filter(|t| t.created.le(middle)).await.unwrap();
    assert_eq!(old.iter().map(|article| article.id).collect::<Vec<_>>(), [1]);

    let error = store.update().all_rows().set(|t| t.created, middle).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("created")));
}
