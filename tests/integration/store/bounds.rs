//! Numbers at the limits of their types, in every kind of search.

use std::ops::Bound;

use datus_store::query::Fuzzy;
use datus_store::rerank::Rrf;
use datus_store::{Embedding, EmbeddingRecord, Error, ErrorKind, Store};

use super::full_text::{Recipe, at, ids, index, recipe, recipes_of};
use super::{line, memory, notes_of};
use crate::support::cloud::Cloud;
use crate::support::models::Toy;

fn assert_refused<T: std::fmt::Debug>(result: Result<T, Error>, message: &str) {
    let error = result.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
    assert!(error.message().contains(message), "{error}");
}

async fn thirty() -> Store<Recipe> {
    let rows: Vec<Recipe> =
        (0..30).map(|id| recipe(id, "tomato soup", &format!("{id} 0 1 tomato"))).collect();
    recipes_of(&rows).await
}

// fault 15
#[tokio::test]
async fn limits_and_offsets_of_any_size_are_accepted() {
    let store = thirty().await;
    for (limit, offset, rows) in [
        (usize::MAX, 0, 30),
        (usize::MAX, usize::MAX, 0),
        (usize::MAX, 4, 26),
        (usize::MAX - 1, 1, 29),
        (5, usize::MAX, 0),
        (1 << 63, 1 << 63, 0),
        (1 << 40, 29, 1),
    ] {
        let say = format!("limit {limit}, offset {offset}");
        let all = || store.search_all().limit(limit).offset(offset);
        assert_eq!(all().await.unwrap().len(), rows, "{say}");
        assert_eq!(all().order_by(|t| t.id.desc()).await.unwrap().len(), rows, "{say}");
        assert_eq!(all().filter(|t| t.id.ge(0)).count().await.unwrap(), rows, "{say}");
        assert_eq!(all().count().await.unwrap(), rows, "{say}");
        let near = || store.search(at(1.0)).limit(limit).offset(offset);
        assert_eq!(near().await.unwrap().len(), rows, "{say}");
        assert_eq!(near().exact().await.unwrap().len(), rows, "{say}");
        assert_eq!(near().count().await.unwrap(), rows, "{say}");
        near().explain().await.unwrap();
        let words = || store.search_text(|t| t.title.matches("tomato")).limit(limit).offset(offset);
        assert_eq!(words().await.unwrap().len(), rows, "{say}");
        assert_eq!(words().count().await.unwrap(), rows, "{say}");
        assert_eq!(words().rerank(Rrf::default()).await.unwrap().len(), rows, "{say}");
        let both = || store.search(("tomato", at(1.0))).hybrid().limit(limit).offset(offset);
        assert_eq!(both().await.unwrap().len(), rows, "{say}");
        assert_eq!(both().count().await.unwrap(), rows, "{say}");
        both().explain().await.unwrap();
        assert_eq!(both().candidates(usize::MAX).await.unwrap().len(), rows, "{say}");
    }
    let page = store.search_all().page(usize::MAX).await.unwrap();
    assert_eq!((page.items.len(), page.next), (30, None));
    let page = store.search_all().order_by(|t| t.id.desc()).page(usize::MAX).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].id), (30, 29));
}

// fault 15
#[tokio::test]
async fn a_table_without_rows_takes_limits_of_any_size() {
    let store = recipes_of(&[]).await;
    assert!(store.search_all().limit(usize::MAX).offset(usize::MAX).await.unwrap().is_empty());
    assert!(
        store.search(at(1.0)).limit(usize::MAX).nprobes(usize::MAX).ef(usize::MAX).await.unwrap().is_empty()
    );
    assert!(store.search(("tomato", at(1.0))).hybrid().limit(usize::MAX).await.unwrap().is_empty());
    assert!(store.search_all().page(usize::MAX).await.unwrap().items.is_empty());
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "points")]
struct Point {
    #[datus(key)]
    id: i64,
    #[datus(embed(index = ivf_pq, metric = l2))]
    text: String,
}

