//! How the index of a vector column is searched: what was measured when it was built, kept with the table.

use std::collections::HashMap;

use arrow_schema::Schema;

use crate::backend::{Nearby, NearestTo};
use crate::query::Predicate;
use crate::record::{VectorIndex, keys};

/// What was measured of an index, and what a search of it needs to find as much.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Tuned {
    pub(super) kind: VectorIndex,
    /// Its partitions.
    pub(super) partitions: usize,
    /// The rows of the table when the index was built.
    pub(super) built: usize,
    /// The rows of the table when it was measured.
    pub(super) rows: usize,
    pub(super) how: Nearby,
    /// The part of the nearest rows that was found, 0 to 1, in ten thousandths.
    pub(super) recall: f64,
    /// The part that was wanted.
    pub(super) target: f64,
    /// Of how many nearest rows.
    pub(super) at: usize,
    /// Over how many queries.
    pub(super) queries: usize,
}

impl Tuned {
    /// The value of the key in the metadata of the vector column.
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

    /// How many times the rows are measured again. It was found for the first `at`, and is the same for the first
    /// `sure`; the rows after those are measured as far as that number of rows goes.
    fn refine(&self, wanted: Wanted) -> u32 {
        let most = self.how.refine;
        let rows = u64::from(most).saturating_mul(wanted.sure.max(self.at) as u64);
        let times = rows.div_ceil(wanted.rows.max(1) as u64);
        u32::try_from(times).map_or(most, |times| times.clamp(1, most))
    }

    /// What the table's schema says of a vector column.
    pub(super) fn of_column(schema: &Schema, column: &str) -> Option<Self> {
        let field = schema.field_with_name(column).ok()?;
        field.metadata().get(keys::TUNED).and_then(|text| Self::from_text(text))
    }
}

/// How many times the partitions a search with a filter looks into. Of rows that pass a filter the nearest are
/// farther away, and in more partitions, than of all rows, for which the index was measured.
const PROBES_OF_FILTERED: usize = 4;

/// What a search is among.
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

/// How many rows a search by vector gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wanted {
    /// All of them.
    pub(super) rows: usize,
    /// How many of the first are to be found as surely as was measured. The others may still be ordered by something
    /// else.
    pub(super) sure: usize,
}

impl Wanted {
    /// Rows that are all answers.
    pub(super) fn all(rows: usize) -> Self {
        Self { rows, sure: rows }
    }
}

/// Fills in how a search goes through the index of its column, where the search does not say. `schema` is the table's
/// as it is now.
///
/// Found rows are measured again with their whole vectors in any case: without it, distances are those of what an
/// index keeps of vectors, and infinite for rows that it was spared to measure. A search that says how many
/// partitions it looks into is left so. For more rows than were measured, the engine's own choice of partitions comes
/// on top.
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
        // A graph keeps as many candidates as are measured again, at least.
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
    fn rows_that_are_not_answers_are_measured_again_less_often() {
        let refine = |rows, sure| tuned(None).refine(Wanted { rows, sure });
        assert_eq!(tuned(None).refine(Wanted::all(1)), 4);
        assert_eq!(tuned(None).refine(Wanted::all(1000)), 4);
        // 40 rows for 10 answers, and as many for 10 answers among 20 or 30.
        assert_eq!((refine(10, 10), refine(20, 10), refine(30, 10)), (4, 2, 2));
        assert_eq!((refine(200, 100), refine(1000, 1), refine(0, 0)), (2, 1, 4));
        assert_eq!((refine(usize::MAX, usize::MAX), refine(usize::MAX, 1), refine(1, usize::MAX)), (1, 1, 4));
    }

    #[test]
    fn what_was_measured_is_read_as_it_was_written() {
        for ef in [None, Some(64)] {
            assert_eq!(Tuned::from_text(&tuned(ef).to_text()), Some(tuned(ef)));
        }
        assert_eq!(Tuned::from_text("kind=ivf_pq"), None);
        assert_eq!(Tuned::from_text(""), None);
    }
}
