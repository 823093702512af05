use std::collections::HashMap;
use std::path::Path;

use serde_json::{Value, json};

use super::*;
use crate::model::sentence_transformer::tests::minilm;
use crate::model::sentence_transformer::tests::tiny::{safetensors_of, write};
use crate::rerank::Scale;

#[derive(Deserialize)]
struct Reference {
    queries: Vec<String>,
    texts: Vec<String>,
    logits: Vec<Vec<f32>>,
}

/// Builds a cross-encoder from the real encoder and a generated classifier, with the weights in two files.
fn cross_encoder_of(encoder: &Path) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let mut config: Value =
        serde_json::from_slice(&std::fs::read(encoder.join("config.json")).unwrap()).unwrap();
    config["architectures"] = json!(["BertForSequenceClassification"]);
    config["id2label"] = json!({"0": "LABEL_0"});
    write(folder.path(), "config.json", config.to_string().as_bytes());
    for file in ["tokenizer.json", "tokenizer_config.json"] {
        std::fs::copy(encoder.join(file), folder.path().join(file)).unwrap();
    }
    std::fs::copy(encoder.join("model.safetensors"), folder.path().join("encoder.safetensors")).unwrap();
    let shapes = [("classifier.weight", vec![1, 384]), ("classifier.bias", vec![1])];
    let shapes: HashMap<String, Vec<usize>> =
        shapes.into_iter().map(|(name, shape)| (name.to_owned(), shape)).collect();
    write(folder.path(), "classifier.safetensors", &safetensors_of(&shapes));
    let index = json!({"weight_map": {
        "embeddings.word_embeddings.weight": "encoder.safetensors",
        "classifier.weight": "classifier.safetensors",
    }});
    write(folder.path(), "model.safetensors.index.json", index.to_string().as_bytes());
    folder
}

#[test]
fn the_real_encoder_gives_the_scores_of_python() {
    let Some(encoder) = minilm::folder("the_real_encoder_gives_the_scores_of_python") else { return };
    let folder = cross_encoder_of(&encoder);
    let builder = CrossEncoder::builder(folder.path()).scale(Scale::Identity);
    let encoder = builder.max_tokens(128).build().unwrap();
    let reference: Reference = serde_json::from_str(include_str!("minilm.json")).unwrap();
    for (query, expected) in reference.queries.iter().zip(&reference.logits) {
        let scores = scores(&encoder, query, &reference.texts);
        assert!(max_difference(&scores, expected) < 1e-4, "{query:?}: {scores:?}, expected {expected:?}");
    }
}
