//! Pages of a hybrid search contain each row once, in the same order each time.

use datus_store::rerank::Rrf;
use datus_store::{EmbeddingRecord, Store};

use super::full_text::{Recipe, at, ids, index, recipe, recipes_of};
use super::memory;
use crate::support::models::Toy;

/// Returns rows. Some are near the query, some contain its words, and many are tied with others in both respects.
fn rows(length: i64) -> Vec<Recipe> {
    let mut random = fastrand::Rng::with_seed(7);
    let row = |id: i64| {
        let (place, words) =
            (random.i64(0..12), ["tomato", "tomato soup", "soup", "bread"][random.usize(0..4)]);
        recipe(id, words, &format!("{place} 0 1 {words}"))
    };
    (0..length).map(row).collect()
}

async fn page(store: &Store<Recipe>, limit: usize, offset: usize) -> Vec<i64> {
    let hits =
        store.search(("tomato", at(3.0))).hybrid().candidates(8).limit(limit).offset(offset).await.unwrap();
    ids(&hits)
}

#[tokio::test]
async fn pages_of_any_length_have_each_row_once() {
    let store = recipes_of(&rows(90)).await;
    let mut whole = page(&store, 1000, 0).await;
    assert_eq!(whole.len(), 90);
    for limit in [1, 10, 40] {
        let mut paged: Vec<i64> = Vec::new();
        let mut offset = 0;
        loop {
            let rows = page(&store, limit, offset).await;
            paged.extend(&rows);
            offset += limit;
            if rows.len() < limit || (limit == 1 && offset > 12) {
                break;
            }
        }
        assert_eq!(paged, whole[..paged.len()], "pages of {limit}");
        assert!(limit == 1 || paged.len() == 90, "pages of {limit}: {}", paged.len());
    }
    whole.sort_unstable();
    assert_eq!(whole, (0..90).collect::<Vec<_>>());
    assert!(page(&store, 10, 90).await.is_empty());
    assert!(page(&store, 0, 0).await.is_empty());
}

#[tokio::test]
async fn a_limit_may_exceed_the_number_of_rows() {
    let store = recipes_of(&rows(30)).await;
    assert_eq!(store.search(("tomato", at(3.0))).hybrid().limit(usize::MAX).await.unwrap().len(), 30);
    let tomato = |limit| store.search("tomato").full_text().limit(limit);
    let found = tomato(1000).await.unwrap();
    assert_eq!(tomato(usize::MAX).await.unwrap(), found);
    assert_eq!(tomato(usize::MAX).offset(2).await.unwrap()[0], found[2]);
    assert_eq!(tomato(usize::MAX).count().await.unwrap(), found.len());
    assert_eq!(
        store.search("tomato").full_text().rerank(Rrf::default()).limit(usize::MAX).count().await.unwrap(),
        found.len()
    );
}

#[tokio::test]
async fn equal_rows_come_in_the_order_of_their_keys() {
    let rows: Vec<Recipe> = [5, 3, 9, 1, 7, 2].map(|id| recipe(id, "soup", "1 0 1 tomato")).to_vec();
    let store = recipes_of(&rows).await;
    assert_eq!(ids(&store.search(("tomato", at(0.0))).hybrid().await.unwrap()), [1, 2, 3, 5, 7, 9]);
    assert_eq!(ids(&store.search(("tomato", at(0.0))).hybrid().limit(2).offset(1).await.unwrap()), [2, 3]);
    let selected = store.search(("tomato", at(0.0))).hybrid().select(|t| t.title).limit(3).await.unwrap();
    assert_eq!(selected.len(), 3);
    assert_eq!(
        ids(&store.search(("tomato", at(0.0))).rerank(Rrf::default()).limit(3).await.unwrap()),
        [1, 2, 3]
    );
}

/// The order does not depend on the storage: the same rows are written in a different order and in different commits.
#[tokio::test]
async fn the_order_is_the_same_in_a_copy_of_the_table() {
    let mut shuffled = rows(90);
    let one = recipes_of(&shuffled).await;
    fastrand::Rng::with_seed(3).shuffle(&mut shuffled);
    let other: Store<Recipe> = memory().await.store(Toy::new()).await.unwrap();
    for part in shuffled.chunks(20) {
        other.add(part).await.unwrap();
    }
    index(&other).await;
    let found = |store: Store<Recipe>| async move {
        ids(&store.search(("tomato", at(3.0))).hybrid().candidates(200).limit(90).await.unwrap())
    };
    assert_eq!(found(one).await, found(other).await);
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "parts", key(page, part))]
struct Part {
    page: String,
    part: i32,
    #[datus(embed(metric = l2), fts)]
    text: String,
}

#[tokio::test]
async fn keys_of_several_columns_break_ties_in_their_order() {
    use datus_store::lancedb::index::{Index, scalar::FtsIndexBuilder};
    let store: Store<Part> = memory().await.store(Toy::new()).await.unwrap();
    let part = |page: &str, part| Part { page: page.to_owned(), part, text: "1 0 0 word".to_owned() };
    store.add([part("b", 1), part("a", 2), part("b", -1), part("a", 10)]).await.unwrap();
    store
        .as_lancedb()
        .create_index(&["text"], Index::FTS(FtsIndexBuilder::default()))
        .execute()
        .await
        .unwrap();
    let hits = store.search("0 0 0 word").hybrid().select(|t| (t.page, t.part)).await.unwrap();
    let found: Vec<_> = hits.into_iter().map(|hit| hit.record).collect();
    let expected = [("a", 2), ("a", 10), ("b", -1), ("b", 1)].map(|(page, part)| (page.to_owned(), part));
    assert_eq!(found, expected);
}

/// The engine returns rows with equal scores in any order. If a page ends among them, their order by key decides which rows
/// it contains.
#[tokio::test]
async fn full_text_pages_that_end_among_equal_rows_end_by_their_keys() {
    let mut rows = rows(90);
    fastrand::Rng::with_seed(11).shuffle(&mut rows);
    let store = recipes_of(&rows).await;
    let page = async |limit, offset| {
        ids(&store.search_text(|t| t.title.matches("tomato")).limit(limit).offset(offset).await.unwrap())
    };
    let words = |id: &i64| rows.iter().find(|row| row.id == *id).map(|row| row.title.clone()).unwrap();
    let whole = page(1000, 0).await;
    // Two distinct texts contain the word, and the shorter one scores higher, so there are two runs of equal scores.
    let mut expected = whole.clone();
    expected.sort_by_key(|id| (words(id) != "tomato", *id));
    assert_eq!(whole, expected);
    for limit in [1, 4, 7, 23] {
        for offset in (0..whole.len()).step_by(limit) {
            let end = (offset + limit).min(whole.len());
            assert_eq!(page(limit, offset).await, whole[offset..end], "{limit} rows from {offset}");
        }
    }
}
