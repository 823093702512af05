//! Measures the recall of a vector index: the share of the nearest rows that it finds.

use std::collections::BTreeSet;

use super::settings::Settings;
use super::sweep::{ParameterSweep, TrialRecall};
use crate::backend::{Neighbor, SearchParams, VectorSnapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role};
use crate::record::{VectorDef, VectorIndex};
use crate::store::core::Core;

/// The seed of the sample, so that repeated measurements of an unchanged table agree.
const SEED: u64 = 0x6461_7475_7373_746f;
/// The number of times that rows are drawn, since some rows have no vector.
const DRAWS: usize = 8;

/// A query, and its nearest rows by exact search.
struct RecallQuery {
    vector: Vec<f32>,
    /// The row that it was sampled from, which is not counted.
    own: Option<u64>,
    /// The distance of the farthest of the nearest rows.
    farthest: f32,
    /// The number of the nearest rows.
    nearest: usize,
}

/// The queries of one vector column, in one version of the table.
pub(super) struct RecallBenchmark {
    snapshot: VectorSnapshot,
    queries: Vec<RecallQuery>,
    at: usize,
}

impl RecallBenchmark {
    /// Samples vectors or embeds the caller's texts, and finds their nearest rows by exact search.
    pub(super) async fn prepare(
        core: &Core,
        vector: &VectorDef,
        rows: usize,
        settings: &Settings,
    ) -> Result<Self> {
        let snapshot = core.table.vector_snapshot(vector.name, vector.metric).await?;
        let queries: Vec<(Option<u64>, Vec<f32>)> = if settings.queries.is_empty() {
            with_midpoints(sample(&snapshot, rows, settings.samples).await?)
        } else {
            let vectors = core.embed_queries(vector, &settings.queries).await?;
            vectors.into_iter().map(|vector| (None, vector)).collect()
        };
        let vectors: Vec<Vec<f32>> = queries.iter().map(|(_, vector)| vector.clone()).collect();
        // One more, since the sampled row itself is found too.
        let exact = snapshot.exact(&vectors, settings.at + 1).await?;
        let queries = queries.into_iter().zip(exact).filter_map(|((own, vector), found)| {
            let others = without_own(&found, own, settings.at);
            let (farthest, nearest) = (others.last()?.distance, others.len());
            Some(RecallQuery { vector, own, farthest, nearest })
        });
        let queries: Vec<RecallQuery> = queries.collect();
        if queries.is_empty() {
            let message = "the recall of the index can't be measured, since no row has a vector";
            return Err(Error::new(ErrorKind::Recall, message));
        }
        Ok(Self { snapshot, queries, at: settings.at })
    }

    /// Returns the number of queries.
    pub(super) fn len(&self) -> usize {
        self.queries.len()
    }

    /// Sweeps the search parameters of the column's index.
    pub(super) async fn sweep(
        &self,
        kind: VectorIndex,
        partitions: usize,
        target: f64,
    ) -> Result<ParameterSweep> {
        let mut sweep = ParameterSweep::new(kind, partitions, target);
        while let Some(params) = sweep.next() {
            let measured = self.measure(params).await?;
            tracing::debug!(target: "datus_store", ?params, ?measured, "the recall of an index was measured");
            sweep.record(measured);
        }
        Ok(sweep)
    }

    async fn measure(&self, params: SearchParams) -> Result<TrialRecall> {
        let mut parts = Vec::with_capacity(self.queries.len());
        for query in &self.queries {
            let found = self.snapshot.indexed(&query.vector, self.at + 1, params).await?;
            let others = without_own(&found, query.own, self.at);
            // Rows at equal distance are interchangeable: the index may return any of them.
            let near = others.iter().filter(|found| found.distance <= with_tolerance(query.farthest)).count();
            parts.push(near.min(query.nearest) as f64 / query.nearest as f64);
        }
        Ok(mean(&parts))
    }
}

impl Core {
    async fn embed_queries(&self, vector: &VectorDef, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let texts: Vec<&str> = texts.iter().map(String::as_str).collect();
        if texts.iter().any(|text| text.trim().is_empty()) {
            let message = "one of the queries is blank";
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_help("pass texts that users of the table search for"));
        }
        let vectors = model::embed_texts(&**self.model(vector)?, &texts, Role::Query).await?;
        let checked = vectors.into_iter().map(|values| {
            self.check_direction(vector, &values, ErrorKind::Model)?;
            Ok(values)
        });
        checked.collect()
    }
}

