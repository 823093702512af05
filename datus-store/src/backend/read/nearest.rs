//! Lowers a vector search to the engine's query.

use std::collections::HashMap;

use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{BooleanArray, RecordBatch};
use arrow_schema::{DataType, Field};
use lancedb::DistanceType;
use lancedb::query::{Query, VectorQuery};

use crate::backend::error::convert;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{DISTANCE, VectorSettings};
use crate::record::{Metric, VectorLayout, keys};

/// A vector search with its query vector. For a column with several vectors per row, `vector` contains one or more concatenated
/// vectors.
#[derive(Debug, Clone)]
pub(crate) struct NearestTo {
    /// The position of the vector column in the record.
    pub(crate) number: usize,
    pub(crate) column: &'static str,
    pub(crate) metric: Metric,
    pub(crate) layout: VectorLayout,
    pub(crate) vector: Vec<f32>,
    pub(crate) settings: VectorSettings,
}

impl NearestTo {
    pub(super) fn prepare(self, query: Query) -> Result<VectorQuery> {
        let Self { number: _, column, metric, layout, vector, settings } = self;
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
        let query = nearest_to(query, layout, [&*vector])?;
        let mut query = query.column(column).distance_type(distance(metric));
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

    /// Returns the field for the distance column. Its metadata names the metric.
    pub(crate) fn score(&self) -> Field {
        distance_field(self.metric)
    }
}

/// Adds query vectors to a search. If the column has several vectors per row, the vectors form a single query. Otherwise each
/// vector is its own query.
pub(in crate::backend) fn nearest_to<'a>(
    query: Query,
    layout: VectorLayout,
    queries: impl IntoIterator<Item = &'a [f32]>,
) -> Result<VectorQuery> {
    let mut vectors = queries.into_iter().flat_map(|query| query.chunks(layout.dimension.max(1)));
    let no_vector = || Error::new(ErrorKind::Engine, "a vector search has no vector to search for");
    let first = vectors.next().ok_or_else(no_vector)?;
    let query = query.nearest_to(first).map_err(convert)?;
    vectors.try_fold(query, |query, vector| query.add_query_vector(vector).map_err(convert))
}

/// The default overfetch of lance 14 (`LANCE_XTR_OVERFETCH`). It applies to a column with several vectors per row. For each
/// query vector, an index search finds this many times as many vectors as the limit.
const OVERFETCH: usize = 10;

/// Returns the minimum number of candidates that a graph search must keep for a limit. The engine refuses fewer.
pub(in crate::backend) fn min_ef(layout: VectorLayout, limit: usize) -> usize {
    if layout.multi { limit.saturating_mul(OVERFETCH) } else { 0 }
}

/// Returns the rows of an answer whose distance is not NaN. In a column with several vectors per row, the engine returns rows
/// without vectors last, with the distance NaN. In a column of single vectors, the engine drops such rows itself.
pub(in crate::backend) fn with_distance(batch: RecordBatch) -> Result<RecordBatch> {
    let distances =
        batch.column_by_name(DISTANCE).and_then(|column| column.as_primitive_opt::<Float32Type>());
    let Some(distances) = distances else { return Ok(batch) };
    let has: BooleanArray =
        distances.iter().map(|distance| Some(distance.is_some_and(|distance| !distance.is_nan()))).collect();
    if has.true_count() == batch.num_rows() {
        return Ok(batch);
    }
    arrow_select::filter::filter_record_batch(&batch, &has).map_err(|source| {
        Error::new(ErrorKind::Engine, "the rows of an answer cannot be filtered").with_source(source)
    })
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
