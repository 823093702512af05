//! Repeats some searches in both vector columns, in the background, while a table is being re-embedded.

use std::collections::HashSet;
use std::time::Duration;

use super::execute::{Resolved, vector_of};
use crate::backend::{DEFAULT_HITS, LegQuery, NearestTo, ScoredRow, Table};
use crate::error::{ErrorKind, Result};
use crate::model::Role;
use crate::query::{Predicate, QuerySpec, VectorQuery, VectorSettings};
use crate::record::ColumnPath;
use crate::store::background::spawn;
use crate::store::core::{Core, LiveComparison, ShadowOverlap, StoreVector};
use crate::store::snapshot::Snapshot;
use crate::store::trace::catch_panic;

/// The time limit of a comparison. A comparison that takes longer is abandoned.
const LONGEST: Duration = Duration::from_secs(10);

/// The number of rows that are read after the last hit, to find rows at the same distance.
const SPARE: usize = 32;

/// A search that is repeated in both columns.
pub(super) struct ShadowSearch {
    comparison: LiveComparison,
    /// The column with the new vectors.
    standby: StoreVector,
    query: NewQuery,
    filter: Option<Predicate>,
    /// The number of rows to compare.
    at: usize,
}

/// The query for the standby column.
enum NewQuery {
    Text(String),
    /// The new vector of a row.
    Row(Predicate),
}

impl Core {
    /// Decides at random whether to repeat a search. Never repeats searches that are not possible with another model:
    /// searches with the caller's own vector, and searches with a range of distances.
    pub(super) fn sample_shadow(&self, spec: &QuerySpec) -> Option<ShadowSearch> {
        let (shadow, nearest) = (self.shadow.as_ref()?, spec.nearest.as_ref()?);
        let settings = &nearest.settings;
        if settings.min_distance.is_some() || settings.max_distance.is_some() {
            return None;
        }
        let query = match &nearest.query {
            VectorQuery::Text(text) => NewQuery::Text(text.clone()),
            VectorQuery::Row(row) => NewQuery::Row(row.clone()),
            VectorQuery::Vector { .. } => return None,
        };
        let mut standby = self.vectors.iter().skip(self.record.vectors.len());
        let standby = standby.find(|standby| standby.number == nearest.vector)?.clone();
        let at = spec.limit.unwrap_or(DEFAULT_HITS).saturating_add(spec.offset);
        let comparison = if at > 0 { shadow.begin()? } else { return None };
        Some(ShadowSearch { comparison, standby, query, filter: spec.filter.clone(), at })
    }

    /// Repeats a sampled search in the background, on the version that the search reads. Both columns are searched exactly.
    pub(super) fn compare_shadow(&self, now: &Snapshot, query: &Resolved<'_>, sampled: Option<ShadowSearch>) {
        let (Some(search), Some(vector)) = (sampled, query.vector()) else { return };
        let Some(searched) = self.vectors.get(search.standby.number) else { return };
        let column = searched.name();
        let old = nearest_to(searched, vector.to_vec());
        let (table, name) = (now.table.clone(), self.table_name().to_owned());
        spawn(async move {
            match tokio::time::timeout(LONGEST, catch_panic(overlap(&table, old, &search))).await {
                Ok(Ok(Some(overlap))) => report(&search, &name, column, overlap),
                Ok(Ok(None)) => {}
                Ok(Err(error)) => {
                    tracing::debug!(target: "datus_store", table = &*name, column, %error, "a search could not be repeated in the new vectors");
                }
                Err(_) => {
                    tracing::debug!(target: "datus_store", table = &*name, column, "a search in the new vectors took too long");
                }
            }
        });
    }
}

fn nearest_to(searched: &StoreVector, vector: Vec<f32>) -> NearestTo {
    let nearest = NearestTo {
        number: searched.number,
        column: searched.name(),
        metric: searched.definition.metric,
        layout: searched.layout(),
        vector,
        settings: VectorSettings::default(),
    };
    nearest.exact()
}

