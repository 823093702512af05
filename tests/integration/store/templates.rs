use datus_store::record::Difference;
use datus_store::{EmbeddingRecord, ErrorKind, Store};

use super::memory;
use crate::support::models::Toy;

/// With [`Toy`] the vector is (x, y, number of the text).
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "points")]
struct Point {
    #[datus(key)]
    id: i64,
    topic: String,
    x: Option<i32>,
    y: Option<i32>,
    #[datus(embed(metric = l2, template = "{x} {y} {text}"))]
    text: Option<String>,
}

fn point(id: i64, x: i32, y: i32) -> Point {
    Point { id, topic: "none".to_owned(), x: Some(x), y: Some(y), text: Some("1".to_owned()) }
}

async fn points(model: &Toy) -> Store<Point> {
    let store: Store<Point> = memory().await.store(model.clone()).await.unwrap();
    store.upsert([point(1, 1, 1), point(2, 2, 2), point(3, 3, 3)]).await.unwrap();
    store
}

/// Returns the vectors in ascending order of id.
async fn vectors(store: &Store<Point>) -> Vec<Option<Vec<f32>>> {
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    rows.iter().map(|row| row.vector().map(<[f32]>::to_vec)).collect()
}

#[tokio::test]
async fn a_vector_is_embedded_from_all_its_fields() {
    let model = Toy::new();
    let store = points(&model).await;
    assert_eq!(model.calls()[0].1, ["1 1 1", "2 2 1", "3 3 1"]);
    assert_eq!(vectors(&store).await[1], Some(vec![2.0, 2.0, 1.0]));
    let hit = store.search("3 3 1").first().await.unwrap().unwrap();
    assert_eq!((hit.distance(), hit.record), (Some(0.0), point(3, 3, 3)));
}

#[tokio::test]
async fn an_upsert_embeds_again_if_one_of_the_fields_changed() {
    let model = Toy::new();
    let store = points(&model).await;
    let moved = Point { x: Some(9), ..point(1, 1, 1) };
    let renamed = Point { topic: "other".to_owned(), ..point(2, 2, 2) };
    let done = store.upsert([moved, renamed, point(3, 3, 3)]).await.unwrap();
    assert_eq!((done.updated, done.unchanged, done.embedded, done.reused), (2, 1, 1, 1));
    assert_eq!(
        vectors(&store).await,
        [Some(vec![9.0, 1.0, 1.0]), Some(vec![2.0, 2.0, 1.0]), Some(vec![3.0, 3.0, 1.0])]
    );
}

#[tokio::test]
async fn an_update_of_one_field_embeds_again_with_the_others() {
    let model = Toy::new();
    let store = points(&model).await;
    let updated = store.update().filter(|t| t.id.ge(2)).set(|t| t.y, 7).await.unwrap();
    assert_eq!((updated.rows, updated.embedded, model.embedded()), (2, 2, 5));
    assert_eq!(
        vectors(&store).await,
        [Some(vec![1.0, 1.0, 1.0]), Some(vec![2.0, 7.0, 1.0]), Some(vec![3.0, 7.0, 1.0])]
    );
    let updated = store.update().all_rows().set(|t| t.topic, "other").await.unwrap();
    assert_eq!((updated.rows, updated.embedded, model.embedded()), (3, 0, 5));
}

#[tokio::test]
async fn a_row_whose_fields_are_all_blank_has_no_vector() {
    let model = Toy::new();
    let store = points(&model).await;
    let blank = Point { x: None, y: None, text: Some(" ".to_owned()), ..point(1, 0, 0) };
    let done = store.upsert([&blank]).await.unwrap();
    assert_eq!((done.updated, done.embedded, model.embedded()), (1, 0, 3));
    assert_eq!(vectors(&store).await[0], None);
    assert_eq!(store.search("0 0 0").await.unwrap().len(), 2);
}

/// Points without a key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "loose_points")]
struct LoosePoint {
    x: i32,
    #[datus(embed(metric = l2, template = "{x} {y} 1"))]
    y: i32,
}

#[tokio::test]
async fn without_a_key_all_fields_of_a_template_are_set_at_once() {
    let model = Toy::new();
    let store: Store<LoosePoint> = memory().await.store(model.clone()).await.unwrap();
    store.add([LoosePoint { x: 1, y: 1 }, LoosePoint { x: 2, y: 2 }]).await.unwrap();
    let updated = store.update().filter(|t| t.x.eq(2)).set(|t| t.x, 8).set(|t| t.y, 9).await.unwrap();
    assert_eq!((updated.rows, updated.embedded, model.embedded()), (1, 1, 3));
    let hit = store.search("8 9 1").first().await.unwrap().unwrap();
    assert_eq!((hit.distance(), hit.record), (Some(0.0), LoosePoint { x: 8, y: 9 }));

    let error = store.update().all_rows().set(|t| t.x, 3).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Unsupported, Some("vector")));
    assert!(error.message().contains("contains `y`"), "{error}");
}

#[tokio::test]
async fn a_different_template_is_a_difference() {
    #[derive(Debug, EmbeddingRecord)]
    #[datus(table = "loose_points")]
    struct Other {
        x: i32,
        #[datus(embed(metric = l2, template = "{x}, {y}, 1"))]
        y: i32,
    }

    let db = memory().await;
    let _: Store<LoosePoint> = db.store(Toy::new()).await.unwrap();
    let error = db.store::<Other>(Toy::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    assert!(
        matches!(error.differences(), [Difference::Template { column, .. }] if column == "vector"),
        "{error}"
    );
    assert_eq!(Other { x: 1, y: 2 }.y, 2);
}
