//! Operations that are refused for a column with several vectors, and the reasons.

use datus_store::rerank::{Mmr, PseudoRelevanceFeedback};
use datus_store::{Embedded, Embedding, EmbeddingRecord, ErrorKind, Store};

use super::{Document, Lists, document, documents, filled, memory};

#[tokio::test]
async fn a_text_without_vectors_or_with_too_many_is_an_error_and_nothing_is_written() {
    let store = filled(Lists::new()).await;
    let many = "1 0 0 | ".repeat(9);
    for (text, says, help) in [
        (
            many.as_str(),
            "a text has 9 vectors, but the model `lists` permits at most 8",
            "across several rows",
        ),
        ("|", "failed to embed", "source"),
        ("0 0 0 | 1 0 0", "a vector of `lists` is zero", "zero vectors"),
        ("1 0 0 | 0 0 0", "a vector of `lists` is zero", "zero vectors"),
    ] {
        for error in [
            store.add([document(9, text)]).await.unwrap_err(),
            store.upsert((9..400).map(|id| document(id, text))).await.unwrap_err(),
        ] {
            assert_eq!((error.kind(), error.column()), (ErrorKind::Model, Some("vector")), "{error:?}");
            assert!(error.message().contains(says), "{error}");
            assert!(error.help().unwrap().contains(help), "{error}");
        }
    }
    assert_eq!(store.count().await.unwrap(), 4);
}

#[tokio::test]
async fn given_vectors_of_a_different_model_size_or_number_are_errors() {
    let store = filled(Lists::new()).await;
    let several = |model: &str, vectors: Vec<Vec<f32>>| Embedding::multi(model.to_owned(), vectors).unwrap();
    for (vectors, says) in [
        (several("other", vec![vec![1.0, 0.0, 0.0]]), "made by `other`"),
        // Six values are not read as two vectors of three.
        (several(Lists::ID, vec![vec![1.0, 0.0, 0.0, 1.0, 0.0, 0.0]]), "has 6 values"),
        (several(Lists::ID, vec![vec![1.0, 0.0]; 3]), "has 2 values"),
        (several(Lists::ID, vec![vec![1.0, 0.0, 0.0]; 9]), "9 vectors were given"),
        (several(Lists::ID, vec![vec![1.0, 0.0, 0.0], vec![0.0; 3]]), "is zero"),
        (several(Lists::ID, vec![vec![1.0, f32::NAN, 0.0]]), "contains NaN"),
    ] {
        for error in [
            store.search(vectors.clone()).await.unwrap_err(),
            store.add([Embedded::new(document(9, "x"), vectors)]).await.unwrap_err(),
        ] {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
            assert!(error.message().contains(says), "{says}: {error}");
        }
    }
    let different = Embedding::multi(Lists::ID, [vec![1.0], vec![1.0, 2.0]]).unwrap_err();
    let none = Embedding::multi(Lists::ID, Vec::<Vec<f32>>::new()).unwrap_err();
    assert_eq!((different.kind(), none.kind()), (ErrorKind::InvalidInput, ErrorKind::InvalidInput));
    assert_eq!(store.count().await.unwrap(), 4);
}

#[tokio::test]
async fn a_range_of_distances_needs_an_exact_search_and_similar_rows_a_single_vector() {
    let store = filled(Lists::new()).await;
    let errors = [
        (store.search("1 0 0").distance_range(..0.5).await.unwrap_err(), "`.exact()`"),
        (store.search("1 0 0").rerank(Mmr::default()).await.unwrap_err(), "without `embed(multi)`"),
        (
            store.search("1 0 0").rerank(PseudoRelevanceFeedback::default()).await.unwrap_err(),
            "without `embed(multi)`",
        ),
    ];
    for (error, help) in errors {
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error}");
        assert!(error.help().unwrap().contains(help), "{error}");
    }
}

/// A table without a key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Line {
    number: i64,
    #[datus(embed(multi))]
    text: String,
}

#[tokio::test]
async fn texts_of_rows_without_a_key_are_not_updated() {
    let store: Store<Line> = memory().await.store(Lists::new()).await.unwrap();
    store.add([Line { number: 1, text: "1 0 0".into() }]).await.unwrap();
    let error = store.update().filter(|t| t.number.eq(1)).set(|t| t.text, "1 0 0 | 0 1 0").await.unwrap_err();
    assert_eq!((error.kind(), error.column()), (ErrorKind::Unsupported, Some("vector")), "{error}");
    store.update().filter(|t| t.number.eq(1)).set(|t| t.number, 2).await.unwrap();
    assert_eq!(store.search("1 0 0").await.unwrap()[0].record.number, 2);
}

#[tokio::test]
async fn a_model_that_splits_texts_differently_is_refused() {
    let db = memory().await;
    let store: Store<Document> = db.store(Lists::new()).await.unwrap();
    store.add(documents()).await.unwrap();
    assert!(store.verify_model().await.unwrap()[0].cosine > 0.999);
    let error = db.store::<Document>(Lists::named("others")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::SchemaMismatch, "{error}");
}
