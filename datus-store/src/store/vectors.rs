//! Checks of vectors that are stored or searched with, and comparisons of stored vectors with those of the models.

mod compare;
mod sample;

pub(super) use self::compare::{ComparedVector, LENGTH, check_cosine, compare_texts};
pub(super) use self::sample::{Pair, Sample, SampleRequest};
use super::core::Core;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Metric, VectorDef, stored};

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

    /// Fails for a vector that cannot be stored, and for a zero vector if the metric is cosine, because a zero vector has no
    /// direction.
    pub(super) fn check_direction(
        &self,
        definition: &VectorDef,
        values: &[f32],
        kind: ErrorKind,
    ) -> Result<()> {
        self.check_range(definition, values, kind)?;
        if definition.metric != Metric::Cosine
            || values.iter().any(|&value| stored(value, definition.element) != 0.0)
        {
            return Ok(());
        }
        let model = &self.model(definition)?.identity().id;
        let message =
            format!("a vector of `{model}` is zero, and the cosine distance of a zero vector is not defined");
        Err(Error::new(kind, message)
            .with_help("use `embed(metric = l2)`, or a model that makes no zero vectors")
            .with_column(definition.name))
    }

    /// Fails for a component that the column cannot store.
    fn check_range(&self, definition: &VectorDef, values: &[f32], kind: ErrorKind) -> Result<()> {
        let large = values
            .iter()
            .find(|value| value.is_finite() && stored(**value, definition.element).is_infinite());
        let Some(value) = large else { return Ok(()) };
        let model = &self.model(definition)?.identity().id;
        let element = definition.element.name();
        let message =
            format!("a vector of `{model}` contains {value}, which is out of the range of `{element}`");
        Err(Error::new(kind, message)
            .with_help("store 32-bit floats, without `embed(element = f16)`, or scale the vectors")
            .with_column(definition.name))
    }
}
