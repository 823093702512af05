use super::tiny::{self, Tiny};
use super::{embed, max_difference};
use crate::model::{Candle, EmbeddingModel, Role, SentenceTransformer};

/// Asserts that the vectors equal those of the Python library. The folder defines the pooling, dense layers,
/// normalization, prefixes and length.
fn assert_agrees(json: &str) -> SentenceTransformer {
    let tiny = Tiny::read(json);
    let folder = tiny.folder();
    let model = SentenceTransformer::builder(folder.path()).runner(Candle::default()).build().unwrap();
    for (role, expected) in [(Role::Document, &tiny.document), (Role::Query, &tiny.query)] {
        let vectors = embed(&model, &tiny.texts(), role);
        assert_eq!(vectors.len(), expected.len());
        for ((vector, expected), text) in vectors.iter().zip(expected).zip(&tiny.texts) {
            let difference = max_difference(vector, expected);
            assert!(difference < 1e-5, "{role:?} {text:?}: {vector:?}, expected {expected:?}");
        }
    }
    model
}

#[test]
fn bert_with_mean_pooling() {
    let model = assert_agrees(tiny::BERT);
    let identity = model.identity();
    assert_eq!((identity.dimension, identity.normalized, model.max_tokens()), (12, true, 24));
}

#[test]
fn roberta_with_cls_pooling() {
    assert_agrees(include_str!("tiny_roberta.json"));
}

#[test]
fn xlm_roberta_with_prefixes() {
    let model = assert_agrees(include_str!("tiny_xlm_roberta.json"));
    let identity = model.identity();
    assert_eq!(
        (identity.document_prefix.as_str(), identity.query_prefix.as_str()),
        ("a passage: ", "the query: ")
    );
    assert!(!identity.normalized);
}

#[test]
fn distilbert_with_max_pooling_and_a_dense_layer() {
    assert_eq!(assert_agrees(include_str!("tiny_distilbert.json")).identity().dimension, 8);
}

#[test]
fn mpnet_with_mean_sqrt_len_pooling() {
    assert_agrees(include_str!("tiny_mpnet.json"));
}
