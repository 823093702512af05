//! A vector column with its model, and the checks for vectors that are stored or used as queries.

use std::sync::Arc;

use super::SharedCalls;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, EmbeddingModel, Role};
use crate::record::{Metric, RecordDef, VectorDef, VectorLayout, stored};

/// A vector column that a store writes, with its model.
#[derive(Clone)]
pub(in crate::store) struct StoreVector {
    /// The definition of the column. For a standby column, it contains the name of the standby column.
    pub(in crate::store) definition: VectorDef,
    /// The position of the vector in the record, counted from 0 in order of declaration. A standby column has the position
    /// of the vector that it will replace.
    pub(in crate::store) number: usize,
    /// The id of the model.
    pub(in crate::store) model_id: Arc<str>,
    /// The model, with the calls that small writes share. All vectors of a model share one queue of calls.
    pub(in crate::store) calls: Arc<SharedCalls>,
}

impl StoreVector {
    /// Returns the vectors of a record, in order of declaration.
    ///
    /// # Errors
    /// `Engine` if there are fewer models than the record names.
    pub(super) fn of_record(record: &RecordDef, models: &[Arc<dyn EmbeddingModel>]) -> Result<Vec<Self>> {
        let calls: Vec<Arc<SharedCalls>> = models.iter().map(SharedCalls::new).collect();
        let vector = |(number, definition): (usize, &VectorDef)| {
            let calls = calls.get(definition.model).ok_or_else(|| {
                Error::new(ErrorKind::Engine, "the store has no model for the vector column")
                    .with_column(definition.name)
            })?;
            let model_id = calls.model.identity().id.as_str().into();
            Ok(Self { definition: definition.clone(), number, model_id, calls: Arc::clone(calls) })
        };
        record.vectors.iter().enumerate().map(vector).collect()
    }

    /// Returns a standby column with this name that is otherwise equal to this column.
    pub(super) fn to_standby(&self, name: &'static str) -> Self {
        Self { definition: VectorDef { name, ..self.definition.clone() }, ..self.clone() }
    }

    /// Returns the name of the column.
    pub(in crate::store) fn name(&self) -> &'static str {
        self.definition.name
    }

    /// Returns the model that computes the vectors.
    pub(in crate::store) fn model(&self) -> &dyn EmbeddingModel {
        &*self.calls.model
    }

    /// Returns `true` if the same model computes the vectors of both columns.
    pub(in crate::store) fn has_model_of(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.calls, &other.calls)
    }

    /// Returns the number of values in a vector.
    pub(in crate::store) fn dimension(&self) -> usize {
        self.model().identity().dimension
    }

    /// Returns the layout of the column.
    pub(in crate::store) fn layout(&self) -> VectorLayout {
        self.definition.layout(self.dimension())
    }

    /// Embeds a text.
    ///
    /// # Errors
    /// `Model` when the model fails.
    pub(in crate::store) async fn embed(&self, text: &str, role: Role) -> Result<Vec<f32>> {
        let made = model::embed_texts(self.model(), &[text], role).await;
        let made = made.map_err(|error| error.with_column(self.name()))?;
        let missing =
            || Error::new(ErrorKind::Model, "the model returned no vector").with_column(self.name());
        made.into_iter().next().ok_or_else(missing)
    }

    /// Fails for a vector from another model, of another size, or with values that are not finite. `dimension` is the size
    /// of each vector in `values`. If the column has several vectors for each row, `values` can contain several.
    pub(in crate::store) fn check(&self, model: &str, values: &[f32], dimension: usize) -> Result<()> {
        let identity = self.model().identity();
        let fits = dimension == identity.dimension && self.layout().takes(values.len());
        let count = values.len() / dimension.max(1);
        let max_vectors = self.model().vectors_per_text().unwrap_or(usize::MAX);
        let (message, help) = if model != identity.id {
            let message =
                format!("the vector was made by `{model}`, but the column holds vectors of {identity}");
            (message, "embed with the model of the column")
        } else if !fits {
            let size = if self.definition.multi { dimension } else { values.len() };
            let message = format!("the vector has {size} values, but the column holds vectors of {identity}");
            (message, "pass all values of one vector")
        } else if count > max_vectors {
            let message =
                format!("{count} vectors were given, but the model returns at most {max_vectors} for a text");
            (message, "pass fewer vectors, or open the table with a model that returns more")
        } else if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            (format!("the vector contains {value}"), "every value must be finite")
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidInput, message).with_help(help).with_column(self.name()))
    }

    /// Fails for a vector that cannot be stored, and for a zero vector if the metric is cosine, because a zero vector
    /// has no direction.
    pub(in crate::store) fn check_direction(&self, values: &[f32], kind: ErrorKind) -> Result<()> {
        self.check_range(values, kind)?;
        let element = self.definition.element;
        let is_zero = |vector: &[f32]| vector.iter().all(|&value| stored(value, element) == 0.0);
        let mut vectors = values.chunks(self.dimension().max(1));
        if self.definition.metric != Metric::Cosine || !vectors.any(is_zero) {
            return Ok(());
        }
        let message = format!(
            "a vector of `{}` is zero, and the cosine distance of a zero vector is not defined",
            self.model_id
        );
        Err(Error::new(kind, message)
            .with_help("use `embed(metric = l2)`, or a model that returns no zero vectors")
            .with_column(self.name()))
    }

    /// Fails for a component that the column cannot store.
    fn check_range(&self, values: &[f32], kind: ErrorKind) -> Result<()> {
        let element = self.definition.element;
        let large = values.iter().find(|value| value.is_finite() && stored(**value, element).is_infinite());
        let Some(value) = large else { return Ok(()) };
        let message = format!(
            "a vector of `{}` contains {value}, which is out of the range of `{}`",
            self.model_id,
            element.name()
        );
        Err(Error::new(kind, message)
            .with_help("store 32-bit floats, without `embed(element = f16)`, or scale the vectors")
            .with_column(self.name()))
    }
}
