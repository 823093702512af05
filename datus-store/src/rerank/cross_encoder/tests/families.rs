use super::*;
use crate::rerank::Scale;

/// The scores of a family are those of Python's library, on the scale that the folder names and without one; with pairs
/// of every length, and some that are cut.
fn agree(json: &str, scale: Scale) {
    let tiny = Tiny::read(json);
    let folder = tiny.folder();
    let own = CrossEncoder::from_folder(folder.path()).unwrap();
    assert_eq!((own.scale(), own.max_tokens()), (scale, 24));
    let plain = CrossEncoder::builder(folder.path()).scale(Scale::Identity).build().unwrap();
    for (encoder, expected) in [(&own, &tiny.scores), (&plain, &tiny.logits)] {
        for (query, expected) in tiny.queries.iter().zip(expected) {
            let scores = scores(encoder, query, &tiny.texts);
            assert!(apart(&scores, expected) < 1e-5, "{query:?}: {scores:?}, expected {expected:?}");
        }
    }
}

#[test]
fn bert_with_two_types_of_token() {
    agree(BERT, Scale::Identity);
}

#[test]
fn bert_that_is_not_told_which_text_a_token_is_of() {
    agree(include_str!("tiny_bert_without_types.json"), Scale::Sigmoid);
}

#[test]
fn roberta_with_a_head_of_two_layers() {
    agree(include_str!("tiny_roberta.json"), Scale::Identity);
}

#[test]
fn xlm_roberta_saved_by_sentence_transformers() {
    agree(include_str!("tiny_xlm_roberta.json"), Scale::Sigmoid);
}

#[test]
fn distilbert_with_a_rectifier() {
    agree(include_str!("tiny_distilbert.json"), Scale::Sigmoid);
}

#[test]
fn mpnet_with_distances_of_tokens() {
    agree(include_str!("tiny_mpnet.json"), Scale::Sigmoid);
}
