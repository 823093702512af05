use datus_store::{Embedded, Embedding, EmbeddingRecord, ErrorKind, Store};

use super::{Note, memory, note, notes};
use crate::support::models::Toy;

fn given(id: i64, model: &str, values: &[f32]) -> Embedded<Note> {
    Embedded::new(note(id, "9 9 9"), Embedding::of(model, values))
}

#[tokio::test]
async fn a_given_vector_is_stored_and_its_text_not_embedded() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    let rows = [given(1, "toy", &[1.0, 0.0, 0.0]), given(2, "toy", &[0.0, 1.0, 0.0])];
    let added = store.add(&rows).await.unwrap();
    assert_eq!((added.rows, added.embedded, model.embedded()), (2, 0, 0));
    let mut found = store.search_all().with_vectors().await.unwrap();
    found.sort_by_key(|row| row.record.id);
    assert_eq!(found, rows);
    assert_eq!(store.search("0 1 0").await.unwrap()[0].record.id, 2);
}

#[tokio::test]
async fn rows_read_with_vectors_are_written_without_a_model_call() {
    let model = Toy::new();
    let (first, second) = (notes(Toy::new()).await, notes(model.clone()).await);
    let blank = Note { text: None, ..note(3, "") };
    first.add([note(1, "1 2 3"), note(2, "4 5 6"), blank]).await.unwrap();
    let rows = first.search_all().with_vectors().await.unwrap();
    second.add(rows.clone()).await.unwrap();
    assert_eq!(model.embedded(), 0);
    assert_eq!(second.search_all().with_vectors().await.unwrap(), rows);
}

#[tokio::test]
async fn the_store_embeds_rows_without_a_vector() {
    let model = Toy::new();
    let store = notes(model.clone()).await;
    let without = Embedded { record: note(2, "4 5 6"), vectors: vec![None] };
    let none = Embedded { record: note(3, "7 8 9"), vectors: Vec::new() };
    let added = store.add([given(1, "toy", &[1.0, 0.0, 0.0]), without, none]).await.unwrap();
    assert_eq!((added.embedded, model.embedded()), (2, 2));
    let row = store.search_all().id(2).with_vectors().first().await.unwrap().unwrap();
    assert_eq!(row.vector(), Some(&[4.0, 5.0, 6.0][..]));
}

#[tokio::test]
async fn a_vector_that_does_not_fit_is_refused_and_nothing_is_written() {
    let one_more = Embedding::of("toy", [1.0, 2.0, 3.0]);
    let mut too_many = given(1, "toy", &[1.0, 0.0, 0.0]);
    too_many.vectors.push(Some(one_more));
    let cases = [
        (given(1, "datus/hashing", &[1.0, 0.0, 0.0]), "made by `datus/hashing`"),
        (given(1, "toy", &[1.0, 0.0]), "has 2 values"),
        (given(1, "toy", &[1.0, f32::NAN, 0.0]), "contains NaN"),
        (given(1, "toy", &[f32::NEG_INFINITY, 0.0, 0.0]), "contains -inf"),
        (too_many, "2 vectors"),
    ];
    let store = notes(Toy::new()).await;
    let version = store.version().await.unwrap();
    for (row, fault) in cases {
        let error = store.add([given(0, "toy", &[1.0, 0.0, 0.0]), row]).await.expect_err(fault);
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{fault}");
        assert!(error.message().contains(fault), "{error}");
        assert_eq!((store.version().await.unwrap(), store.count().await.unwrap()), (version, 0), "{fault}");
    }
}

#[tokio::test]
async fn a_given_zero_vector_has_no_angle() {
    #[derive(Debug, EmbeddingRecord)]
    struct Angle {
        #[datus(embed)]
        text: String,
    }
    let store: Store<Angle> = memory().await.store(Toy::new()).await.unwrap();
    let row = Embedded::new(Angle { text: "1 2 3".to_owned() }, Embedding::of("toy", [0.0; 3]));
    let error = store.add([row]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let error = store.search(Embedding::of("toy", [0.0; 3])).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    let row = store.search_all().first().await.unwrap();
    assert_eq!(row.map(|row| row.text), None);
}
