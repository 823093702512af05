use datus_store::model::{HashingModel, ModelFor, ModelTag};
use datus_store::{Embedded, Embedding, EmbeddingRecord, ErrorKind, Store};

use super::memory;
use crate::support::models::Toy;

struct ToyTag;

impl ModelTag for ToyTag {
    const ID: &'static str = Toy::ID;
    const DIMENSION: usize = 3;
}

impl ModelFor<ToyTag> for Toy {}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Paper {
    id: i64,
    #[datus(embed(column = "title_vector", model = ToyTag, metric = l2))]
    title: String,
    #[datus(embed(column = "body_vector"))]
    body: Option<String>,
}

fn paper(id: i64, title: &str, body: Option<&str>) -> Paper {
    Paper { id, title: title.to_owned(), body: body.map(str::to_owned) }
}

async fn papers() -> Store<Paper> {
    let store: Store<Paper> = memory().await.store((Toy::new(), HashingModel::new(64))).await.unwrap();
    let rows = [
        paper(1, "1 0 0", Some("how to bake bread")),
        paper(2, "5 0 0", Some("how to brew tea")),
        paper(3, "9 0 0", None),
    ];
    let added = store.add(rows).await.unwrap();
    assert_eq!((added.rows, added.embedded), (3, 5));
    store
}

#[tokio::test]
async fn each_vector_is_searched_by_the_name_of_its_text() {
    let store = papers().await;
    let hits = store.vector(|v| v.title).search("6 0 0").await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), [2, 3, 1]);
    let hits = store.vector(|v| v.body).search("baking bread").await.unwrap();
    assert_eq!(hits.iter().map(|hit| hit.record.id).collect::<Vec<_>>(), [1, 2]);
    let vector = Embedding::<ToyTag>::new([9.0, 0.0, 0.0]).unwrap();
    assert_eq!(store.vector(|v| v.title).search(vector).first().await.unwrap().unwrap().record.id, 3);
}

#[tokio::test]
async fn with_vectors_reads_all_of_them_in_order() {
    let store = papers().await;
    let rows = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
    let [first, _, third] = rows.as_slice() else { panic!("{} rows", rows.len()) };
    assert_eq!(first.vectors[0], Some(Embedding::of("toy", [1.0, 0.0, 0.0])));
    let body = HashingModel::new(64).vector("how to bake bread");
    assert_eq!(first.vectors[1], Some(Embedding::of(HashingModel::ID, body)));
    assert_eq!((third.vectors[0].is_some(), third.vectors[1].is_none()), (true, true));
}

#[tokio::test]
async fn a_row_may_provide_some_of_its_vectors() {
    let store = papers().await;
    let record = paper(4, "7 7 7", Some("a garden"));
    let given = Some(Embedding::of("toy", [0.0, 3.0, 0.0]));
    let row = Embedded { record, vectors: vec![given.clone(), None] };
    assert_eq!(store.add([row]).await.unwrap().embedded, 1);
    let found = store.search_all().id(4).with_vectors().first().await.unwrap().unwrap();
    assert_eq!((&found.vectors[0], found.vectors[1].is_some()), (&given, true));
}

#[tokio::test]
async fn vectors_of_swapped_models_are_refused() {
    let store = papers().await;
    let toy = Some(Embedding::of("toy", [0.0, 3.0, 0.0]));
    let row = Embedded { record: paper(4, "7 7 7", Some("a garden")), vectors: vec![None, toy] };
    let error = store.add([row]).await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::InvalidInput, Some("body_vector")));
}
