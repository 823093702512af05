//! The terminal methods of a search.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int64Type};
use datus_store::Hit;
use futures::TryStreamExt;

use super::{Note, line, notes_of};

#[tokio::test]
async fn hits_are_streamed_in_order() {
    let store = notes_of(&line(10)).await;
    let hits: Vec<Hit<Note>> = store.search("5.1 0 1").limit(3).stream().try_collect().await.unwrap();
    assert_eq!(hits, store.search("5.1 0 1").limit(3).await.unwrap());
    let mut stream = store.search("5.1 0 1").stream();
    assert_eq!(stream.try_next().await.unwrap().unwrap().record.id, 5);
}

#[tokio::test]
async fn the_first_hit_is_the_nearest() {
    let store = notes_of(&line(10)).await;
    assert_eq!(store.search("5.1 0 1").first().await.unwrap().unwrap().record.id, 5);
    assert_eq!(store.search("5.1 0 1").id(77).first().await.unwrap(), None);
}

#[tokio::test]
async fn hits_are_counted() {
    let store = notes_of(&line(30)).await;
    assert_eq!(store.search("5 0 1").count().await.unwrap(), 10);
    assert_eq!(store.search("5 0 1").limit(25).count().await.unwrap(), 25);
    assert_eq!(store.search("5 0 1").limit(25).offset(10).count().await.unwrap(), 20);
    assert_eq!(store.search("5 0 1").limit(100).topic("odd").count().await.unwrap(), 15);
}

#[tokio::test]
async fn arrow_batches_end_with_the_distance() {
    let store = notes_of(&line(10)).await;
    let batches = store.search("5 0 1").limit(3).select(|t| t.id).arrow().await.unwrap();
    let [batch] = batches.as_slice() else { panic!("{} batches", batches.len()) };
    assert_eq!(
        batch.schema().fields().iter().map(|field| field.name().as_str()).collect::<Vec<_>>(),
        ["id", "_distance"]
    );
    assert_eq!(batch.column(0).as_primitive::<Int64Type>().value(0), 5);
    assert_eq!(batch.column(1).as_primitive::<Float32Type>().values(), &[0.0, 1.0, 1.0]);

    let answer = store.search("5 0 1").with_vectors().arrow_stream().await.unwrap();
    let names: Vec<_> = answer.schema.fields().iter().map(|field| field.name().as_str()).collect();
    assert_eq!(names, ["id", "topic", "rank", "text", "vector", "_distance"]);
}

#[tokio::test]
async fn hits_have_vectors_on_request() {
    let store = notes_of(&line(10)).await;
    let hits = store.search("5.1 0 1").with_vectors().limit(2).topic("even").await.unwrap();
    let found: Vec<_> =
        hits.iter().map(|hit| (hit.record.record.id, hit.record.vector().unwrap()[0])).collect();
    assert_eq!(found, [(6, 6.0), (4, 4.0)]);
    assert_eq!(hits[0].record.vectors[0].as_ref().unwrap().model(), "toy");
}

#[tokio::test]
async fn columns_are_selected_from_hits() {
    let store = notes_of(&line(10)).await;
    let hits = store.search("5.1 0 1").select(|t| (t.topic, t.id)).limit(2).await.unwrap();
    let found: Vec<_> = hits.into_iter().map(|hit| hit.record).collect();
    assert_eq!(found, [("odd".to_owned(), 5), ("even".to_owned(), 6)]);
}

#[tokio::test]
async fn a_search_explains_its_plan() {
    let store = notes_of(&line(10)).await;
    let plan = store.search("5 0 1").topic("odd").explain().await.unwrap();
    assert!(plan.contains("KNN") || plan.contains("ANN"), "{plan}");
    assert!(plan.contains("odd"), "{plan}");
}
