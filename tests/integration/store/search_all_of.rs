//! One question over several stores.

mod candidates;
mod errors;
mod random;
mod reranked;

use datus_store::rerank::Leg;
use datus_store::{Embedding, EmbeddingRecord, Hit, Metric, Of2, Of3, Score, Store, search_all_of};
use serde_json::json;

use super::full_text::{Recipe, recipe, recipes_of};
use super::{Note, line, memory, notes_of};
use crate::support::models::Toy;

/// A record with a different vector, and a scope.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "metrics")]
pub(super) struct Metrics {
    #[datus(scope)]
    pub(super) team: String,
    #[datus(key)]
    pub(super) id: i64,
    pub(super) path: String,
    #[datus(embed(metric = l2, template = "{text} {path}"))]
    pub(super) text: String,
}

pub(super) fn metric(team: &str, id: i64, text: &str) -> Metrics {
    Metrics { team: team.to_owned(), id, path: format!("path of {id}"), text: text.to_owned() }
}

pub(super) async fn kitchen() -> Store<Recipe> {
    recipes_of(&[
        recipe(1, "Tomato soup", "0 0 1 tomato"),
        recipe(2, "Salad", "1 0 1 cucumber and more and more"),
        recipe(3, "Tomato salad", "2 0 1 tomato and cucumber"),
    ])
    .await
}

/// Returns the variant of a row, with its id.
fn id(hit: &Hit<Of2<Note, Recipe>>) -> (char, i64) {
    match &hit.record {
        Of2::A(note) => ('a', note.id),
        Of2::B(recipe) => ('b', recipe.id),
    }
}

#[tokio::test]
async fn hits_of_equal_rank_are_in_the_order_of_the_searches() {
    let (notes, recipes) = (notes_of(&line(6)).await, kitchen().await);
    let hits = search_all_of((notes.search("5 0 1"), recipes.search("0 0 1"))).await.unwrap();
    let expected = [('a', 5), ('b', 1), ('a', 4), ('b', 2), ('a', 3), ('b', 3), ('a', 2), ('a', 1), ('a', 0)];
    assert_eq!(hits.iter().map(id).collect::<Vec<_>>(), expected);
    let scores: Vec<&Score> = hits.iter().map(|hit| &hit.score).collect();
    assert_eq!(scores[0], &Score::Fused { value: 1.0 / 61.0, by: "rrf".into() });
    assert_eq!((scores[0], scores[2]), (scores[1], scores[3]));
    assert_eq!(scores[8].value(), 1.0 / 66.0);
    assert_eq!((hits[0].table(), hits[1].table()), (Some("notes"), Some("recipes")));
    // A hit is explained with the ranks and scores of its own search.
    let second = hits[3].explain();
    assert_eq!((second.nearest, second.metric), (Some(Leg::new(2, 1.0)), Some(Metric::L2)));
}

#[tokio::test]
async fn every_search_keeps_its_filter_mode_columns_and_limit() {
    let (notes, recipes) = (notes_of(&line(12)).await, kitchen().await);
    let metrics: Store<Metrics> = memory().await.store(Toy::new()).await.unwrap();
    let (red, blue) = (metrics.scoped("red"), metrics.scoped("blue"));
    red.add([metric("red", 1, "0 0 1"), metric("red", 2, "9 0 1")]).await.unwrap();
    blue.add([metric("blue", 1, "0 0 1")]).await.unwrap();
    let hits = search_all_of((
        notes.view(|t| t.id.ge(4)).search("0 0 1").topic("even").select(|t| t.id).limit(2),
        red.search("0 0 1"),
        recipes.search_text(|t| t.title.matches("salad")).highlight(50).offset(1).with_vectors(),
    ))
    .await
    .unwrap();
    let rows: Vec<String> = hits
        .iter()
        .map(|hit| match &hit.record {
            Of3::A(id) => format!("note {id}"),
            Of3::B(metric) => format!("metric {} {}", metric.team, metric.id),
            Of3::C(recipe) => format!("recipe {} {}", recipe.record.id, recipe.vectors[0].is_some()),
        })
        .collect();
    assert_eq!(rows, ["note 4", "metric red 1", "recipe 3 true", "note 6", "metric red 2"]);
    assert_eq!(hits[2].highlights()[0].marked("*", "*"), "Tomato *salad*");
    let by_text = hits[2].explain().full_text.unwrap();
    assert_eq!((by_text.rank, by_text.score > 0.0), (2, true));
}