// fault 15
#[tokio::test]
async fn settings_of_a_measured_index_of_any_size_find_the_rows() {
    let store: Store<Point> = memory().await.store(Cloud::new()).await.unwrap();
    store.add((0..600).map(|id| Point { id, text: format!("point {id}") })).await.unwrap();
    store.create_indexes().await.unwrap();
    let query = || store.search("question 7");
    for search in [
        query(),
        query().filter(|t| t.id.ge(0)),
        query().nprobes(usize::MAX),
        query().minimum_nprobes(usize::MAX),
        query().maximum_nprobes(usize::MAX),
        query().refine_factor(u32::MAX),
        query().ef(usize::MAX),
        query().refine_factor(u32::MAX).ef(usize::MAX).nprobes(usize::MAX),
    ] {
        assert_eq!(search.limit(usize::MAX).await.unwrap().len(), 600);
    }
    let few = query().refine_factor(u32::MAX).ef(usize::MAX).nprobes(usize::MAX).limit(3).await.unwrap();
    assert_eq!(few, query().exact().limit(3).await.unwrap());
}

// fault 15
#[tokio::test]
async fn a_range_of_distances_without_a_number_is_an_error_that_says_so() {
    let store = notes_of(&line(10)).await;
    let search = || store.search("0 0 1");
    let infinite = f32::INFINITY;
    assert_refused(search().distance_range(f32::NAN..).await, "not a finite number");
    assert_refused(search().distance_range(..f32::NAN).await, "not a finite number");
    assert_refused(search().distance_range(0.0..=f32::NAN).count().await, "not a finite number");
    assert_refused(search().distance_range(-infinite..1.0).await, "not a finite number");
    assert_refused(search().distance_range(0.0..infinite).explain().await, "not a finite number");
    assert_refused(search().distance_range(5.0..1.0).await, "empty");
    assert_refused(search().distance_range(1.0..1.0).first().await, "empty");
    assert_refused(search().distance_range((Bound::Excluded(f32::MAX), Bound::Unbounded)).await, "empty");
    assert_eq!(search().distance_range(1.0..=1.0).count().await.unwrap(), 1);
    assert_eq!(search().distance_range(f32::MIN..=f32::MAX).count().await.unwrap(), 10);
    // The range `1 < distance <= 4` excludes its start.
    assert_eq!(
        search().distance_range((Bound::Excluded(1.0), Bound::Included(4.0))).count().await.unwrap(),
        1
    );
    let kitchen = thirty().await;
    assert_refused(kitchen.search(("tomato", at(1.0))).hybrid().distance_range(5.0..1.0).await, "empty");
    // Only the first mistake is reported.
    assert_refused(search().distance_range(5.0..1.0).distance_range(f32::NAN..).await, "empty");
}

// fault 15
#[tokio::test]
async fn a_phrase_with_any_slop_is_found() {
    let store = recipes_of(&[
        recipe(1, "Soup", "1 0 1 tomato soup of the day"),
        recipe(2, "Bread", "2 0 1 day after tomato"),
    ])
    .await;
    let newer = recipes_of(&[recipe(3, "Bread", "3 0 1 flour")]).await;
    newer.add([recipe(1, "Soup", "1 0 1 tomato soup of the day")]).await.unwrap();
    for slop in [100, 1 << 20, (1 << 31) - 1, 1 << 31, (1 << 31) + 1, u32::MAX - 1, u32::MAX] {
        let found = |store: &Store<Recipe>| store.search_text(|t| t.body.phrase_within("tomato day", slop));
        assert_eq!(ids(&found(&store).await.unwrap()), [1], "{slop}");
        assert_eq!(ids(&found(&newer).await.unwrap()), [1], "{slop}");
    }
}

