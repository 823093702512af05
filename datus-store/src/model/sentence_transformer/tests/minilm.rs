//! Compares the vectors of all-MiniLM-L6-v2 with those of the Python library. `tools/fetch-models` downloads the model, and
//! with `--onnx` also its graphs and ONNX Runtime.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{cosine, embed, max_difference};
use crate::model::{EmbeddingModel, Role, SentenceTransformer};

#[derive(Deserialize)]
struct Reference {
    texts: Vec<String>,
    vectors: Vec<Vec<f32>>,
}

/// The command that downloads a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fetch {
    #[cfg(any(feature = "native", feature = "candle"))]
    Plain,
    #[cfg(feature = "onnx")]
    Onnx,
}

impl Fetch {
    fn command(self) -> &'static str {
        match self {
            #[cfg(any(feature = "native", feature = "candle"))]
            Self::Plain => "tools/fetch-models",
            #[cfg(feature = "onnx")]
            Self::Onnx => "tools/fetch-models --onnx",
        }
    }

    /// Returns `true` if the test must not be skipped. `DATUS_REQUIRE_MODELS=onnx` requires all files, and `1` requires
    /// those that `tools/fetch-models` downloads without `--onnx`.
    fn required(self) -> bool {
        match std::env::var("DATUS_REQUIRE_MODELS").as_deref() {
            Ok("onnx") => true,
            Ok("1") => self.command() == "tools/fetch-models",
            _ => false,
        }
    }
}

/// Returns the path of a downloaded file. If it is missing and not required, prints a warning and returns `None`.
fn fetched(test: &str, variable: &str, default: &str, fetch: Fetch) -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let path =
        std::env::var_os(variable).map_or_else(|| root.join("target/models").join(default), PathBuf::from);
    if path.exists() {
        return Some(path);
    }
    let (path, command) = (path.display(), fetch.command());
    let message = format!("`{test}` DID NOT RUN: `{path}` is missing; run `{command}`, or set {variable}");
    assert!(!fetch.required(), "{message}");
    // Writing to standard error directly bypasses the test harness, which hides the output of passed tests.
    let _ = std::io::Write::write_all(&mut std::io::stderr(), format!("\n{message}\n").as_bytes());
    None
}

/// Returns the folder of all-MiniLM-L6-v2. If it is missing and not required, prints a warning and returns `None`.
#[cfg(any(feature = "native", feature = "candle"))]
pub(crate) fn folder(test: &str) -> Option<PathBuf> {
    fetched(test, "DATUS_MINILM", "all-MiniLM-L6-v2", Fetch::Plain)
}

fn check(model: &SentenceTransformer, min_cosine: f64) {
    let identity = model.identity();
    assert_eq!((identity.dimension, identity.normalized, model.max_tokens()), (384, true, 256));
    let reference: Reference = serde_json::from_str(include_str!("minilm.json")).unwrap();
    let texts: Vec<&str> = reference.texts.iter().map(String::as_str).collect();
    let vectors = embed(model, &texts, Role::Document);
    for ((text, vector), expected) in texts.iter().zip(&vectors).zip(&reference.vectors) {
        let cosine = cosine(vector, expected);
        assert!(cosine > min_cosine, "{text:?}: the cosine to the reference is {cosine}");
        assert!((length(vector) - 1.0).abs() < 1e-5);
    }
}

fn length(vector: &[f32]) -> f64 {
    vector.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt()
}

/// Asserts that texts have the same vectors in separate calls and in one call.
#[cfg(any(feature = "candle", feature = "onnx"))]
fn check_separate_calls(model: &SentenceTransformer) {
    let reference: Reference = serde_json::from_str(include_str!("minilm.json")).unwrap();
    let texts: Vec<&str> = reference.texts.iter().map(String::as_str).collect();
    let together = embed(model, &texts, Role::Query);
    for (text, vector) in texts.iter().zip(&together) {
        assert!(max_difference(vector, &embed(model, &[text], Role::Query)[0]) < 1e-5, "{text:?}");
    }
}

#[test]
#[cfg(feature = "native")]
fn the_native_runner_gives_the_vectors_of_python() {
    let name = "the_native_runner_gives_the_vectors_of_python";
    let Some(folder) = folder(name) else { return };
    let model = SentenceTransformer::builder(folder).runner(crate::model::Native::default()).build().unwrap();
    // This crate is not optimized in tests, so the texts are not embedded again in separate calls.
    check(&model, 0.999_99);
}

#[test]
#[cfg(feature = "candle")]
fn candle_gives_the_vectors_of_python() {
    let name = "candle_gives_the_vectors_of_python";
    let Some(folder) = folder(name) else { return };
    let model = SentenceTransformer::builder(folder).runner(crate::model::Candle::default()).build().unwrap();
    check(&model, 0.9999);
    check_separate_calls(&model);
}

#[cfg(feature = "onnx")]
mod onnx {
    use super::*;
    use crate::model::{Onnx, Runner};

    fn load(test: &str, graph: &str) -> Option<(PathBuf, Onnx)> {
        let folder = fetched(test, "DATUS_MINILM", "all-MiniLM-L6-v2", Fetch::Onnx)?;
        fetched(test, "DATUS_MINILM_GRAPH", &format!("all-MiniLM-L6-v2/{graph}"), Fetch::Onnx)?;
        let library = fetched(test, "ORT_DYLIB_PATH", "python/onnxruntime/capi", Fetch::Onnx)?;
        Some((folder, Onnx::default().with_file(graph).with_library(library)))
    }

    fn build(folder: &Path, onnx: Onnx) -> SentenceTransformer {
        SentenceTransformer::builder(folder).runner(onnx).build().unwrap()
    }

    #[test]
    fn onnx_gives_the_vectors_of_python() {
        let Some((folder, onnx)) = load("onnx_gives_the_vectors_of_python", "onnx/model.onnx") else {
            return;
        };
        let model = build(&folder, onnx);
        check(&model, 0.9999);
        check_separate_calls(&model);
        assert!(matches!(Runner::of_folder(&folder), Runner::Onnx(_)));
    }

    #[test]
    fn a_quantized_graph_gives_similar_vectors_and_a_different_identity() {
        let name = "a_quantized_graph_gives_similar_vectors_and_a_different_identity";
        let Some((folder, onnx)) = load(name, "onnx/model_quantized.onnx") else { return };
        let model = build(&folder, onnx.clone());
        check(&model, 0.97);
        let whole = build(&folder, onnx.with_file("onnx/model.onnx"));
        let expected = format!("{}+model_quantized", whole.identity().revision);
        assert_eq!(model.identity().revision, expected);
    }

    #[test]
    #[cfg(any(feature = "native", feature = "candle"))]
    fn all_runners_give_the_same_identity() {
        let Some((folder, onnx)) = load("all_runners_give_the_same_identity", "onnx/model.onnx") else {
            return;
        };
        let model = build(&folder, onnx);
        for runner in super::super::rust_runners() {
            let other = SentenceTransformer::builder(&folder).runner(runner).build().unwrap();
            assert_eq!(model.identity(), other.identity());
        }
    }
}
