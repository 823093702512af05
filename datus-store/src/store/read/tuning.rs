//! The search parameters of vector indexes. They are measured when an index is built, and are stored with the table.

mod metadata;
mod query_kind;

use arrow_schema::Schema;

pub use self::query_kind::QueryKind;
use crate::backend::{NearestTo, SearchParams};
use crate::query::{Predicate, VectorSettings};
use crate::record::{VectorIndex, keys};

/// The measured recall of an index, and the search parameters that achieve it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::store) struct IndexTuning {
    pub(in crate::store) kind: VectorIndex,
    /// The number of partitions in the index.
    pub(in crate::store) partitions: usize,
    /// The number of rows in the table when the index was built.
    pub(in crate::store) built: usize,
    /// The number of rows in the table when the index was measured.
    pub(in crate::store) rows: usize,
    /// The target recall.
    pub(in crate::store) target: f64,
    /// The number of nearest rows that the recall is measured over.
    pub(in crate::store) at: usize,
    /// The kind of queries used in the measurement.
    pub(in crate::store) query_kind: QueryKind,
    /// The measurement without a filter.
    pub(in crate::store) measured: Measurement,
    /// The measurement with filters; `None` if there were no filters.
    pub(in crate::store) filtered: Option<FilteredMeasurement>,
}

/// The result of a measurement.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::store) struct Measurement {
    pub(in crate::store) params: SearchParams,
    /// The fraction of the nearest rows that was found, from 0 to 1, to four decimal places.
    pub(in crate::store) recall: f64,
    /// The standard error of the recall, to four decimal places; `None` if it was not recorded.
    pub(in crate::store) error: Option<f64>,
    /// The number of queries.
    pub(in crate::store) queries: usize,
}

/// The result of a measurement with filters: that of the filter with the lowest recall.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::store) struct FilteredMeasurement {
    pub(in crate::store) measured: Measurement,
    /// The number of filters.
    pub(in crate::store) filters: usize,
    /// The hash that [`fingerprint`] returns for the filters.
    pub(in crate::store) fingerprint: u64,
}

/// Returns a hash of the filters: FNV-1a, which is the same in every version of Rust.
pub(in crate::store) fn fingerprint(filters: &[Predicate]) -> u64 {
    const START: u64 = 0xcbf2_9ce4_8422_2325;
    const PRIME: u64 = 0x0100_0000_01b3;
    let text = format!("{filters:?}");
    text.bytes().fold(START, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(PRIME))
}

impl IndexTuning {
    /// Returns the parameters of a search. With a filter, each is at least as high as the value that was measured with
    /// filters.
    fn params(&self, scope: SearchScope) -> SearchParams {
        let SearchParams { nprobes, refine_factor, ef } = self.measured.params;
        if scope == SearchScope::All {
            return self.measured.params;
        }
        let filtered = self.filtered.map_or(self.measured.params, |filtered| filtered.measured.params);
        let probes = nprobes.saturating_mul(PROBES_OF_FILTERED).min(self.partitions);
        SearchParams {
            nprobes: probes.max(nprobes).max(filtered.nprobes),
            refine_factor: refine_factor.max(filtered.refine_factor),
            ef: ef.max(filtered.ef),
        }
    }

    /// Returns the refine factor of a search: the number of rows to re-rank by their full vectors, as a multiple of the rows
    /// that are fetched. The measured factor applies to the first `at` rows, or the first `guaranteed` rows if there are
    /// more. If more rows are fetched, the factor is reduced so that the number of refined rows stays the same. It is also
    /// reduced if a search for more than `at` rows would refine more than [`MAX_REFINED`] rows.
    fn refine(&self, counts: ResultCounts, scope: SearchScope) -> u32 {
        let max_factor = self.params(scope).refine_factor;
        let refined = |rows: usize| u64::from(max_factor).saturating_mul(rows as u64);
        let measured = refined(self.at);
        let rows = refined(counts.guaranteed.max(self.at)).min(measured.max(MAX_REFINED));
        let times = rows.div_ceil(counts.fetched.max(1) as u64);
        u32::try_from(times).map_or(max_factor, |times| times.clamp(1, max_factor))
    }

    /// Reads the parameters of a vector column from the schema of the table. Returns `None` if the index was not
    /// measured.
    pub(in crate::store) fn of_column(schema: &Schema, column: &str) -> Option<Self> {
        let field = schema.field_with_name(column).ok()?;
        field.metadata().get(keys::TUNED).and_then(|text| Self::from_text(text))
    }
}

/// The maximum number of rows that a search for more rows than were measured refines. They are read by their ids, which is
/// slower than a scan for a large part of a table.
const MAX_REFINED: u64 = 10_000;

/// The factor by which a search with a filter increases the number of partitions. The nearest rows that pass a filter
/// are farther away, and in more partitions, than the nearest of all rows, for which the index was measured.
const PROBES_OF_FILTERED: usize = 4;

/// The rows that a search considers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum SearchScope {
    All,
    Filtered,
}

impl SearchScope {
    pub(in crate::store) fn of(filter: Option<&Predicate>) -> Self {
        if filter.is_some() { Self::Filtered } else { Self::All }
    }
}

/// The number of rows that a search by vector fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) struct ResultCounts {
    /// The number of rows to fetch.
    pub(in crate::store) fetched: usize,
    /// The number of top rows that are found with the measured recall. A reranker may still order the other rows.
    pub(in crate::store) guaranteed: usize,
}

