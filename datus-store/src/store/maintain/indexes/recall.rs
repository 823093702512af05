//! Measures the recall of a vector index: the fraction of the nearest rows that it finds.

use super::draw::Query;
use super::queries::MeasurementQueries;
use super::sweep::{ParameterSweep, TrialRecall, refines};
use crate::backend::{Neighbor, SearchParams, VectorSnapshot};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;
use crate::record::{VectorDef, VectorIndex};
use crate::statistics::{mean, standard_error};
use crate::store::core::Core;
use crate::store::read::QueryKind;

/// A query, and its nearest rows by exact search.
struct RecallQuery {
    query: Query,
    /// The distance of the farthest of the nearest rows.
    farthest: f32,
    /// The number of nearest rows.
    nearest: usize,
}

/// Queries of one length under one filter, or without a filter.
struct FilteredQueries {
    filter: Option<Predicate>,
    queries: Vec<RecallQuery>,
}

/// The queries of one vector column, in one version of the table.
pub(super) struct RecallBenchmark {
    snapshot: VectorSnapshot,
    /// The groups of queries. There is at least one.
    filtered: Vec<FilteredQueries>,
    at: usize,
    /// The kind of index that the column declares.
    declared: VectorIndex,
    /// `true` if a row has several vectors.
    multi: bool,
    query_kind: QueryKind,
}

impl RecallBenchmark {
    /// Finds the nearest rows of the queries by exact search, under each of the filters; `None` is a search without a
    /// filter.
    pub(super) async fn prepare(
        core: &Core,
        vector: &VectorDef,
        queries: &MeasurementQueries,
        filters: impl IntoIterator<Item = Option<Predicate>>,
        at: usize,
    ) -> Result<Self> {
        let layout = core.vector_column(vector.name)?.layout();
        let snapshot = core.table.vector_snapshot(vector.name, vector.metric, layout).await?;
        let vectors: Vec<Vec<f32>> =
            queries.groups.iter().flatten().map(|query| query.vector.clone()).collect();
        let mut filtered = Vec::new();
        for filter in filters {
            // One more row is requested, since the sampled row itself is found too.
            let mut exact = snapshot.exact(&vectors, filter.as_ref(), at + 1).await?.into_iter();
            for group in &queries.groups {
                let queries =
                    group.iter().zip(exact.by_ref().take(group.len())).filter_map(|(query, found)| {
                        let others = without_own(&found, query.own, at);
                        let (farthest, nearest) = (others.last()?.distance, others.len());
                        Some(RecallQuery { query: query.clone(), farthest, nearest })
                    });
                let queries: Vec<RecallQuery> = queries.collect();
                if queries.is_empty() {
                    return Err(nothing_to_find(filter.as_ref()));
                }
                filtered.push(FilteredQueries { filter: filter.clone(), queries });
            }
        }
        let (declared, multi, query_kind) = (vector.index, vector.multi, queries.kind);
        Ok(Self { snapshot, filtered, at, declared, multi, query_kind })
    }

    /// Sweeps the search parameters of the column's index: for the [preferred](Self::preferred) recall, and if it is out of
    /// reach, for the target.
    pub(super) async fn sweep(
        &self,
        kind: VectorIndex,
        partitions: usize,
        target: f64,
    ) -> Result<ParameterSweep> {
        let (preferred, mut trials) = (self.preferred(target), Vec::new());
        let sweep = self.sweep_for(kind, partitions, preferred, &mut trials).await?;
        if sweep.cheapest().is_some() || preferred <= target {
            return Ok(sweep);
        }
        self.sweep_for(kind, partitions, target, &mut trials).await
    }

    /// Measures search parameters that a sweep with other queries has chosen. `chosen` is the result of that sweep, which is
    /// too high on average, because it selected the parameters. Returns `None` if the parameters do not reach the recall that
    /// they were chosen for.
    pub(super) async fn confirm(
        &self,
        params: SearchParams,
        chosen: TrialRecall,
        target: f64,
    ) -> Result<Option<TrialRecall>> {
        let measured = self.measure(params).await?;
        Ok(is_confirmed(chosen, measured, self.preferred(target), target).then_some(measured))
    }

