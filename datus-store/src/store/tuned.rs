//! The search parameters of vector indexes, which are measured when an index is built and stored with the table.

use std::collections::HashMap;

use arrow_schema::Schema;

use crate::backend::{Nearby, NearestTo};
use crate::query::Predicate;
use crate::record::{VectorIndex, keys};

/// The measured recall of an index, and the search parameters with which it is reached.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tuned {
    pub(super) kind: VectorIndex,
    /// The number of partitions of the index.
    pub(super) partitions: usize,
    /// The number of rows of the table when the index was built.
    pub(super) built: usize,
    /// The number of rows of the table when the index was measured.
    pub(super) rows: usize,
    pub(super) how: Nearby,
    /// The fraction of the nearest rows that was found, from 0 to 1, to four decimal places.
    pub(super) recall: f64,
    /// The target recall.
    pub(super) target: f64,
    /// The number of nearest rows that the recall is measured over.
    pub(super) at: usize,
    /// The number of queries of the measurement.
    pub(super) queries: usize,
}

impl Tuned {
    /// Returns the value of the key in the metadata of the vector column.
    pub(super) fn to_text(self) -> String {
        let Self {
            kind,
            partitions,
            built,
            rows,
            how: Nearby { probes, refine, ef },
            recall,
            target,
            at,
            queries,
        } = self;
        let ef = ef.map(|ef| format!(",ef={ef}")).unwrap_or_default();
        format!(
            "kind={},partitions={partitions},built={built},rows={rows},probes={probes},refine={refine}{ef},recall={recall:.4},target={target},\
             at={at},queries={queries}",
            kind.name()
        )
    }

    pub(super) fn from_text(text: &str) -> Option<Self> {
        let pairs: HashMap<&str, &str> = text.split(',').filter_map(|pair| pair.split_once('=')).collect();
        let count = |name: &str| pairs.get(name)?.parse::<usize>().ok();
        let part = |name: &str| pairs.get(name)?.parse::<f64>().ok();
        let how = Nearby {
            probes: count("probes")?.max(1),
            refine: u32::try_from(count("refine")?).ok()?.max(1),
            ef: count("ef"),
        };
        Some(Self {
            kind: VectorIndex::from_name(pairs.get("kind")?)?,
            partitions: count("partitions")?.max(1),
            built: count("built")?,
            rows: count("rows")?,
            how,
            recall: part("recall")?,
            target: part("target")?,
            at: count("at")?,
            queries: count("queries")?,
        })
    }

    /// Returns the refine factor of a search: the number of rows to compare again with their whole vectors, as a
    /// multiple of the rows that are fetched. The measured factor applies to the first `at` rows, or the first `sure`
    /// rows if there are more. For further rows the factor is reduced, so that the number of rows to compare again
    /// stays the same.
    fn refine(&self, wanted: Wanted) -> u32 {
        let most = self.how.refine;
        let rows = u64::from(most).saturating_mul(wanted.sure.max(self.at) as u64);
        let times = rows.div_ceil(wanted.rows.max(1) as u64);
        u32::try_from(times).map_or(most, |times| times.clamp(1, most))
    }

    /// Reads the parameters of a vector column from the schema of the table. Returns `None` if the index was not
    /// measured.
    pub(super) fn of_column(schema: &Schema, column: &str) -> Option<Self> {
        let field = schema.field_with_name(column).ok()?;
        field.metadata().get(keys::TUNED).and_then(|text| Self::from_text(text))
    }
}

/// The factor by which a search with a filter increases the number of partitions. The nearest rows that pass a filter
/// are farther away, and in more partitions, than the nearest of all rows, for which the index was measured.
const PROBES_OF_FILTERED: usize = 4;

/// The rows that a search considers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    All,
    Filtered,
}

impl Reach {
    pub(super) fn of(filter: Option<&Predicate>) -> Self {
        if filter.is_some() { Self::Filtered } else { Self::All }
    }
}

/// The number of rows that a search by vector fetches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// The number of rows to fetch.
    pub(super) rows: usize,
    /// The number of first rows that are found with the measured recall. A reranker may still order the other rows.
    pub(super) sure: usize,
}

impl Wanted {
    /// Creates the counts for a search that returns all rows as hits.
    pub(super) fn all(rows: usize) -> Self {
        Self { rows, sure: rows }
    }
}

/// Fills in the search parameters that a search does not set, for the index of its column. `schema` is the current
/// schema of the table.
///
/// The rows that the index finds are always compared again with their whole vectors. Otherwise their distances would
/// be those of the compressed vectors in the index, and infinite for rows that the index did not compare. A number of
/// partitions that the search sets is kept. For more rows than were measured, the engine may add further partitions.
pub(super) fn apply(schema: &Schema, nearest: &mut NearestTo, wanted: Wanted, reach: Reach) {
    let tuned = Tuned::of_column(schema, nearest.column);
    let options = &mut nearest.options;
    let refine = *options.refine_factor.get_or_insert(tuned.map_or(1, |tuned| tuned.refine(wanted)));
    let Some(tuned) = tuned else { return };
    if options.minimum_nprobes.is_none() && options.maximum_nprobes.is_none() {
        let probes = match reach {
            Reach::All => tuned.how.probes,
            Reach::Filtered => tuned.how.probes.saturating_mul(PROBES_OF_FILTERED).min(tuned.partitions),
        };
        options.minimum_nprobes = Some(probes.max(tuned.how.probes));
        if wanted.sure <= tuned.at {
            options.effort = Some(0.0);
        }
    }
    if options.ef.is_none() {
        // A graph has to keep at least as many candidates as are compared again.
        options.ef = tuned.how.ef.map(|ef| ef.max(wanted.rows.saturating_mul(refine as usize)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tuned(ef: Option<usize>) -> Tuned {
        Tuned {
            kind: VectorIndex::IvfPq,
            partitions: 12,
            built: 900,
            rows: 1000,
            how: Nearby { probes: 3, refine: 4, ef },
            recall: 0.9625,
            target: 0.95,
            at: 10,
            queries: 100,
        }
    }

    #[test]
    fn the_refine_factor_is_reduced_for_rows_that_are_not_hits() {
        let refine = |rows, sure| tuned(None).refine(Wanted { rows, sure });
        assert_eq!(tuned(None).refine(Wanted::all(1)), 4);
        assert_eq!(tuned(None).refine(Wanted::all(1000)), 4);
        // 40 rows are compared again for 10 hits, and also if 20 or 30 rows are fetched for the 10 hits.
        assert_eq!((refine(10, 10), refine(20, 10), refine(30, 10)), (4, 2, 2));
        assert_eq!((refine(200, 100), refine(1000, 1), refine(0, 0)), (2, 1, 4));
        assert_eq!((refine(usize::MAX, usize::MAX), refine(usize::MAX, 1), refine(1, usize::MAX)), (1, 1, 4));
    }

    #[test]
    fn parameters_are_read_as_they_were_written() {
        for ef in [None, Some(64)] {
            assert_eq!(Tuned::from_text(&tuned(ef).to_text()), Some(tuned(ef)));
        }
        assert_eq!(Tuned::from_text("kind=ivf_pq"), None);
        assert_eq!(Tuned::from_text(""), None);
    }
}
