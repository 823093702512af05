use super::tiny::{self, Tiny};
use super::{apart, embed};
use crate::model::{Candle, EmbeddingModel, Role, SentenceTransformer};

/// The vectors of a family are those of Python's library, whose pooling, dense layers, normalisation, prefixes and
/// length are in the folder.
fn agree(json: &str) -> SentenceTransformer {
    let tiny = Tiny::read(json);
    let folder = tiny.folder();
    let model = SentenceTransformer::builder(folder.path()).runner(Candle::default()).build().unwrap();
    for (role, expected) in [(Role::Document, &tiny.document), (Role::Query, &tiny.query)] {
        let vectors = embed(&model, &tiny.texts(), role);
        assert_eq!(vectors.len(), expected.len());
        for ((vector, expected), text) in vectors.iter().zip(expected).zip(&tiny.texts) {
            assert!(apart(vector, expected) < 1e-5, "{role:?} {text:?}: {vector:?}, expected {expected:?}");
        }
    }
    model
}

#[test]
fn bert_with_the_mean() {
    let model = agree(tiny::BERT);
    let identity = model.identity();
    assert_eq!((identity.dimension, identity.normalized, model.max_tokens()), (12, true, 24));
}

#[test]
fn roberta_with_the_first_token() {
    agree(include_str!("tiny_roberta.json"));
}

#[test]
fn xlm_roberta_with_prefixes() {
    let model = agree(include_str!("tiny_xlm_roberta.json"));
    let identity = model.identity();
    assert_eq!(
        (identity.document_prefix.as_str(), identity.query_prefix.as_str()),
        ("a passage: ", "the query: ")
    );
    assert!(!identity.normalized);
}

#[test]
fn distilbert_with_the_greatest_value_and_a_dense_layer() {
    assert_eq!(agree(include_str!("tiny_distilbert.json")).identity().dimension, 8);
}

#[test]
fn mpnet_with_the_root_of_the_length() {
    agree(include_str!("tiny_mpnet.json"));
}
