//! The vectors of rows on their way to the table.

use std::collections::HashMap;
use std::sync::Arc;

use arrow_array::{ArrayRef, FixedSizeListArray, Float32Array};
use arrow_buffer::NullBufferBuilder;
use arrow_schema::DataType;

use super::core::Core;
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role};
use crate::record::{Embedding, Metric, VectorDef, vector_type};

/// Where the vector of one row comes from.
pub(super) enum Source<'a> {
    /// The caller brings it.
    Given(&'a Embedding),
    /// It is made from the text, which is not blank.
    Text(&'a str),
    /// There is no text: the vector is null.
    Nothing,
}

impl<'a> Source<'a> {
    pub(super) fn new(given: Option<&'a Embedding>, text: Option<&'a str>) -> Self {
        match (given, text) {
            (Some(vector), _) => Self::Given(vector),
            (None, Some(text)) if !text.trim().is_empty() => Self::Text(text),
            _ => Self::Nothing,
        }
    }
}

/// A vector column, and how many texts were embedded for it.
pub(super) struct Embedded {
    pub(super) column: ArrayRef,
    pub(super) texts: usize,
}

impl Core {
    /// The vector column number `index` of some rows. Equal texts are embedded once.
    pub(super) async fn vector_column(&self, index: usize, rows: &[Source<'_>]) -> Result<Embedded> {
        let definition = &self.record.vectors[index];
        self.embed_rows(definition, rows).await.map_err(|error| error.with_column(definition.name))
    }

    async fn embed_rows(&self, definition: &VectorDef, rows: &[Source<'_>]) -> Result<Embedded> {
        let (mut texts, mut positions): (Vec<&str>, HashMap<&str, usize>) = Default::default();
        for row in rows {
            match row {
                Source::Given(vector) => {
                    self.check_vector(definition, vector.model(), vector.values())?;
                    self.check_direction(definition, vector.values(), ErrorKind::InvalidInput)?;
                }
                Source::Text(text) => {
                    positions.entry(text).or_insert_with(|| {
                        texts.push(text);
                        texts.len() - 1
                    });
                }
                Source::Nothing => {}
            }
        }
        let vectors = model::embed(&*self.models[definition.model], &texts, Role::Document).await?;
        vectors.iter().try_for_each(|vector| self.check_direction(definition, vector, ErrorKind::Model))?;
        let vectors = rows.iter().map(|row| match row {
            Source::Given(vector) => Some(vector.values()),
            Source::Text(text) => {
                positions.get(text).and_then(|&position| vectors.get(position)).map(Vec::as_slice)
            }
            Source::Nothing => None,
        });
        let column = vector_array(vectors, rows.len(), self.models[definition.model].identity().dimension)?;
        Ok(Embedded { column, texts: texts.len() })
    }

    /// Fails for a vector of another model or size, or with values that are not finite.
    pub(super) fn check_vector(&self, definition: &VectorDef, model: &str, values: &[f32]) -> Result<()> {
        let identity = self.models[definition.model].identity();
        let fault = if model != identity.id {
            format!(
                "the vector was made by `{model}` and the column holds vectors of {identity}: embed with that model"
            )
        } else if values.len() != identity.dimension {
            format!("the vector has {} values and the column holds vectors of {identity}", values.len())
        } else if let Some(value) = values.iter().find(|value| !value.is_finite()) {
            format!("the vector holds {value}: every value must be finite")
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidInput, fault).with_column(definition.name))
    }

    /// Fails for a vector of length zero where distance is an angle: it has no direction.
    pub(super) fn check_direction(
        &self,
        definition: &VectorDef,
        values: &[f32],
        kind: ErrorKind,
    ) -> Result<()> {
        if definition.metric != Metric::Cosine || values.iter().any(|&value| value != 0.0) {
            return Ok(());
        }
        let model = &self.models[definition.model].identity().id;
        let message = format!(
            "a vector of `{model}` is zero, and the cosine distance of a zero vector is not defined: use \
             `embed(metric = l2)`, or a model that makes none"
        );
        Err(Error::new(kind, message).with_column(definition.name))
    }
}

/// The `FixedSizeList(Float32)` of vectors; `None` is a null.
fn vector_array<'a>(
    vectors: impl Iterator<Item = Option<&'a [f32]>>,
    rows: usize,
    dimension: usize,
) -> Result<ArrayRef> {
    let mut values: Vec<f32> = Vec::with_capacity(rows * dimension);
    let mut nulls = NullBufferBuilder::new(rows);
    for vector in vectors {
        match vector {
            Some(vector) => values.extend_from_slice(vector),
            None => values.resize(values.len() + dimension, 0.0),
        }
        nulls.append(vector.is_some());
    }
    let invalid =
        |source| Error::new(ErrorKind::Model, "the vectors do not make an Arrow column").with_source(source);
    let DataType::FixedSizeList(item, length) = vector_type(dimension) else {
        return Err(Error::new(ErrorKind::Model, "the model has a dimension that no vector column can have"));
    };
    let column =
        FixedSizeListArray::try_new(item, length, Arc::new(Float32Array::from(values)), nulls.finish());
    Ok(Arc::new(column.map_err(invalid)?))
}
