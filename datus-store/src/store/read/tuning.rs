//! The search parameters of vector indexes, which are measured when an index is built and stored with the table.

use std::collections::HashMap;

use arrow_schema::Schema;

use crate::backend::{NearestTo, SearchParams};
use crate::query::Predicate;
use crate::record::{VectorIndex, keys};

/// The measured recall of an index, and the search parameters with which it is reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::store) struct IndexTuning {
    pub(in crate::store) kind: VectorIndex,
    /// The number of partitions of the index.
    pub(in crate::store) partitions: usize,
    /// The number of rows of the table when the index was built.
    pub(in crate::store) built: usize,
    /// The number of rows of the table when the index was measured.
    pub(in crate::store) rows: usize,
    pub(in crate::store) params: SearchParams,
    /// The fraction of the nearest rows that was found, from 0 to 1, to four decimal places.
    pub(in crate::store) recall: f64,
    /// The target recall.
    pub(in crate::store) target: f64,
    /// The number of nearest rows that the recall is measured over.
    pub(in crate::store) at: usize,
    /// The number of queries of the measurement.
    pub(in crate::store) queries: usize,
}

impl IndexTuning {
    /// Returns the value of the key in the metadata of the vector column.
    pub(in crate::store) fn to_text(self) -> String {
        let Self {
            kind,
            partitions,
            built,
            rows,
            params: SearchParams { nprobes, refine_factor, ef },
            recall,
            target,
            at,
            queries,
        } = self;
        let ef = ef.map(|ef| format!(",ef={ef}")).unwrap_or_default();
        format!(
            "kind={},partitions={partitions},built={built},rows={rows},probes={nprobes},refine={refine_factor}{ef},recall={recall:.4},target={target},\
             at={at},queries={queries}",
            kind.name()
        )
    }

    pub(in crate::store) fn from_text(text: &str) -> Option<Self> {
        let pairs: HashMap<&str, &str> = text.split(',').filter_map(|pair| pair.split_once('=')).collect();
        let count = |name: &str| pairs.get(name)?.parse::<usize>().ok();
        let part = |name: &str| pairs.get(name)?.parse::<f64>().ok();
        let params = SearchParams {
            nprobes: count("probes")?.max(1),
            refine_factor: u32::try_from(count("refine")?).ok()?.max(1),
            ef: count("ef"),
        };
        Some(Self {
            kind: VectorIndex::from_name(pairs.get("kind")?)?,
            partitions: count("partitions")?.max(1),
            built: count("built")?,
            rows: count("rows")?,
            params,
            recall: part("recall")?,
            target: part("target")?,
            at: count("at")?,
            queries: count("queries")?,
        })
    }

    /// Returns the refine factor of a search: the number of rows to compare again with their whole vectors, as a
    /// multiple of the rows that are fetched. The measured factor applies to the first `at` rows, or the first `guaranteed`
    /// rows if there are more. For further rows the factor is reduced, so that the number of rows to compare again
    /// stays the same.
    fn refine(&self, counts: ResultCounts) -> u32 {
        let most = self.params.refine_factor;
        let rows = u64::from(most).saturating_mul(counts.guaranteed.max(self.at) as u64);
        let times = rows.div_ceil(counts.fetched.max(1) as u64);
        u32::try_from(times).map_or(most, |times| times.clamp(1, most))
    }

    /// Reads the parameters of a vector column from the schema of the table. Returns `None` if the index was not
    /// measured.
    pub(in crate::store) fn of_column(schema: &Schema, column: &str) -> Option<Self> {
        let field = schema.field_with_name(column).ok()?;
        field.metadata().get(keys::TUNED).and_then(|text| Self::from_text(text))
    }
}

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
    /// The number of first rows that are found with the measured recall. A reranker may still order the other rows.
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
/// The rows that the index finds are always compared again with their whole vectors. Otherwise their distances would
/// be those of the compressed vectors in the index, and infinite for rows that the index did not compare. A number of
/// partitions that the search sets is kept. For more rows than were measured, the engine may add further partitions.
pub(in crate::store) fn apply(
    schema: &Schema,
    nearest: &mut NearestTo,
    counts: ResultCounts,
    scope: SearchScope,
) {
    let tuning = IndexTuning::of_column(schema, nearest.column);
    let options = &mut nearest.options;
    let refine = *options.refine_factor.get_or_insert(tuning.map_or(1, |tuning| tuning.refine(counts)));
    let Some(tuning) = tuning else { return };
    if options.minimum_nprobes.is_none() && options.maximum_nprobes.is_none() {
        let probes = match scope {
            SearchScope::All => tuning.params.nprobes,
            SearchScope::Filtered => {
                tuning.params.nprobes.saturating_mul(PROBES_OF_FILTERED).min(tuning.partitions)
            }
        };
        options.minimum_nprobes = Some(probes.max(tuning.params.nprobes));
        if counts.guaranteed <= tuning.at {
            options.effort = Some(0.0);
        }
    }
    if options.ef.is_none() {
        // A graph has to keep at least as many candidates as are compared again.
        options.ef = tuning.params.ef.map(|ef| ef.max(counts.fetched.saturating_mul(refine as usize)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuning(ef: Option<usize>) -> IndexTuning {
        IndexTuning {
            kind: VectorIndex::IvfPq,
            partitions: 12,
            built: 900,
            rows: 1000,
            params: SearchParams { nprobes: 3, refine_factor: 4, ef },
            recall: 0.9625,
            target: 0.95,
            at: 10,
            queries: 100,
        }
    }

    #[test]
    fn the_refine_factor_is_reduced_for_rows_that_are_not_hits() {
        let refine = |rows, sure| tuning(None).refine(ResultCounts { fetched: rows, guaranteed: sure });
        assert_eq!(tuning(None).refine(ResultCounts::all(1)), 4);
        assert_eq!(tuning(None).refine(ResultCounts::all(1000)), 4);
        // 40 rows are compared again for 10 hits, and also if 20 or 30 rows are fetched for the 10 hits.
        assert_eq!((refine(10, 10), refine(20, 10), refine(30, 10)), (4, 2, 2));
        assert_eq!((refine(200, 100), refine(1000, 1), refine(0, 0)), (2, 1, 4));
        assert_eq!((refine(usize::MAX, usize::MAX), refine(usize::MAX, 1), refine(1, usize::MAX)), (1, 1, 4));
    }

    #[test]
    fn parameters_are_read_as_they_were_written() {
        for ef in [None, Some(64)] {
            assert_eq!(IndexTuning::from_text(&tuning(ef).to_text()), Some(tuning(ef)));
        }
        assert_eq!(IndexTuning::from_text("kind=ivf_pq"), None);
        assert_eq!(IndexTuning::from_text(""), None);
    }
}
