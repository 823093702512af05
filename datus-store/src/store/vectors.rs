//! Checks of vectors that are stored or searched with.

use super::core::Core;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Metric, VectorDef};

impl Core {
    /// Fails for a vector of a different model or size, or with values that are not finite.
    pub(super) fn check_vector(&self, definition: &VectorDef, model: &str, values: &[f32]) -> Result<()> {
        let identity = self.model(definition)?.identity();
        let (message, help) = if model != identity.id {
            let message =
                format!("the vector was made by `{model}` and the column holds vectors of {identity}");
            (message, "embed with the model of the column")
        } else if values.len() != identity.dimension {
            let message =
                format!("the vector has {} values and the column holds vectors of {identity}", values.len());
            (message, "pass all values of one vector")
        } else if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            (format!("the vector contains {value}"), "every value must be finite")
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidInput, message).with_help(help).with_column(definition.name))
    }

    /// Fails for a zero vector if the metric is cosine, because a zero vector has no direction.
    pub(super) fn check_direction(
        &self,
        definition: &VectorDef,
        values: &[f32],
        kind: ErrorKind,
    ) -> Result<()> {
        if definition.metric != Metric::Cosine || values.iter().any(|&value| value != 0.0) {
            return Ok(());
        }
        let model = &self.model(definition)?.identity().id;
        let message =
            format!("a vector of `{model}` is zero, and the cosine distance of a zero vector is not defined");
        Err(Error::new(kind, message)
            .with_help("use `embed(metric = l2)`, or a model that makes no zero vectors")
            .with_column(definition.name))
    }
}
