use std::sync::Arc;

use super::ModelConfig;
use super::provider::Provider;
use crate::error::Result;
use crate::model::{EmbeddingModel, HashingModel};

pub(super) const PROVIDER: Provider =
    Provider { name: "hashing", feature: "", fields: &[], build: Some(build) };

fn build(config: &ModelConfig) -> Result<Arc<dyn EmbeddingModel>> {
    let dimension = config.dimension.unwrap_or(HashingModel::DEFAULT_DIMENSION);
    config.wrap(HashingModel::try_new(dimension)?)
}