/// Samples the vectors of random rows without repetition.
async fn sample(snapshot: &VectorSnapshot, rows: usize, count: usize) -> Result<Vec<(u64, Vec<f32>)>> {
    let mut random = fastrand::Rng::with_seed(SEED);
    let (mut seen, mut vectors) = (BTreeSet::new(), Vec::new());
    let count = count.min(rows);
    for _ in 0..DRAWS {
        let drawn = std::iter::repeat_with(|| random.u64(0..rows.max(1) as u64)).take(count);
        let positions: Vec<u64> = drawn.filter(|position| seen.insert(*position)).collect();
        if !positions.is_empty() {
            vectors.extend(snapshot.vectors(positions).await?);
        }
        if vectors.len() >= count {
            break;
        }
    }
    if vectors.is_empty() {
        vectors = snapshot.first_vectors(count).await?;
    }
    vectors.truncate(count);
    Ok(vectors)
}

/// Returns the queries of a sample. Every second vector is replaced by the midpoint between it and the vector before it.
///
/// A stored vector has its nearest rows in its own partition, so one partition is enough to find them. A real query is less
/// similar to any row than rows are to each other, and its nearest rows are in several partitions. The midpoint of two rows
/// stands in for such a query.
fn with_midpoints(sampled: Vec<(u64, Vec<f32>)>) -> Vec<(Option<u64>, Vec<f32>)> {
    let mut queries: Vec<(Option<u64>, Vec<f32>)> = Vec::with_capacity(sampled.len());
    let mut before: Option<Vec<f32>> = None;
    for (row, vector) in sampled {
        match before.take() {
            None => {
                before = Some(vector.clone());
                queries.push((Some(row), vector));
            }
            Some(other) => {
                let middle: Vec<f32> =
                    vector.iter().zip(&other).map(|(a, b)| f32::midpoint(*a, *b)).collect();
                // The midpoint of opposite vectors has no direction.
                let is_zero = middle.iter().all(|component| component.abs() <= f32::EPSILON);
                queries.push(if is_zero { (Some(row), vector) } else { (None, middle) });
            }
        }
    }
    queries
}

/// Returns the first `at` rows that were found, without the row that the query was sampled from.
fn without_own(found: &[Neighbor], own: Option<u64>, at: usize) -> Vec<Neighbor> {
    found
        .iter()
        .filter(|found| Some(found.row) != own && found.distance.is_finite())
        .take(at)
        .copied()
        .collect()
}

/// Adds the difference that two computations of a distance may have.
fn with_tolerance(distance: f32) -> f32 {
    distance + distance.abs() * 1e-5 + 1e-6
}

fn mean(parts: &[f64]) -> TrialRecall {
    let count = parts.len().max(1) as f64;
    let recall = parts.iter().sum::<f64>() / count;
    let variance = parts.iter().map(|part| (part - recall).powi(2)).sum::<f64>() / (count - 1.0).max(1.0);
    TrialRecall { recall, error: (variance / count).sqrt() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(row: u64, distance: f32) -> Neighbor {
        Neighbor { row, distance }
    }

    #[test]
    fn the_sampled_row_itself_is_not_counted() {
        let hits = [found(7, 0.0), found(1, 0.1), found(2, 0.2), found(3, f32::INFINITY)];
        assert_eq!(without_own(&hits, Some(7), 10), [found(1, 0.1), found(2, 0.2)]);
        assert_eq!(without_own(&hits, Some(9), 2), [found(7, 0.0), found(1, 0.1)]);
        assert_eq!(without_own(&hits, None, 1), [found(7, 0.0)]);
    }

    #[test]
    fn every_second_query_is_the_midpoint_of_two_rows() {
        let row = |x: f32, y: f32| vec![x, y];
        let sampled = vec![
            (1, row(1.0, 0.0)),
            (2, row(0.0, 1.0)),
            (3, row(1.0, 0.0)),
            (4, row(-1.0, 0.0)),
            (5, row(0.0, 2.0)),
        ];
        let queries = with_midpoints(sampled);
        let expected = [
            (Some(1), row(1.0, 0.0)),
            (None, row(0.5, 0.5)),
            (Some(3), row(1.0, 0.0)),
            (Some(4), row(-1.0, 0.0)),
            (Some(5), row(0.0, 2.0)),
        ];
        assert_eq!(queries, expected);
    }

    #[test]
    fn the_mean_has_a_standard_error() {
        assert_eq!(mean(&[1.0, 1.0]), TrialRecall { recall: 1.0, error: 0.0 });
        let measured = mean(&[1.0, 0.8, 1.0, 0.8]);
        assert!(
            (measured.recall - 0.9).abs() < 1e-9 && (measured.error - 0.0577).abs() < 1e-3,
            "{measured:?}"
        );
    }
}
