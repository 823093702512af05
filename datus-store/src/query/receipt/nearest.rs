//! The vector query of a receipt. It contains the vector itself, so that the search can be repeated without the model.

use serde::{Deserialize, Serialize};

use super::errors::damaged;
use super::value::{count, number, parse};
use crate::error::{Error, ErrorKind, Result, excerpt};
use crate::model::{ModelIdentity, ModelKind};
use crate::query::{Nearest, VectorQuery, VectorSettings, base64};
use crate::record::RecordDef;

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct NearestBody {
    /// The vector column.
    column: String,
    model: Model,
    /// The components as 32-bit floats, little-endian, in base64. Several vectors are concatenated.
    vector: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    min_distance: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    max_distance: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    minimum_nprobes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    maximum_nprobes: Option<u64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    effort: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refine_factor: Option<u32>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    ef: Option<u64>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    exact: bool,
}

/// The model that computed the vector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Model {
    id: String,
    revision: String,
    dimension: usize,
    normalized: bool,
    document_prefix: String,
    query_prefix: String,
    /// `true` if the model is lexical. The kind of the model determines how a hybrid search orders its hits.
    lexical: bool,
}

impl NearestBody {
    pub(super) fn new(nearest: &Nearest, column: &str, model: Model, vector: &[f32]) -> Self {
        let VectorSettings { min_distance, max_distance, minimum_nprobes, maximum_nprobes, .. } =
            nearest.settings;
        let VectorSettings { effort, refine_factor, ef, exact, .. } = nearest.settings;
        let bytes: Vec<u8> = vector.iter().flat_map(|value| value.to_le_bytes()).collect();
        Self {
            column: column.to_owned(),
            model,
            vector: base64::encode(&bytes),
            min_distance: min_distance.map(|distance| distance.to_string()),
            max_distance: max_distance.map(|distance| distance.to_string()),
            minimum_nprobes: minimum_nprobes.map(count),
            maximum_nprobes: maximum_nprobes.map(count),
            effort: effort.map(|effort| effort.to_string()),
            refine_factor,
            ef: ef.map(count),
            exact,
        }
    }

    pub(super) fn model(&self) -> &Model {
        &self.model
    }

    pub(super) fn column(&self) -> &str {
        &self.column
    }

    /// Returns the position of the vector in the record.
    fn position(&self, record: &RecordDef) -> Result<usize> {
        record.vectors.iter().position(|vector| vector.name == self.column).ok_or_else(|| {
            Error::new(
                ErrorKind::SchemaMismatch,
                "the receipt searches a vector that the record does not have",
            )
            .with_help("replay it with the struct that it was made with")
            .with_column(excerpt(&self.column))
        })
    }

    pub(super) fn read(&self, record: &RecordDef) -> Result<Nearest> {
        let Model { id, dimension, .. } = &self.model;
        let query = VectorQuery::Vector { model: id.clone(), values: self.values()?, dimension: *dimension };
        let settings = VectorSettings {
            min_distance: self.min_distance.as_deref().map(parse).transpose()?,
            max_distance: self.max_distance.as_deref().map(parse).transpose()?,
            minimum_nprobes: self.minimum_nprobes.map(number).transpose()?,
            maximum_nprobes: self.maximum_nprobes.map(number).transpose()?,
            effort: self.effort.as_deref().map(parse).transpose()?,
            refine_factor: self.refine_factor,
            ef: self.ef.map(number).transpose()?,
            exact: self.exact,
        };
        Ok(Nearest { settings, ..Nearest::new(self.position(record)?, query) })
    }

    fn values(&self) -> Result<Vec<f32>> {
        let bytes = base64::decode(&self.vector);
        let bytes = bytes.ok_or_else(|| damaged("its vector is not valid base64"))?;
        let (values, rest) = bytes.as_chunks::<4>();
        match rest.is_empty() {
            true => Ok(values.iter().map(|bytes| f32::from_le_bytes(*bytes)).collect()),
            false => Err(damaged("its vector is not a list of 32-bit floats")),
        }
    }
}

impl Model {
    pub(super) fn new(identity: &ModelIdentity, kind: ModelKind) -> Self {
        let ModelIdentity { id, revision, dimension, normalized, document_prefix, query_prefix } =
            identity.clone();
        let lexical = kind == ModelKind::Lexical;
        Self { id, revision, dimension, normalized, document_prefix, query_prefix, lexical }
    }

    pub(super) fn identity(&self) -> ModelIdentity {
        let Self { id, revision, dimension, normalized, document_prefix, query_prefix, lexical: _ } =
            self.clone();
        ModelIdentity::new(id, dimension)
            .with_revision(revision)
            .with_normalized(normalized)
            .with_prefixes(document_prefix, query_prefix)
    }

    pub(super) fn has_kind(&self, kind: ModelKind) -> bool {
        self.lexical == (kind == ModelKind::Lexical)
    }
}
