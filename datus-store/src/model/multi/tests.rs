use futures::executor::block_on;

use super::*;
use crate::model::EmbeddingModel;

/// Computes a vector for each word. The values are the length of the word, and 1 if the call bypasses the cache or 0 if not.
/// The word "short" has a vector of one value. Each method returns something other than the trait's default.
struct Words(ModelIdentity);

impl Words {
    fn new() -> Self {
        Self(ModelIdentity::new("words", 2))
    }

    fn made(texts: &[&str], uncached: f32) -> Vec<Vec<Vec<f32>>> {
        let vector = |word: &str| match word {
            "short" => vec![5.0],
            word => vec![word.len() as f32, uncached],
        };
        texts.iter().map(|text| text.split_whitespace().map(vector).collect()).collect()
    }
}

#[async_trait]
impl MultiEmbeddingModel for Words {
    fn identity(&self) -> &ModelIdentity {
        &self.0
    }

    async fn embed_multi(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
        Ok(Self::made(texts, 0.0))
    }

    async fn embed_multi_uncached(
        &self,
        texts: &[&str],
        _role: Role,
    ) -> Result<Vec<Vec<Vec<f32>>>, BoxError> {
        Ok(Self::made(texts, 1.0))
    }

    fn max_vectors(&self) -> usize {
        3
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
fn the_vectors_of_a_text_follow_each_other() {
    let model = FlatModel(Words::new());
    let made = block_on(model.embed(&["a bb", "ccc", "a a a"], Role::Document)).unwrap();
    assert_eq!(made, [vec![1.0, 0.0, 2.0, 0.0], vec![3.0, 0.0], vec![1.0, 0.0, 1.0, 0.0, 1.0, 0.0]]);
}

#[test]
fn a_text_without_vectors_with_too_many_or_with_one_of_a_different_size_is_an_error() {
    let model = FlatModel(Words::new());
    for (text, says) in [
        ("", "the model returned no vector for text 1 of a call"),
        ("a a a a", "a text has 4 vectors, but the model `words` permits at most 3"),
        ("a short", "the model returned a vector of 1 values for text 1 of a call, but its dimension is 2"),
    ] {
        let error = block_on(model.embed(&["a", text], Role::Query)).unwrap_err();
        assert_eq!(error.to_string(), says);
        assert_eq!(error.is::<TooManyVectors>(), says.contains("at most"), "{says}");
    }
}

#[test]
fn the_number_of_vectors_is_not_bounded_if_they_are_not_stored() {
    let model = FlatModel(Arc::new(Words::new()));
    let made = block_on(model.embed_uncached(&["a a a a a"], Role::Document)).unwrap();
    assert_eq!(made, [[1.0, 1.0].repeat(5)]);
    assert!(block_on(model.embed_uncached(&[""], Role::Document)).is_err());
}

#[test]
fn a_pointer_and_the_model_of_a_store_have_the_properties_of_the_model() {
    let pointer: Arc<dyn MultiEmbeddingModel> = Arc::new(Words::new());
    assert_eq!((pointer.identity(), pointer.max_vectors()), (&ModelIdentity::new("words", 2), 3));
    assert_eq!(
        (pointer.limits().texts, pointer.count_tokens("a"), pointer.kind()),
        (7, 101, ModelKind::Lexical)
    );
    assert!(pointer.sends_text_away());
    assert_eq!(block_on(pointer.embed_multi(&["a"], Role::Query)).unwrap(), [[[1.0, 0.0]]]);
    assert_eq!(block_on(pointer.embed_multi_uncached(&["a"], Role::Query)).unwrap(), [[[1.0, 1.0]]]);

    let flat: Arc<dyn EmbeddingModel> = Arc::new(FlatModel(pointer));
    assert_eq!((flat.identity(), flat.vectors_per_text()), (&ModelIdentity::new("words", 2), Some(3)));
    assert_eq!((flat.limits().texts, flat.count_tokens("a"), flat.kind()), (7, 101, ModelKind::Lexical));
    assert!(flat.sends_text_away());
}
