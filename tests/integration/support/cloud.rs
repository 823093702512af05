//! Points in clusters, for tests of vector indexes.

use datus_store::BoxError;
use datus_store::model::{EmbeddingModel, ModelIdentity, Role, async_trait};

/// The number of components of a point.
pub(crate) const DIMENSION: usize = 16;
/// The number of clusters.
const CLUSTERS: u64 = 12;

/// A model that uses a text as the seed of a point. Identical texts map to the same point, and all points are near one of a
/// few centers.
#[derive(Clone)]
pub(crate) struct Cloud {
    identity: ModelIdentity,
    point: fn(&str) -> Vec<f32>,
}

impl Cloud {
    pub(crate) const ID: &'static str = "cloud";

    pub(crate) fn new() -> Self {
        Self { identity: ModelIdentity::new(Self::ID, DIMENSION), point }
    }

    /// Returns a model without clusters. The point of the text `far` is a million times as far away as all others.
    pub(crate) fn scattered() -> Self {
        Self { point: scattered, ..Self::new() }
    }
}

fn seed(text: &str) -> u64 {
    text.bytes().fold(7, |seed: u64, byte| seed.wrapping_mul(31).wrapping_add(u64::from(byte)))
}

fn scattered(text: &str) -> Vec<f32> {
    if text == "far" {
        return vec![1e6; DIMENSION];
    }
    let mut random = fastrand::Rng::with_seed(seed(text));
    (0..DIMENSION).map(|_| random.f32() - 0.5).collect()
}

/// Returns the point that represents a text.
pub(crate) fn point(text: &str) -> Vec<f32> {
    let mut random = fastrand::Rng::with_seed(seed(text));
    let mut centre = fastrand::Rng::with_seed(random.u64(0..CLUSTERS));
    (0..DIMENSION).map(|_| centre.f32() * 4.0 - 2.0 + random.f32() - 0.5).collect()
}

#[async_trait]
impl EmbeddingModel for Cloud {
    fn identity(&self) -> &ModelIdentity {
        &self.identity
    }

    async fn embed(&self, texts: &[&str], _role: Role) -> Result<Vec<Vec<f32>>, BoxError> {
        Ok(texts.iter().map(|text| (self.point)(text)).collect())
    }
}
