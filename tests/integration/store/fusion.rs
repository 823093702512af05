//! The default order of a hybrid search: a convex combination of the normalized scores of both legs.

use datus_store::model::{HashingModel, ModelFor, ModelTag};
use datus_store::rerank::ConvexCombination;
use datus_store::{Embedding, EmbeddingRecord, Hit, Store};

use super::memory;
use crate::support::models::Toy;

struct Hashing64;

impl ModelTag for Hashing64 {
    const ID: &'static str = HashingModel::ID;
    const DIMENSION: usize = 64;
}

impl ModelFor<Hashing64> for HashingModel {}

/// The same text in one column for each metric, and numbers that a different model embeds.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Note {
    #[datus(key)]
    id: i64,
    #[datus(embed(column = "cosine_vector", model = Hashing64, metric = cosine), fts)]
    text: String,
    #[datus(embed(column = "l2_vector", model = Hashing64, metric = l2))]
    same: String,
    #[datus(embed(column = "dot_vector", model = Hashing64, metric = dot))]
    again: String,
    #[datus(embed(column = "toy_vector", metric = cosine))]
    numbers: String,
}

async fn notes() -> Store<Note> {
    let texts = [
        ("tomato soup with basil", "1 0 0"),
        ("a salad of tomatoes", "1 1 0"),
        ("soup of the day", "0 1 0"),
        ("bread and butter", "1 2 1"),
        ("soup soup soup", "0 0 1"),
    ];
    let row = |(id, (text, numbers)): (i64, (&str, &str))| Note {
        id,
        text: text.to_owned(),
        same: text.to_owned(),
        again: text.to_owned(),
        numbers: numbers.to_owned(),
    };
    let store: Store<Note> = memory().await.store((HashingModel::new(64), Toy::new())).await.unwrap();
    store.add((1..).zip(texts).map(row)).await.unwrap();
    store.create_indexes().await.unwrap();
    store
}

/// Asserts that the scores follow the formula, where `cosine` converts a distance to a cosine.
fn assert_combined(hits: &[Hit<Note>], weight: f32, cosine: fn(f32) -> f32) {
    let cosines = || hits.iter().filter_map(Hit::distance).map(cosine);
    let last = cosines().fold(f32::INFINITY, f32::min);
    let words = |hit: &Hit<Note>| hit.explain().full_text.map_or(0.0, |leg| leg.score);
    let best = hits.iter().map(words).fold(0.0, f32::max);
    assert!(best > 0.0 && hits.len() == 5 && cosines().count() == 5, "{hits:?}");
    for hit in hits {
        let near = (cosine(hit.distance().unwrap()) - last) / (1.0 - last);
        let expected = weight * near + (1.0 - weight) * words(hit) / best;
        let explained = hit.explain();
        assert!((hit.score.value() - expected).abs() < 1e-4, "{expected}, but {explained}");
    }
    assert!(hits.windows(2).all(|pair| pair[0].score.value() >= pair[1].score.value()));
}

#[tokio::test]
async fn the_model_of_the_searched_column_decides_the_weight() {
    let store = notes().await;
    let lexical = store.vector(|v| v.text).search("tomato soup").hybrid().await.unwrap();
    assert_combined(&lexical, ConvexCombination::LEXICAL, |distance| 1.0 - distance);
    let neural = store.vector(|v| v.numbers).search("1 1 1").hybrid().text_query(|t| t.text.matches("soup"));
    assert_combined(&neural.await.unwrap(), ConvexCombination::NEURAL, |distance| 1.0 - distance);
    let chosen = store.vector(|v| v.text).search("tomato soup").hybrid().rerank(ConvexCombination::new(0.1));
    assert_combined(&chosen.await.unwrap(), 0.1, |distance| 1.0 - distance);
}

#[tokio::test]
async fn unit_vectors_have_the_same_scores_in_each_metric() {
    let store = notes().await;
    let cosine = store.vector(|v| v.text).search("tomato soup").hybrid().await.unwrap();
    let l2 = store.vector(|v| v.same).search("tomato soup").hybrid().await.unwrap();
    let dot = store.vector(|v| v.again).search("tomato soup").hybrid().await.unwrap();
    assert_combined(&l2, ConvexCombination::LEXICAL, |distance| 1.0 - distance / 2.0);
    assert_combined(&dot, ConvexCombination::LEXICAL, |distance| 1.0 - distance);
    let ids = |hits: &[Hit<Note>]| hits.iter().map(|hit| hit.record.id).collect::<Vec<_>>();
    assert_eq!((ids(&l2), ids(&dot)), (ids(&cosine), ids(&cosine)));
}

#[tokio::test]
async fn a_query_vector_of_another_length_is_scaled_by_the_first_and_the_last_row() {
    let store = notes().await;
    let double =
        HashingModel::new(64).vector("tomato soup").iter().map(|value| value * 2.0).collect::<Vec<_>>();
    let vector = Embedding::<Hashing64>::new(double).unwrap();
    let hits = store.vector(|v| v.same).search(("bread", vector)).hybrid().await.unwrap();
    let near = |hit: &Hit<Note>| hit.explain().nearest.map(|leg| leg.rank);
    let first = hits.iter().find(|hit| near(hit) == Some(1)).unwrap();
    let last = hits.iter().find(|hit| near(hit) == Some(5)).unwrap();
    let words = |hit: &Hit<Note>| if hit.record.id == 4 { 1.0 - ConvexCombination::LEXICAL } else { 0.0 };
    assert!(
        (first.score.value() - ConvexCombination::LEXICAL - words(first)).abs() < 1e-5,
        "{}",
        first.explain()
    );
    assert!((last.score.value() - words(last)).abs() < 1e-5, "{}", last.explain());
}

#[tokio::test]
async fn the_weight_of_a_wrapped_model_is_that_of_the_model() {
    use datus_store::model::EmbeddingModelExt;

    #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
    struct Page {
        #[datus(key)]
        id: i64,
        #[datus(embed, fts)]
        text: String,
    }

    let model = HashingModel::new(64).truncated(32).unwrap().with_prefixes("", "").unwrap().cached(10);
    let store: Store<Page> = memory().await.store(model).await.unwrap();
    store.add([Page { id: 1, text: "soup".to_owned() }]).await.unwrap();
    store.create_indexes().await.unwrap();
    let hits = store.search("soup").hybrid().await.unwrap();
    // The only row is a copy of the query.
    assert!((hits[0].score.value() - 1.0).abs() < 1e-5, "{}", hits[0].explain());
    let hits = store.search("tea").hybrid().text_query(|t| t.text.matches("soup")).await.unwrap();
    let words = 1.0 - ConvexCombination::LEXICAL;
    assert!((hits[0].score.value() - words).abs() < 1e-5, "{}", hits[0].explain());
}
