use std::sync::Arc;

use super::provider::Provider;
use super::{ModelConfig, invalid};
use crate::error::Result;
use crate::model::{EmbeddingModel, HashingModel};

pub(super) const PROVIDER: Provider =
    Provider { name: "hashing", feature: "", fields: &[], build: Some(build) };

fn build(config: &ModelConfig) -> Result<Arc<dyn EmbeddingModel>> {
    let dimension = config.dimension.unwrap_or(HashingModel::DEFAULT_DIMENSION);
    if dimension == 0 {
        return Err(invalid("a vector has at least one value: the field `dimension` of a model can't be 0"));
    }
    config.around(HashingModel::new(dimension))
}