#[tokio::test]
async fn the_list_has_ten_hits_unless_a_limit_is_set() {
    let (notes, recipes) = (notes_of(&line(40)).await, kitchen().await);
    let searches = || (notes.search("0 0 1"), recipes.search("0 0 1"));
    assert_eq!(search_all_of(searches()).await.unwrap().len(), 10);
    let hits = search_all_of(searches()).limit(25).await.unwrap();
    // A search without its own limit uses the limit of the whole list.
    assert_eq!(hits.iter().filter(|hit| hit.table() == Some("notes")).count(), 22);
    let (limited, all) = searches();
    let hits = search_all_of((limited.limit(4), all)).limit(25).await.unwrap();
    assert_eq!(hits.len(), 7);
    assert!(search_all_of(searches()).limit(0).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_text_is_embedded_once_for_each_model() {
    let (same, twin, other) = (Toy::new(), Toy::new(), Toy::named("other", 2.0));
    let db = memory().await;
    let first: Store<Note> = db.store(same.clone()).table("first").await.unwrap();
    let second: Store<Note> = db.store(twin.clone()).table("second").await.unwrap();
    let third: Store<Note> = db.store(other.clone()).table("third").await.unwrap();
    for store in [&first, &second, &third] {
        store.add(line(3)).await.unwrap();
    }
    let before = (same.calls().len() + twin.calls().len(), other.calls().len());
    let hits = search_all_of((
        first.search("2 0 1"),
        second.search("2 0 1").filter(|t| t.id.lt(2)),
        third.search("2 0 1"),
    ))
    .await
    .unwrap();
    let after = (same.calls().len() + twin.calls().len(), other.calls().len());
    assert_eq!((after.0 - before.0, after.1 - before.1), (1, 1));
    let firsts = hits[..3].iter().map(|hit| match &hit.record {
        Of3::A(note) | Of3::B(note) | Of3::C(note) => (hit.distance(), note.id),
    });
    assert_eq!(firsts.collect::<Vec<_>>(), [(Some(0.0), 2), (Some(1.0), 1), (Some(0.0), 2)]);

    // Different texts do not form a shared question, and neither do a text and a vector.
    let point = Embedding::of(Toy::ID, [0.0, 0.0, 1.0]);
    let hits = search_all_of((first.search("2 0 1"), second.search("1 0 1"), first.search(&point)));
    let ids: Vec<Option<f32>> = hits.limit(3).await.unwrap().iter().map(Hit::distance).collect();
    assert_eq!(ids, [Some(0.0); 3]);
    assert_eq!(same.calls().len() + twin.calls().len() - after.0, 2);
}

#[tokio::test]
async fn searches_that_share_a_question_keep_their_places() {
    let (notes, recipes) = (notes_of(&line(3)).await, kitchen().await);
    let others = notes_of(&line(2)).await;
    // The first and the third search share a question, which is embedded once for both.
    let searches = (notes.search("2 0 1"), recipes.search("0 0 1"), others.search("2 0 1").select(|t| t.id));
    let hits = search_all_of(searches).limit(3).await.unwrap();
    let ids = hits.iter().map(|hit| match &hit.record {
        Of3::A(note) => ('a', note.id),
        Of3::B(recipe) => ('b', recipe.id),
        Of3::C(id) => ('c', *id),
    });
    assert_eq!(ids.collect::<Vec<_>>(), [('a', 2), ('b', 1), ('c', 1)]);
}

#[tokio::test]
async fn a_hit_serializes_its_table_and_its_row() {
    let (notes, recipes) = (notes_of(&line(1)).await, kitchen().await);
    let hits = search_all_of((
        notes.search("0 0 1").select_columns(["id"]).unwrap(),
        recipes.search("0 0 1").select_columns(["title"]).unwrap().limit(1),
    ));
    let hits = serde_json::to_value(hits.await.unwrap()).unwrap();
    assert_eq!((&hits[0]["table"], &hits[0]["record"]), (&json!("notes"), &json!({ "id": 0 })));
    assert_eq!(hits[1]["record"], json!({ "title": "Tomato soup" }));
    assert_eq!((&hits[1]["score"]["by"], &hits[1]["nearest"]["rank"]), (&json!("rrf"), &json!(1)));
}

#[test]
fn a_schema_of_a_hit_has_the_rows_of_all_searches() {
    let schema = schemars::schema_for!(Hit<Of2<String, u8>>);
    let schema = serde_json::to_value(schema).unwrap();
    let record = &schema["properties"]["record"];
    let name = record["$ref"].as_str().and_then(|reference| reference.rsplit('/').next()).unwrap();
    let rows = &schema["$defs"][name]["anyOf"];
    assert_eq!((&rows[0]["type"], &rows[1]["type"]), (&json!("string"), &json!("integer")));
    assert_eq!(schema["properties"]["table"]["type"], "string");
}
