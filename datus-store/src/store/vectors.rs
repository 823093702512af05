//! Checks of vectors that are stored or searched with.

use super::core::Core;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Metric, VectorDef, stored};

impl Core {
    /// Fails for a vector of a different model or size, or with values that are not finite. `dimension` is the size of each
    /// vector in `values`, which can be several if the column has several for each row.
    pub(super) fn check_vector(
        &self,
        definition: &VectorDef,
        model: &str,
        values: &[f32],
        dimension: usize,
    ) -> Result<()> {
        let model_of_column = self.model(definition)?;
        let identity = model_of_column.identity();
        let fits = dimension == identity.dimension && self.layout(definition).takes(values.len());
        let most = model_of_column.vectors_per_text().unwrap_or(usize::MAX);
        let (message, help) = if model != identity.id {
            let message =
                format!("the vector was made by `{model}` and the column holds vectors of {identity}");
            (message, "embed with the model of the column")
        } else if !fits {
            let size = if definition.multi { dimension } else { values.len() };
            let message = format!("the vector has {size} values and the column holds vectors of {identity}");
            (message, "pass all values of one vector")
        } else if values.len() / dimension.max(1) > most {
            let count = values.len() / dimension.max(1);
            let message = format!("{count} vectors were given, and the model makes at most {most} of a text");
            (message, "pass fewer vectors, or open the table with a model that makes more")
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
        let is_zero = |vector: &[f32]| vector.iter().all(|&value| stored(value, definition.element) == 0.0);
        let dimension = self.dimension(definition).max(1);
        if definition.metric != Metric::Cosine || !values.chunks(dimension).any(is_zero) {
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