// fault 15
#[tokio::test]
async fn fuzzy_matching_accepts_the_range_that_the_error_names() {
    let store = thirty().await;
    let fuzzy = |words: &str, fuzzy: Fuzzy| store.search_text(|t| t.title.fuzzy(words, fuzzy));
    for distance in [3, 255, 256, u32::MAX] {
        assert_refused(fuzzy("tomata", Fuzzy::new(distance)).await, "from 0 to 2");
    }
    for expansions in [0, 10_001, usize::MAX] {
        assert_refused(
            fuzzy("tomata", Fuzzy::new(1).with_max_expansions(expansions)).await,
            "1 to 10000 words",
        );
    }
    assert_eq!(fuzzy("tomata", Fuzzy::new(1).with_max_expansions(10_000)).count().await.unwrap(), 10);
    assert!(fuzzy("tomata", Fuzzy::new(1).with_prefix_length(u32::MAX)).await.unwrap().is_empty());
    for (letter, distance, longest) in
        [("a", 1, 255), ("a", 2, 49), ("é", 1, 255), ("語", 2, 49), ("🄰", 2, 49)]
    {
        assert!(fuzzy(&letter.repeat(longest), Fuzzy::new(distance)).await.unwrap().is_empty());
        let long: String = ('a'..='z').cycle().take(longest).collect();
        assert!(fuzzy(&long, Fuzzy::new(distance)).await.unwrap().is_empty());
        assert_refused(fuzzy(&"a".repeat(longest + 1), Fuzzy::new(distance)).await, "letters");
    }
}

#[tokio::test]
async fn boosts_are_finite_and_not_negative() {
    let store = thirty().await;
    for boost in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY, -1.0, f32::MIN, f32::MAX, 2e6] {
        assert_refused(
            store.search_text(|t| t.title.boost(boost).matches("soup")).await,
            "from 0 to 1048576",
        );
        let demoted =
            |t: datus_store::query::TextCol<Recipe>| t.matches("soup").demote(t.matches("tomato"), boost);
        assert_refused(store.search_text(|t| demoted(t.title)).await, "from 0 to 1048576");
    }
    for boost in [0.0, -0.0, f32::MIN_POSITIVE, 1e-45, 1_048_576.0] {
        let found = store.search_text(|t| t.title.boost(boost).matches("soup")).await.unwrap();
        assert!(found.iter().all(|hit| hit.score.value().is_finite()), "{boost}");
        let demoted = store
            .search_text(|t| t.title.matches("soup").demote(t.body.matches("tomato"), boost))
            .await
            .unwrap();
        assert_eq!(demoted.len(), 10, "{boost}");
        assert!(demoted.iter().all(|hit| hit.score.value().is_finite()), "{boost}");
    }
}

#[tokio::test]
async fn a_query_text_can_have_the_length_that_the_error_names() {
    let store = thirty().await;
    let text = |bytes: usize| "soup ".repeat(bytes / 5);
    let many: String = (0..20_000).map(|word| format!("w{word} ")).chain(["soup".to_owned()]).collect();
    for words in [text(1 << 20), many] {
        store.search_text(|t| t.all().matches(words.as_str())).await.unwrap();
    }
    assert_refused(store.search_text(|t| t.all().matches("a".repeat((1 << 20) + 1))).await, "1 MiB");
    // The word is longer than any word in an index.
    assert_refused(store.search_text(|t| t.all().matches("a".repeat(1 << 20))).await, "no indexed words");
    assert_refused(store.search_text(|t| t.body.phrase(text(2 << 20))).await, "1 MiB");
}

#[tokio::test]
async fn a_vector_with_a_value_that_is_not_finite_is_refused() {
    let store = notes_of(&line(3)).await;
    for value in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
        let error = store.search(Embedding::of(Toy::ID, [1.0, value, 0.0])).await.unwrap_err();
        assert_eq!(
            (error.kind(), error.help()),
            (ErrorKind::InvalidInput, Some("every value must be finite"))
        );
    }
}

#[tokio::test]
async fn a_search_without_an_index_takes_settings_of_any_size() {
    let store: Store<Recipe> = memory().await.store(Toy::new()).await.unwrap();
    store.add([recipe(1, "Soup", "1 0 1 tomato")]).await.unwrap();
    index(&store).await;
    let search = store.search(at(1.0)).nprobes(usize::MAX).refine_factor(u32::MAX).ef(usize::MAX);
    assert_eq!(ids(&search.limit(usize::MAX).await.unwrap()), [1]);
    for nothing in [
        store.search(at(1.0)).minimum_nprobes(0),
        store.search(at(1.0)).minimum_nprobes(usize::MAX).maximum_nprobes(1),
    ] {
        assert_eq!(nothing.await.unwrap_err().kind(), ErrorKind::InvalidInput);
    }
}
