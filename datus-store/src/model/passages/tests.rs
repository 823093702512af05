use std::sync::Mutex;

use futures::executor::block_on;

use super::split::{Windows, passages};
use super::*;
use crate::model::{EmbeddingModelExt, HashingModel};

fn split(text: &str, words: usize, overlap: usize) -> Vec<&str> {
    passages(text, Windows { words, overlap })
}

#[test]
fn a_passage_ends_with_a_sentence_or_after_its_words() {
    assert_eq!(
        split("one two. three four five. six seven", 5, 0),
        ["one two. three four five.", "six seven"]
    );
    assert_eq!(split("one two three. four five six", 5, 1), ["one two three.", "three. four five six"]);
    assert_eq!(split("a b c d e f g", 3, 1), ["a b c", "c d e", "e f g"]);
    assert_eq!(split("He said \"no.\" Then he left now", 4, 0), ["He said \"no.\"", "Then he left now"]);
    // A sentence that ends in the first half would make a short passage.
    assert_eq!(split("Yes. one two three four five", 4, 0), ["Yes. one two three", "four five"]);
    // The last sentence end is used, even if the passage has no room for another word.
    assert_eq!(split("a b c. d. e f", 4, 0), ["a b c. d.", "e f"]);
    // A period inside a word does not end a sentence, and neither does one without whitespace after it.
    assert_eq!(split("a b v1.2 c d e", 4, 0), ["a b v1.2 c", "d e"]);
    assert_eq!(split("a b v1.数据 c d", 4, 0), ["a b v1.数", "据 c d"]);
}

#[test]
fn a_short_or_blank_text_is_one_passage() {
    assert_eq!(split("  one  two ", 2, 1), ["one  two"]);
    assert_eq!(split("", 5, 1), [""]);
    assert_eq!(split(" \n ", 5, 1), [" \n "]);
}

#[test]
fn characters_of_scripts_without_spaces_and_long_runs_count_as_words() {
    assert_eq!(split("你好吗。我很好。", 4, 0), ["你好吗。", "我很好。"]);
    // The mark belongs to the character before it.
    assert_eq!(split("你好吗。我很好。", 3, 0), ["你好吗。", "我很好。"]);
    assert_eq!(split("数据库订单", 2, 0), ["数据", "库订", "单"]);
    assert_eq!(split("ab数据cd", 2, 0), ["ab数", "据cd"]);
    let run = "x".repeat(70);
    assert_eq!(split(&run, 1, 0), ["x".repeat(30), "x".repeat(30), "x".repeat(10)]);
}

#[test]
fn every_word_is_in_a_passage_of_bounded_length() {
    let mut random = fastrand::Rng::with_seed(7);
    for _ in 0..500 {
        let text: Vec<String> = (0..random.usize(1..60))
            .map(|word| format!("w{word}{}", [".", "", "", ","][random.usize(0..4)]))
            .collect();
        let (words, text) = (random.usize(1..12), text.join(" "));
        let overlap = random.usize(0..=words / 2);
        let mut covered = 0;
        for passage in split(&text, words, overlap) {
            assert!(passage.split(' ').count() <= words, "{passage}");
            let start = text.find(passage).unwrap();
            assert!(start <= covered + 1, "{text}: {passage}");
            covered = start + passage.len();
        }
        assert_eq!(covered, text.len(), "{text}");
    }
}

/// Records the texts of each call.
struct Recorded(HashingModel, Mutex<Vec<Vec<String>>>);

#[async_trait]
impl EmbeddingModel for Recorded {
    fn identity(&self) -> &ModelIdentity {
        self.0.identity()
    }

    async fn embed(&self, texts: &[&str], role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.1.lock().unwrap().push(texts.iter().map(|text| (*text).to_owned()).collect());
        self.0.embed(texts, role).await
    }

    fn limits(&self) -> BatchLimits {
        BatchLimits::default().with_texts(2)
    }
}

