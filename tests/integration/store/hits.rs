//! The contents of a hit, in all search modes and with all terminal methods.

use arrow_array::Array;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int64Type, UInt64Type};
use datus_store::{Hit, Metric, Score, Store};
use futures::TryStreamExt;

use super::full_text::{Recipe, at, ids, recipe, recipes_of};

async fn kitchen() -> Store<Recipe> {
    recipes_of(&[
        recipe(1, "Tomato soup", "0 0 1 tomato"),
        recipe(2, "Salad", "1 0 1 cucumber"),
        recipe(3, "Tomato salad", "2 0 1 tomato and cucumber"),
    ])
    .await
}

#[tokio::test]
async fn a_score_names_its_kind() {
    let store = kitchen().await;
    let nearest = store.search("0 0 1").offset(1).await.unwrap();
    assert_eq!(nearest[0].score, Score::Distance { value: 1.0, metric: Metric::L2 });
    assert_eq!(nearest[0].score.to_string(), "1 (l2 distance)");
    let explained = nearest[0].explain();
    assert_eq!(explained.nearest.map(|leg| (leg.rank, leg.score)), Some((2, 1.0)));
    assert_eq!((explained.metric, explained.full_text), (Some(Metric::L2), None));
    assert_eq!(explained.to_string(), "1 (l2 distance); by vector: rank 2, l2 distance 1");

    let text = store.search("soup").full_text().await.unwrap();
    assert_eq!((ids(&text), text[0].distance()), (vec![1], None));
    let explained = text[0].explain();
    assert_eq!(explained.full_text.map(|leg| (leg.rank, leg.score)), Some((1, text[0].score.value())));
    assert_eq!((explained.nearest, explained.metric), (None, None));
    assert!(format!("{:.2}", text[0].score).ends_with(" (BM25)"));

    let hybrid = store.search(("tomato", at(0.0))).hybrid().await.unwrap();
    assert!(hybrid[0].score.to_string().ends_with("(fused by convex)"), "{}", hybrid[0].score);
    let told = hybrid[0].explain().to_string();
    assert!(told.contains("by vector: rank 1") && told.contains("by text: rank"), "{told}");
}

#[tokio::test]
async fn hits_are_streamed_selected_and_have_vectors() {
    let store = kitchen().await;
    let streamed: Vec<Hit<Recipe>> =
        store.search(("tomato", at(0.0))).hybrid().stream().try_collect().await.unwrap();
    assert_eq!(streamed, store.search(("tomato", at(0.0))).hybrid().await.unwrap());
    let streamed: Vec<Hit<Recipe>> = store.search("tomato").full_text().stream().try_collect().await.unwrap();
    assert_eq!(streamed, store.search("tomato").full_text().await.unwrap());

    let first = store.search(("tomato", at(0.0))).hybrid().first().await.unwrap().unwrap();
    assert_eq!(first.record.id, 1);
    assert_eq!(store.search("zucchini").full_text().first().await.unwrap(), None);

    let titles =
        store.search(("tomato", at(0.0))).hybrid().select(|t| (t.title, t.id)).limit(1).await.unwrap();
    assert_eq!(titles[0].record, ("Tomato soup".to_owned(), 1));
    let titles = store.search("soup").select(|t| t.title).full_text().await.unwrap();
    assert_eq!(titles[0].record, "Tomato soup");

    let vectors = store.search(("tomato", at(0.0))).hybrid().with_vectors().limit(1).await.unwrap();
    assert_eq!(vectors[0].record.vector(), Some(&[0.0, 0.0, 1.0][..]));
    let vectors = store.search("soup").full_text().with_vectors().await.unwrap();
    assert_eq!(vectors[0].record.vector(), Some(&[0.0, 0.0, 1.0][..]));
}

#[tokio::test]
async fn arrow_batches_end_with_the_scores() {
    let store = kitchen().await;
    let batch = |batches: Vec<arrow_array::RecordBatch>| {
        let [batch] = batches.as_slice() else { panic!("{} batches", batches.len()) };
        batch.clone()
    };
    let names = |batch: &arrow_array::RecordBatch| {
        batch.schema().fields().iter().map(|field| field.name().clone()).collect::<Vec<_>>()
    };
    let text = batch(store.search("tomato").full_text().select(|t| t.id).arrow().await.unwrap());
    assert_eq!(names(&text), ["id", "_score"]);
    assert!(text.column(1).as_primitive::<Float32Type>().value(0) > 0.0);

    let hybrid = batch(store.search(("tomato", at(0.0))).hybrid().select(|t| t.id).arrow().await.unwrap());
    let expected = ["id", "_distance", "_distance_rank", "_score", "_score_rank", "_relevance_score"];
    assert_eq!(names(&hybrid), expected);
    assert_eq!(hybrid.column(0).as_primitive::<Int64Type>().values(), &[1, 2, 3]);
    assert_eq!(hybrid.column(2).as_primitive::<UInt64Type>().values(), &[1, 2, 3]);
    assert!(hybrid.column(3).is_null(1) && hybrid.column(4).is_null(1));
    let said = |column: usize| hybrid.schema().field(column).metadata().clone();
    assert_eq!(said(1)["datus:metric"], "l2");
    assert_eq!(said(5)["datus:fused_by"], "convex");

    let answer = store.search(("zucchini", at(0.0))).hybrid().limit(0).arrow_stream().await.unwrap();
    assert_eq!(answer.schema.fields().len(), 4 + 5);
}
