//! Indexes that maintenance adds new rows to.

use datus_store::{Database, EmbeddingRecord, Maintenance, MaintenanceState, Store};

use super::super::indexes::{hnsw_sq, ivf_pq, ivf_rq, points};
use super::memory;
use super::until;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "articles")]
struct Article {
    #[datus(key, index)]
    id: i64,
    #[datus(index = bitmap)]
    shelf: String,
    #[datus(index = label_list)]
    tags: Vec<String>,
    #[datus(index = ngram)]
    code: String,
    #[datus(index = zone_map)]
    number: i64,
    #[datus(index = bloom)]
    word: String,
    #[datus(index = fm)]
    path: String,
    #[datus(fts)]
    text: String,
}

fn article(id: i64) -> Article {
    Article {
        id,
        shelf: format!("shelf {}", id % 3),
        tags: vec![format!("tag {}", id % 5), "all".to_owned()],
        code: format!("code-{}x", id % 7),
        number: id,
        word: format!("word {}", id % 11),
        path: format!("/a/{}/b", id % 13),
        text: format!("an article of subject{} and number{id}", id % 4),
    }
}

#[tokio::test]
async fn rows_that_an_index_does_not_cover_are_folded_in() {
    let store: Store<Article> = memory().await.store(()).await.unwrap();
    store.add((0..200).map(article)).await.unwrap();
    store.create_indexes().await.unwrap();
    store.add((200..300).map(article)).await.unwrap();
    assert!(store.health().await.unwrap().indexes.iter().all(|index| index.unindexed_rows == 100));
    store.add((300..1300).map(article)).await.unwrap();
    let health = until(&store, |health| health.indexes.iter().all(|index| index.unindexed_rows == 0)).await;
    assert_eq!(health.indexes.len(), 8);
    let health = until(&store, |health| health.maintenance.state == MaintenanceState::Idle).await;
    // A merge of the fragments makes the engine drop their rows from indexes that it cannot remap, which are then updated again.
    assert!(
        health.maintenance.last_done.as_ref().is_some_and(|done| done.rows_indexed >= 8 * 1100),
        "{health:?}"
    );
    assert_finds(&store, 1300).await;
}

/// Asserts that each index finds the rows `0..rows`.
async fn assert_finds(store: &Store<Article>, rows: i64) {
    let count = |is: fn(i64) -> bool| (0..rows).filter(|&id| is(id)).count();
    assert_eq!(store.get(rows - 1).await.unwrap(), Some(article(rows - 1)));
    assert_eq!(store.search_all().shelf("shelf 1").count().await.unwrap(), count(|id| id % 3 == 1));
    let tags = store.search_all().filter(|t| t.tags.contains("tag 2"));
    assert_eq!(tags.count().await.unwrap(), count(|id| id % 5 == 2));
    let code = store.search_all().filter(|t| t.code.contains("code-4x"));
    assert_eq!(code.count().await.unwrap(), count(|id| id % 7 == 4));
    let number = store.search_all().filter(|t| t.number.between(100, 119));
    assert_eq!(number.count().await.unwrap(), 20);
    assert_eq!(store.search_all().word("word 10").count().await.unwrap(), count(|id| id % 11 == 10));
    let path = store.search_all().filter(|t| t.path.contains("/12/"));
    assert_eq!(path.count().await.unwrap(), count(|id| id % 13 == 12));
    let text = store.search_text(|t| t.text.matches("subject3")).limit(10_000);
    assert_eq!(text.await.unwrap().len(), count(|id| id % 4 == 3));
    for id in [0, rows / 2, rows - 1] {
        let hits = store.search_text(|t| t.text.matches(format!("number{id}"))).await.unwrap();
        assert_eq!(hits.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), [id]);
    }
}

/// Segments are merged with new rows, and merged segments are merged again. The fragments that they cover are merged too.
#[tokio::test]
async fn indexes_that_are_folded_repeatedly_find_every_row() {
    let policy = Maintenance::new().index_threshold(50).compaction_fanout(2).max_load(1.0);
    let db = Database::connect("memory://").without_small_writes().maintenance(policy).await.unwrap();
    let store: Store<Article> = db.store(()).await.unwrap();
    store.add((0..300).map(article)).await.unwrap();
    store.create_indexes().await.unwrap();
    let mut rows = 300;
    for round in 0..6 {
        store.add((rows..rows + 60).map(article)).await.unwrap();
        rows += 60;
        let health =
            until(&store, |health| health.indexes.iter().all(|index| index.unindexed_rows == 0)).await;
        assert!(health.indexes.iter().all(|index| index.segments <= 3), "{health:?}");
        assert_finds(&store, rows).await;
        // The update writes the row again, and deletes the previous row, which is in the segment.
        store.upsert([article(round)]).await.unwrap();
    }
    until(&store, |health| health.maintenance.state == MaintenanceState::Idle && health.fragments <= 4).await;
    assert_finds(&store, rows).await;
}

/// The next merge of a merged index of quantized vectors must not damage it. lance#7731 describes such damage in
/// merges of segments that several machines built.
macro_rules! vectors_folded_again_and_again {
    ($($name:ident: $kind:ident;)+) => {$(
        #[tokio::test]
        async fn $name() {
            let policy = Maintenance::new().index_threshold(40).max_load(1.0);
            let db = Database::connect("memory://").without_small_writes().maintenance(policy).await.unwrap();
            let store: Store<$kind::Point> = points(&db, 0..300).await;
            store.create_indexes().recall(0.2).samples(5).await.unwrap();
            for round in 0..6 {
                let first = 300 + 50 * round;
                store.add((first..first + 50).map($kind::Point::from)).await.unwrap();
                until(&store, |health| health.indexes[0].unindexed_rows == 0).await;
            }
            let health = store.health().thorough().await.unwrap();
            assert!(health.indexes[0].indexed_rows == 600 && health.indexes[0].segments <= 3, "{health:?}");
            assert_eq!(health.indexes[0].damage, None);
            // The queries find both original and added rows.
            let mut found = [0, 0];
            for number in (0..600).step_by(15) {
                let seed = format!("point {number}");
                let through = store.search(seed.clone()).limit(10).nprobes(64).refine_factor(4).await.unwrap();
                let exact = store.search(seed).limit(10).exact().await.unwrap();
                let through: Vec<i64> = through.iter().map(|hit| hit.record.number).collect();
                let exact = exact.iter().map(|hit| hit.record.number);
                for hit in exact.filter(|number| through.contains(number)) {
                    found[usize::from(hit >= 300)] += 1;
                }
            }
            assert!(found.iter().all(|found| *found > 120) && found[0] + found[1] > 360, "{found:?} of 400");
        }
    )+};
}

vectors_folded_again_and_again! {
    a_pq_index_that_is_folded_again_and_again_finds_the_nearest: ivf_pq;
    an_rq_index_that_is_folded_again_and_again_finds_the_nearest: ivf_rq;
    an_hnsw_index_that_is_folded_again_and_again_finds_the_nearest: hnsw_sq;
}
