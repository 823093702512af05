use super::*;
use crate::rerank::Scale;

/// Asserts that the scores equal those of the Python library, both on the scale of the folder and without a scale. The
/// pairs have various lengths, and some are truncated.
fn assert_agrees(json: &str, scale: Scale) {
    let tiny = Tiny::read(json);
    let folder = tiny.folder();
    let scaled = CrossEncoder::from_folder(folder.path()).unwrap();
    assert_eq!((scaled.scale(), scaled.max_tokens()), (scale, 24));
    let unscaled = CrossEncoder::builder(folder.path()).scale(Scale::Identity).build().unwrap();
    for (encoder, expected) in [(&scaled, &tiny.scores), (&unscaled, &tiny.logits)] {
        for (query, expected) in tiny.queries.iter().zip(expected) {
            let scores = scores(encoder, query, &tiny.texts);
            assert!(max_difference(&scores, expected) < 1e-5, "{query:?}: {scores:?}, expected {expected:?}");
        }
    }
}

#[test]
fn bert_with_two_token_types() {
    assert_agrees(BERT, Scale::Identity);
}

#[test]
fn bert_without_token_types() {
    assert_agrees(include_str!("tiny_bert_without_types.json"), Scale::Sigmoid);
}

#[test]
fn roberta_with_a_two_layer_head() {
    assert_agrees(include_str!("tiny_roberta.json"), Scale::Identity);
}

#[test]
fn xlm_roberta_saved_by_sentence_transformers() {
    assert_agrees(include_str!("tiny_xlm_roberta.json"), Scale::Sigmoid);
}

#[test]
fn distilbert_with_relu() {
    assert_agrees(include_str!("tiny_distilbert.json"), Scale::Sigmoid);
}

#[test]
fn mpnet_with_relative_positions() {
    assert_agrees(include_str!("tiny_mpnet.json"), Scale::Sigmoid);
}
