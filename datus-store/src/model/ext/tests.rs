//! Properties of all wrappers.

use std::sync::{Arc, Mutex};

use super::super::{
    BatchLimits, Checked, EmbeddingModel, EmbeddingModelExt, HashingModel, ModelIdentity, ModelKind,
    ModelTag, PythonFunction, Role, async_trait,
};
use crate::error::{BoxError, ErrorKind};

/// Returns a fixed vector, and records the texts that it was asked to embed.
#[derive(Clone)]
struct Fixed {
    identity: ModelIdentity,
    vector: Vec<f32>,
    texts: Arc<Mutex<Vec<String>>>,
}

fn fixed(vector: &[f32]) -> Fixed {
    Fixed {
        identity: ModelIdentity::new("fixed", 4).with_revision("7"),
        vector: vector.to_vec(),
        texts: Arc::default(),
    }
}

#[async_trait]
impl EmbeddingModel for Fixed {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        self.texts.lock().unwrap().extend(texts.iter().map(|&text| text.to_owned()));
        Ok(vec![self.vector.clone(); texts.len()])
    }

    fn limits(&self) -> BatchLimits {
        BatchLimits::default().with_texts(7)
    }

    fn count_tokens(&self, text: &str) -> usize {
        text.len()
    }

    fn sends_text_away(&self) -> bool {
        true
    }

    fn kind(&self) -> ModelKind {
        ModelKind::Lexical
    }

    fn python_function(&self) -> Option<PythonFunction> {
        Some(PythonFunction::new("fixed"))
    }
}

/// A wrapper that changes vectors must not return the Python function of the wrapped model, which produces different
/// vectors.
#[test]
fn only_wrappers_that_keep_the_vectors_have_the_function_of_python() {
    let model = fixed(&[1.0, 2.0, 2.0, 5.0]);
    let limits = model.limits();
    let same: [Arc<dyn EmbeddingModel>; 4] = [
        Arc::new(model.clone()),
        Arc::new(model.clone().cached(3)),
        Arc::new(model.clone().with_limits(limits)),
        Arc::new(Arc::new(model.clone())),
    ];
    for model in same {
        assert_eq!(model.python_function(), Some(PythonFunction::new("fixed")));
    }
    assert_eq!(model.clone().truncated(2).unwrap().python_function(), None);
    assert_eq!(model.with_prefixes("a", "b").unwrap().python_function(), None);
    assert_eq!(HashingModel::default().python_function(), None);
}

#[test]
fn every_wrapper_forwards_what_it_does_not_change() {
    let model = fixed(&[1.0, 2.0, 2.0, 5.0]);
    let limits = model.limits();
    let wrappers: [Arc<dyn EmbeddingModel>; 5] = [
        Arc::new(model.clone().cached(3)),
        Arc::new(model.clone().with_prefixes("", "").unwrap()),
        Arc::new(model.clone().truncated(4).unwrap()),
        Arc::new(model.clone().with_limits(limits)),
        Arc::new((Arc::new(model.clone()) as Arc<dyn EmbeddingModel>).cached(3)),
    ];
    for wrapper in wrappers {
        assert_eq!((wrapper.identity().id.as_str(), wrapper.identity().revision.as_str()), ("fixed", "7"));
        assert_eq!(wrapper.limits(), limits);
        assert_eq!(wrapper.count_tokens("abc"), 3);
        assert!(wrapper.sends_text_away());
        assert_eq!(wrapper.kind(), ModelKind::Lexical);
    }
}

#[test]
fn the_kind_is_not_part_of_the_identity() {
    assert_eq!(HashingModel::default().kind(), ModelKind::Lexical);
    let wrapped = Checked::<Hashing>::new(HashingModel::new(4)).unwrap();
    assert_eq!(wrapped.kind(), ModelKind::Lexical);
    let metadata = wrapped.identity().to_metadata();
    let names: Vec<&str> = metadata.iter().map(|(key, _)| key.rsplit('.').next().unwrap()).collect();
    assert_eq!(names, ["id", "revision", "dimension", "normalized", "document_prefix", "query_prefix"]);
}

struct Hashing;

impl ModelTag for Hashing {
    const ID: &'static str = HashingModel::ID;
    const DIMENSION: usize = 4;
}

#[tokio::test]
async fn each_text_gets_the_prefix_of_its_role() {
    let model = fixed(&[1.0; 4]);
    let prefixed = model.clone().with_prefixes("doc: ", "q: ").unwrap();
    prefixed.embed(&["a", "b"], Role::Document).await.unwrap();
    prefixed.embed(&["c"], Role::Query).await.unwrap();
    assert_eq!(*model.texts.lock().unwrap(), ["doc: a", "doc: b", "q: c"]);
    assert_eq!(prefixed.identity(), &model.identity.clone().with_prefixes("doc: ", "q: "));
    assert_eq!(prefixed.count_tokens("abc"), 8);
}

#[test]
fn a_model_with_prefixes_cannot_get_others() {
    let prefixed = fixed(&[1.0; 4]).with_prefixes("", "q: ").unwrap();
    let error = prefixed.with_prefixes("doc: ", "").unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(
        error.to_string().contains("prefixes \"\" and \"q: \"") && error.to_string().contains("two"),
        "{error}"
    );
}

#[tokio::test]
async fn the_first_values_are_kept_and_scaled() {
    let truncated = fixed(&[3.0, 4.0, 9.0, 9.0]).truncated(2).unwrap();
    assert_eq!(truncated.embed(&["a"], Role::Query).await.unwrap(), [[0.6, 0.8]]);
    assert_eq!(truncated.identity().to_string(), "fixed@7 (2 dimensions, normalized)");
}

#[tokio::test]
async fn vectors_that_cannot_be_truncated_or_scaled_are_errors() {
    for dimension in [0, 5] {
        let error = fixed(&[1.0; 4]).truncated(dimension).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput);
        assert!(error.to_string().ends_with("keep from 1 to 4 values"), "{error}");
    }
    for (vector, expected) in
        [(&[0.0, 0.0, 1.0, 1.0][..], "keep more values"), (&[1.0; 3], "its dimension is 4")]
    {
        let error = fixed(vector).truncated(2).unwrap().embed(&["a"], Role::Query).await.unwrap_err();
        assert!(error.to_string().contains(expected), "{error}");
    }
}