    /// Returns the recall to aim at. Without the caller's queries, it is the midpoint between the target and 1, since the
    /// recall of real queries may be lower than the measured one.
    fn preferred(&self, target: f64) -> f64 {
        match self.query_kind {
            QueryKind::UserQueries => target,
            _ => f64::midpoint(target, 1.0),
        }
    }

    /// Sweeps the search parameters for this target. `trials` contains the trials so far, which are not repeated.
    async fn sweep_for(
        &self,
        kind: VectorIndex,
        partitions: usize,
        target: f64,
        trials: &mut Vec<(SearchParams, TrialRecall)>,
    ) -> Result<ParameterSweep> {
        let refines = refines(kind, self.declared, self.multi);
        let mut sweep = ParameterSweep::new(kind, partitions, target, refines, self.at);
        while let Some(params) = sweep.next() {
            let measured = match trials.iter().find(|(tried, _)| *tried == params) {
                Some((_, measured)) => *measured,
                None => self.measure(params).await?,
            };
            tracing::debug!(target: "datus_store", ?params, ?measured, "the recall of an index was measured");
            trials.push((params, measured));
            sweep.record(measured);
        }
        Ok(sweep)
    }

    /// Returns the lowest recall of all groups of queries.
    async fn measure(&self, params: SearchParams) -> Result<TrialRecall> {
        let mut lowest: Option<TrialRecall> = None;
        for filtered in &self.filtered {
            let measured = self.measure_under(filtered, params).await?;
            if lowest.is_none_or(|lowest| measured.lower_bound() < lowest.lower_bound()) {
                lowest = Some(measured);
            }
        }
        lowest.ok_or_else(|| nothing_to_find(None))
    }

    async fn measure_under(&self, filtered: &FilteredQueries, params: SearchParams) -> Result<TrialRecall> {
        let mut parts = Vec::with_capacity(filtered.queries.len());
        for RecallQuery { query, farthest, nearest } in &filtered.queries {
            let filter = filtered.filter.as_ref();
            let found = self.snapshot.indexed(&query.vector, filter, self.at + 1, params).await?;
            let others = without_own(&found, query.own, self.at);
            // Rows with equal distances are interchangeable: the index may return any of them.
            let near = others.iter().filter(|found| found.distance <= with_tolerance(*farthest)).count();
            parts.push(near.min(*nearest) as f64 / *nearest as f64);
        }
        Ok(TrialRecall { recall: mean(&parts), error: standard_error(&parts), queries: parts.len() })
    }
}

/// Returns `true` if a second measurement reaches the recall that the parameters were chosen for: the preferred one if the
/// first measurement reached it, and otherwise the target.
fn is_confirmed(chosen: TrialRecall, measured: TrialRecall, preferred: f64, target: f64) -> bool {
    measured.reaches(if chosen.reaches(preferred) { preferred } else { target })
}

fn nothing_to_find(filter: Option<&Predicate>) -> Error {
    match filter {
        None => {
            let message = "the recall of the index cannot be measured, since no row has a vector";
            Error::new(ErrorKind::Recall, message)
        }
        Some(_) => {
            let message = "the recall cannot be measured under a filter that no row with a vector passes";
            Error::new(ErrorKind::InvalidInput, message)
                .with_help("pass a filter to `.under(…)` that searches use and that some rows pass")
        }
    }
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

/// Adds a tolerance, since two computations of the same distance may differ slightly.
fn with_tolerance(distance: f32) -> f32 {
    distance + distance.abs() * 1e-5 + 1e-6
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
    fn a_second_measurement_has_to_reach_what_the_parameters_were_chosen_for() {
        let trial = |recall| TrialRecall { recall, error: 0.002, queries: 100 };
        let confirmed = |chosen, measured| is_confirmed(trial(chosen), trial(measured), 0.975, 0.95);
        assert!(confirmed(0.98, 0.978));
        assert!(!confirmed(0.98, 0.976));
        assert!(confirmed(0.96, 0.953));
        assert!(!confirmed(0.96, 0.951));
    }
}