impl ResultCounts {
    /// Creates the counts for a search that returns all rows as hits.
    pub(in crate::store) fn all(rows: usize) -> Self {
        Self { fetched: rows, guaranteed: rows }
    }
}

/// Fills in the search parameters that a search does not set, for the index of its column. `schema` is the current
/// schema of the table.
///
/// The rows that the index finds are always re-ranked by their full vectors. Otherwise their distances would be those of the
/// compressed vectors in the index, and infinite for rows that the index did not compare. If the search sets a number of
/// partitions, that number is kept. If more rows are requested than were measured, the engine may add further partitions.
pub(in crate::store) fn apply(
    schema: &Schema,
    nearest: &mut NearestTo,
    counts: ResultCounts,
    scope: SearchScope,
) {
    let tuning = IndexTuning::of_column(schema, nearest.column);
    let settings = &mut nearest.settings;
    let refine =
        *settings.refine_factor.get_or_insert(tuning.map_or(1, |tuning| tuning.refine(counts, scope)));
    let Some(tuning) = tuning else { return };
    let params = tuning.params(scope);
    if settings.minimum_nprobes.is_none() && settings.maximum_nprobes.is_none() {
        settings.minimum_nprobes = Some(params.nprobes);
        if counts.guaranteed <= tuning.at {
            settings.effort = Some(0.0);
        }
    }
    if settings.ef.is_none() {
        // A graph search has to keep at least as many candidates as are refined.
        settings.ef = params.ef.map(|ef| ef.max(counts.fetched.saturating_mul(refine as usize)));
    }
}

/// Returns the measurement whose parameters a search uses, after [`apply`]. Returns `None` for an exact search, for one that
/// sets parameters itself, and for a column without a measured index.
pub(in crate::store) fn used_by(
    schema: &Schema,
    nearest: &NearestTo,
    counts: ResultCounts,
    scope: SearchScope,
) -> Option<IndexTuning> {
    let tuning = IndexTuning::of_column(schema, nearest.column).filter(|_| !nearest.settings.exact)?;
    let VectorSettings { min_distance, max_distance, exact, .. } = nearest.settings;
    let settings = VectorSettings { min_distance, max_distance, exact, ..VectorSettings::default() };
    let mut default = NearestTo { settings, ..nearest.clone() };
    apply(schema, &mut default, counts, scope);
    let params = |nearest: &NearestTo| {
        let settings = &nearest.settings;
        (settings.minimum_nprobes, settings.maximum_nprobes, settings.refine_factor, settings.ef)
    };
    (params(&default) == params(nearest)).then_some(tuning)
}

#[cfg(test)]
mod tests {
    use super::metadata::tests::tuning;
    use super::*;

    #[test]
    fn the_refine_factor_is_reduced_for_rows_that_are_not_hits() {
        let refine = |rows, sure| {
            tuning(None).refine(ResultCounts { fetched: rows, guaranteed: sure }, SearchScope::All)
        };
        assert_eq!(tuning(None).refine(ResultCounts::all(1), SearchScope::All), 4);
        assert_eq!(tuning(None).refine(ResultCounts::all(1000), SearchScope::All), 4);
        // 10 hits need 40 refined rows. If 20 or 30 rows are fetched for them, a factor of 2 is enough.
        assert_eq!((refine(10, 10), refine(20, 10), refine(30, 10)), (4, 2, 2));
        assert_eq!((refine(200, 100), refine(1000, 1), refine(0, 0)), (2, 1, 4));
        assert_eq!((refine(2500, 2500), refine(5000, 5000), refine(20_000, 20_000)), (4, 2, 1));
        assert_eq!((refine(usize::MAX, usize::MAX), refine(usize::MAX, 1), refine(1, usize::MAX)), (1, 1, 4));
    }

    #[test]
    fn a_search_with_a_filter_uses_the_parameters_that_were_measured_under_filters() {
        let plain = tuning(Some(64));
        assert_eq!(plain.params(SearchScope::All).nprobes, 3);
        assert_eq!(plain.params(SearchScope::Filtered).nprobes, 12, "four times as many as without a filter");
        let under = |params| {
            let measured = Measurement { params, ..plain.measured };
            IndexTuning {
                filtered: Some(FilteredMeasurement { measured, filters: 1, fingerprint: 1 }),
                partitions: 100,
                ..plain
            }
        };
        let demanding = under(SearchParams { nprobes: 40, refine_factor: 16, ef: Some(256) });
        assert_eq!(
            demanding.params(SearchScope::Filtered),
            SearchParams { nprobes: 40, refine_factor: 16, ef: Some(256) }
        );
        assert_eq!(demanding.params(SearchScope::All), plain.measured.params);
        // The measurement with one filter does not apply to more selective filters.
        let easy = under(SearchParams { nprobes: 1, refine_factor: 1, ef: Some(16) });
        assert_eq!(
            easy.params(SearchScope::Filtered),
            SearchParams { nprobes: 12, refine_factor: 4, ef: Some(64) }
        );
    }

    #[test]
    fn filters_with_different_values_have_different_fingerprints() {
        let filter = |keeps| vec![Predicate::Constant(keeps)];
        assert_eq!(fingerprint(&filter(true)), fingerprint(&filter(true)));
        assert_ne!(fingerprint(&filter(true)), fingerprint(&filter(false)));
    }
}
