use super::tiny::{self, Tiny};
use super::{embed, max_difference, rust_runners};
use crate::model::{EmbeddingModel, ModelIdentity, Role, SentenceTransformer};

/// Asserts that the vectors of each runner equal those of the Python library, and returns the model's identity and maximum
/// text length. The folder defines the pooling, dense layers, normalization, prefixes and length.
fn assert_agrees(json: &str) -> (ModelIdentity, usize) {
    let tiny = Tiny::read(json);
    let folder = tiny.folder();
    let build = |runner| SentenceTransformer::builder(folder.path()).runner(runner).build().unwrap();
    let models: Vec<SentenceTransformer> = rust_runners().into_iter().map(build).collect();
    for model in &models {
        assert_vectors(model, &tiny);
        assert_eq!((model.identity(), model.max_tokens()), (models[0].identity(), models[0].max_tokens()));
    }
    (models[0].identity().clone(), models[0].max_tokens())
}

fn assert_vectors(model: &SentenceTransformer, tiny: &Tiny) {
    for (role, expected) in [(Role::Document, &tiny.document), (Role::Query, &tiny.query)] {
        let vectors = embed(model, &tiny.texts(), role);
        assert_eq!(vectors.len(), expected.len());
        for ((vector, expected), text) in vectors.iter().zip(expected).zip(&tiny.texts) {
            let difference = max_difference(vector, expected);
            let runner = model.runner();
            assert!(difference < 1e-5, "{runner:?} {role:?} {text:?}: {vector:?}, expected {expected:?}");
        }
    }
}

#[test]
fn bert_with_mean_pooling() {
    let (identity, max_tokens) = assert_agrees(tiny::BERT);
    assert_eq!((identity.dimension, identity.normalized, max_tokens), (12, true, 24));
}

#[test]
fn roberta_with_cls_pooling() {
    assert_agrees(include_str!("tiny_roberta.json"));
}

#[test]
fn xlm_roberta_with_prefixes() {
    let (identity, _) = assert_agrees(include_str!("tiny_xlm_roberta.json"));
    assert_eq!(
        (identity.document_prefix.as_str(), identity.query_prefix.as_str()),
        ("a passage: ", "the query: ")
    );
    assert!(!identity.normalized);
}

#[test]
fn distilbert_with_max_pooling_and_a_dense_layer() {
    assert_eq!(assert_agrees(include_str!("tiny_distilbert.json")).0.dimension, 8);
}

#[test]
fn mpnet_with_mean_sqrt_len_pooling() {
    assert_agrees(include_str!("tiny_mpnet.json"));
}

/// Covers activation functions and 16-bit weights, which the models of the other tests do not have.
#[test]
#[cfg(all(feature = "native", feature = "candle"))]
fn the_runners_agree_on_other_activations_and_types_of_weights() {
    let tiny = Tiny::read(tiny::BERT);
    let folder = tiny.folder();
    let config = std::fs::read_to_string(folder.path().join("config.json")).unwrap();
    let mut earlier = Vec::new();
    for (activation, bfloat) in [("gelu", false), ("gelu_new", false), ("relu", false), ("gelu", true)] {
        let config = config.replace("\"hidden_act\":\"gelu\"", &format!("\"hidden_act\":\"{activation}\""));
        tiny::write(folder.path(), "config.json", config.as_bytes());
        if bfloat {
            tiny::write(folder.path(), "model.safetensors", &tiny.bfloat_weights());
        }
        let vectors: Vec<Vec<Vec<f32>>> = rust_runners()
            .into_iter()
            .map(|runner| {
                let model = SentenceTransformer::builder(folder.path()).runner(runner).build().unwrap();
                embed(&model, &tiny.texts(), Role::Document)
            })
            .collect();
        for (native, candle) in vectors[0].iter().zip(&vectors[1]) {
            assert!(max_difference(native, candle) < 1e-5, "{activation}: {native:?}, candle {candle:?}");
        }
        assert!(!earlier.contains(&vectors[1]), "{activation} changed nothing");
        earlier.push(vectors[1].clone());
    }
}
