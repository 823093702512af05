//! Lowers a vector search to the engine's query.

use std::collections::HashMap;

use arrow_schema::{DataType, Field};
use lancedb::DistanceType;
use lancedb::query::{Query, VectorQuery};

use crate::backend::error::convert;
use crate::error::Result;
use crate::query::{DISTANCE, VectorSettings};
use crate::record::{Metric, keys};

/// A vector search with its vector.
#[derive(Debug, Clone)]
pub(crate) struct NearestTo {
    /// The number of the vector column in the record.
    pub(crate) number: usize,
    pub(crate) column: &'static str,
    pub(crate) metric: Metric,
    pub(crate) vector: Vec<f32>,
    pub(crate) settings: VectorSettings,
}

impl NearestTo {
    pub(super) fn prepare(self, query: Query) -> Result<VectorQuery> {
        let Self { number: _, column, metric, vector, settings } = self;
        let VectorSettings {
            min_distance,
            max_distance,
            minimum_nprobes,
            maximum_nprobes,
            effort,
            refine_factor,
            ef,
            exact,
        } = settings;
        let mut query =
            query.nearest_to(vector).map_err(convert)?.column(column).distance_type(distance(metric));
        if min_distance.is_some() || max_distance.is_some() {
            query = query.distance_range(min_distance, max_distance);
        }
        // The maximum is set first, because lancedb refuses a minimum above the current maximum.
        if let Some(nprobes) = maximum_nprobes {
            query = query.maximum_nprobes((nprobes > 0).then_some(nprobes)).map_err(convert)?;
        }
        if let Some(nprobes) = minimum_nprobes {
            query = query.minimum_nprobes(nprobes).map_err(convert)?;
        }
        if effort.is_some() {
            query = query.search_effort(effort).map_err(convert)?;
        }
        if let Some(factor) = refine_factor {
            query = query.refine_factor(factor);
        }
        if let Some(ef) = ef {
            query = query.ef(ef);
        }
        Ok(if exact { query.bypass_vector_index() } else { query })
    }

    /// Returns the same search without an index.
    pub(crate) fn exact(self) -> Self {
        Self { settings: VectorSettings { exact: true, ..self.settings }, ..self }
    }

    /// Returns the column of the distances, whose metadata names the metric.
    pub(crate) fn score(&self) -> Field {
        distance_field(self.metric)
    }
}

/// Returns the column of distances. It is nullable, as in the engine.
pub(crate) fn distance_field(metric: Metric) -> Field {
    let metadata = HashMap::from([(keys::METRIC.to_owned(), metric.name().to_owned())]);
    Field::new(DISTANCE, DataType::Float32, true).with_metadata(metadata)
}

fn distance(metric: Metric) -> DistanceType {
    match metric {
        Metric::Cosine => DistanceType::Cosine,
        Metric::L2 => DistanceType::L2,
        Metric::Dot => DistanceType::Dot,
    }
}
