//! Compares the scores of small generated cross-encoders with those of the Python library.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod families;
mod folders;
mod minilm;
mod ranking;

use futures::executor::block_on;
use serde::Deserialize;
use tempfile::TempDir;

use super::CrossEncoder;
use crate::error::{Error, ErrorKind};
use crate::model::sentence_transformer::tests::tiny::TinyFolder;
use crate::rerank::{Candidate, Ranked, RerankQuery};

/// A model saved by Python, without its weights, and the scores that Python computed.
#[derive(Deserialize)]
struct Tiny {
    #[serde(flatten)]
    folder: TinyFolder,
    queries: Vec<String>,
    texts: Vec<String>,
    /// The output of the model for each query and text.
    logits: Vec<Vec<f32>>,
    /// The output on the scale of the model.
    scores: Vec<Vec<f32>>,
}

const BERT: &str = include_str!("tests/tiny_bert.json");

impl Tiny {
    fn read(json: &str) -> Self {
        serde_json::from_str(json).unwrap()
    }

    fn folder(&self) -> TempDir {
        self.folder.write()
    }
}

fn bert() -> CrossEncoder {
    CrossEncoder::from_folder(Tiny::read(BERT).folder().path()).unwrap()
}

fn rank<T: AsRef<str>>(encoder: &CrossEncoder, query: &str, texts: &[T]) -> Vec<Ranked> {
    let candidates: Vec<Candidate> =
        texts.iter().map(|text| Candidate::default().with_text(text.as_ref())).collect();
    block_on(crate::rerank::checked_ranking(encoder, &RerankQuery::default().with_text(query), &candidates))
        .unwrap()
}

/// Returns the scores in the order of the texts.
fn scores<T: AsRef<str>>(encoder: &CrossEncoder, query: &str, texts: &[T]) -> Vec<f32> {
    let mut ranking = rank(encoder, query, texts);
    ranking.sort_by_key(|ranked| ranked.candidate);
    ranking.iter().map(|ranked| ranked.score).collect()
}

/// Returns the largest difference between two lists of scores.
fn max_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