#[test]
fn passages_are_embedded_in_calls_within_the_limits_and_queries_whole() {
    let hashing = HashingModel::new(32);
    let model = Recorded(hashing.clone(), Mutex::default()).passages().words(2, 0).unwrap();
    let made = block_on(model.embed_multi(&["a b c d e", "f"], Role::Document)).unwrap();
    let expected = [vec!["a b", "c d", "e"], vec!["f"]];
    let expected =
        expected.map(|texts| texts.into_iter().map(|text| hashing.vector(text)).collect::<Vec<_>>());
    assert_eq!(made, expected);
    assert!(model.model.1.lock().unwrap().iter().all(|call| call.len() <= 2));
    let query = block_on(model.embed_multi(&["a b c d e"], Role::Query)).unwrap();
    assert_eq!(query, [[hashing.vector("a b c d e")]]);
}

#[test]
fn a_text_with_too_many_passages_is_an_error_before_a_call() {
    let model = Recorded(HashingModel::new(32), Mutex::default())
        .passages()
        .words(1, 0)
        .unwrap()
        .max_passages(3)
        .unwrap();
    assert!(block_on(model.embed_multi(&["a b c"], Role::Document)).is_ok());
    let error = block_on(model.embed_multi(&["a", "a b c d"], Role::Document)).unwrap_err();
    assert_eq!(error.to_string(), "a text has 4 vectors, but the model `datus/hashing` permits at most 3");
    assert_eq!(model.model.1.lock().unwrap().len(), 2, "one call for every two passages of the first text");
}

#[test]
fn settings_out_of_range_are_errors() {
    let model = || HashingModel::new(32).passages();
    assert!(model().words(0, 0).is_err() && model().words(10, 6).is_err() && model().words(10, 5).is_ok());
    assert!(model().max_passages(0).is_err() && model().max_passages(1 << 17).is_err());
    assert_ne!(model().identity(), HashingModel::new(32).identity());
    assert_ne!(model().identity(), model().words(100, 10).unwrap().identity());
}

/// A model whose methods return something other than the trait's defaults. It returns no vector for the text "lost".
struct Odd(HashingModel);

#[async_trait]
impl EmbeddingModel for Odd {
    fn identity(&self) -> &ModelIdentity {
        self.0.identity()
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        Ok(texts.iter().filter(|text| **text != "lost").map(|text| self.0.vector(text)).collect())
    }

    async fn embed_uncached(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        Ok(texts.iter().map(|text| self.0.vector(&format!("uncached {text}"))).collect())
    }

    fn limits(&self) -> BatchLimits {
        BatchLimits::default().with_texts(7)
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len() + 100
    }

    fn sends_text_away(&self) -> bool {
        true
    }

    fn kind(&self) -> ModelKind {
        ModelKind::Lexical
    }
}

#[test]
fn a_missing_vector_of_a_passage_is_an_error() {
    let model = Odd(HashingModel::new(32)).passages().words(1, 0).unwrap();
    let error = block_on(model.embed_multi(&["a lost b"], Role::Document)).unwrap_err();
    assert_eq!(error.to_string(), "the model returned 2 vectors for 3 passages");
}

#[test]
fn passages_that_are_not_stored_bypass_the_cache_and_the_bound() {
    let hashing = HashingModel::new(32);
    let model = Odd(hashing.clone()).passages().words(1, 0).unwrap().max_passages(2).unwrap();
    let made = block_on(model.embed_multi_uncached(&["a b c"], Role::Document)).unwrap();
    assert_eq!(made, [["uncached a", "uncached b", "uncached c"].map(|text| hashing.vector(text))]);
}

#[test]
fn the_model_of_passages_has_the_properties_of_its_model() {
    let model = Odd(HashingModel::new(32)).passages().max_passages(5).unwrap();
    assert_eq!((model.limits().texts, model.count_tokens("a"), model.max_vectors()), (7, 101, 5));
    assert_eq!((model.sends_text_away(), model.kind()), (true, ModelKind::Lexical));
}
