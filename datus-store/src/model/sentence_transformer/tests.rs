//! Compares the vectors of small generated models, and of a real model if it was downloaded, with those of the Python
//! library.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[cfg(any(feature = "native", feature = "candle"))]
mod batches;
#[cfg(any(feature = "native", feature = "candle"))]
mod families;
mod folders;
pub(crate) mod minilm;
pub(crate) mod tiny;

use futures::executor::block_on;

use super::{Runner, SentenceTransformer};
use crate::model::{EmbeddingModel, Role};

fn embed(model: &SentenceTransformer, texts: &[&str], role: Role) -> Vec<Vec<f32>> {
    block_on(model.embed(texts, role)).unwrap()
}

/// Returns the runners that are written in Rust. They all run the same models.
#[cfg(any(feature = "native", feature = "candle"))]
pub(super) fn rust_runners() -> Vec<Runner> {
    let runners = [
        #[cfg(feature = "native")]
        Runner::Native(crate::model::Native::default()),
        #[cfg(feature = "candle")]
        Runner::Candle(crate::model::Candle::default()),
    ];
    runners.to_vec()
}

fn cosine(a: &[f32], b: &[f32]) -> f64 {
    assert_eq!(a.len(), b.len());
    let dot = |a: &[f32], b: &[f32]| a.iter().zip(b).map(|(a, b)| f64::from(*a) * f64::from(*b)).sum::<f64>();
    dot(a, b) / (dot(a, a) * dot(b, b)).sqrt()
}

/// Returns the largest difference between two components.
fn max_difference(a: &[f32], b: &[f32]) -> f32 {
    assert_eq!(a.len(), b.len());
    a.iter().zip(b).map(|(a, b)| (a - b).abs()).fold(0.0, f32::max)
}