/// Returns the fraction of the rows that both columns find, among the rows that have both vectors; `None` if there are no
/// such rows.
async fn overlap(table: &Table, old: NearestTo, search: &ShadowSearch) -> Result<Option<f64>> {
    let ShadowSearch { standby, query, filter, at, .. } = search;
    let vector = match query {
        NewQuery::Text(text) => standby.embed(text, Role::Query).await?,
        NewQuery::Row(row) => vector_of(table, standby.name(), row.clone()).await?,
    };
    standby.check_direction(&vector, ErrorKind::Model)?;
    let has = |name| Predicate::Not(Box::new(Predicate::IsNull { column: ColumnPath::column(name) }));
    let both = has(old.column).and(has(standby.name()));
    let filter = match filter.clone() {
        Some(filter) => filter.and(both),
        None => both,
    };
    let limit = at.saturating_add(SPARE);
    let new = LegQuery::Nearest(nearest_to(standby, vector));
    let old = table.search_row_ids(LegQuery::Nearest(old), Some(&filter), limit).await?;
    let new = table.search_row_ids(new, Some(&filter), limit).await?;
    Ok(overlap_at(&old.rows, &new.rows, *at))
}

/// Returns the fraction of the nearest `at` rows that are in both results. Rows at the same distance are interchangeable.
fn overlap_at(old: &[ScoredRow], new: &[ScoredRow], at: usize) -> Option<f64> {
    let at = at.min(old.len()).min(new.len());
    let (old, new) = (nearest(old, at), nearest(new, at));
    let common = old.intersection(&new).count();
    (at > 0).then(|| common.min(at) as f64 / at as f64)
}

/// Returns the rows that are at most as far away as the `at`-th row.
fn nearest(found: &[ScoredRow], at: usize) -> HashSet<u64> {
    let Some(farthest) = at.checked_sub(1).and_then(|last| found.get(last)) else { return HashSet::new() };
    // Two computations of the same distance may differ slightly.
    let farthest = farthest.score + farthest.score.abs() * 1e-5 + 1e-6;
    found.iter().filter(|row| row.score <= farthest).map(|row| row.row).collect()
}

fn report(search: &ShadowSearch, table: &str, column: &'static str, overlap: f64) {
    let ShadowSearch { comparison, standby, .. } = search;
    let ShadowOverlap { overlap: estimate, interval, searches, .. } = comparison.add_overlap(column, overlap);
    let model = &*standby.model_id;
    tracing::debug!(
        target: "datus_store", table, column, model, overlap, estimate, low = interval.low, high = interval.high, searches,
        "a search was repeated in the new vectors"
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(found: &[(u64, f32)]) -> Vec<ScoredRow> {
        found.iter().map(|&(row, score)| ScoredRow { row, score }).collect()
    }

    #[test]
    fn the_share_is_that_of_the_first_rows_in_both_results() {
        let old = rows(&[(1, 0.1), (2, 0.2), (3, 0.3), (4, 0.4)]);
        assert_eq!(overlap_at(&old, &rows(&[(2, 5.0), (1, 6.0), (4, 7.0), (3, 8.0)]), 2), Some(1.0));
        assert_eq!(overlap_at(&old, &rows(&[(3, 5.0), (1, 6.0), (4, 7.0), (2, 8.0)]), 2), Some(0.5));
        assert_eq!(overlap_at(&old, &rows(&[(7, 5.0), (8, 6.0)]), 2), Some(0.0));
        assert_eq!(overlap_at(&old, &rows(&[(3, 5.0)]), 3), Some(0.0), "one row has the new vector");
        assert_eq!(overlap_at(&old, &[], 3), None);
        assert_eq!(overlap_at(&old, &old, 0), None);
    }

    #[test]
    fn rows_at_the_same_distance_are_interchangeable() {
        let old = rows(&[(1, 0.1), (2, 0.2), (3, 0.2), (4, 0.9)]);
        assert_eq!(overlap_at(&old, &rows(&[(1, 3.0), (3, 4.0), (2, 4.0), (9, 5.0)]), 2), Some(1.0));
        assert_eq!(overlap_at(&old, &rows(&[(1, 3.0), (9, 4.0), (3, 4.0), (2, 4.0)]), 2), Some(1.0));
        assert_eq!(overlap_at(&old, &rows(&[(9, 3.0), (8, 4.0), (3, 4.1), (2, 4.2)]), 2), Some(0.0));
    }
}
