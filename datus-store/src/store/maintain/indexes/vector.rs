//! Decides whether the index of a vector column is built, measured, kept, or dropped.

use super::report::{FilteredRecall, Recall};
use super::settings::Settings;
use crate::backend::{Build, IndexState, StoredKind};
use crate::index::sizing::{MAX_PARTITIONS, MIN_VECTORS, REBUILD_FACTOR, candidate_kinds, exact_is_enough};
use crate::record::{VectorDef, VectorIndex};
use crate::statistics::{Interval, score_interval};
use crate::store::read::QueryKind;
use crate::store::read::tuning::{IndexTuning, Measurement, fingerprint};

/// The factor by which a table must have grown since the last measurement for its index to be measured again.
const MEASURE_AT: usize = 2;

/// The decision about the index of a vector column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decision {
    NotNeeded { why: String },
    Keep { name: String, kind: VectorIndex, why: String, tuning: Option<IndexTuning> },
    Measure { name: String, was: IndexToMeasure, why: String },
    Build { replaced: Option<String>, why: String },
    Drop { name: String, kind: VectorIndex, why: String },
}

/// A stored index to measure, and its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct IndexToMeasure {
    pub(super) kind: VectorIndex,
    /// An upper bound on the number of partitions.
    pub(super) partitions: usize,
    /// The number of rows that it was built for.
    pub(super) built: usize,
}

impl Decision {
    pub(super) fn needs_work(&self) -> bool {
        !matches!(self, Self::NotNeeded { .. } | Self::Keep { .. })
    }

    /// Returns the name of the stored index that the decision is about, or `None` if there is no stored index.
    pub(super) fn index(&self) -> Option<&str> {
        match self {
            Self::Keep { name, .. } | Self::Measure { name, .. } | Self::Drop { name, .. } => Some(name),
            Self::Build { replaced, .. } => replaced.as_deref(),
            Self::NotNeeded { .. } => None,
        }
    }
}

/// The state of a vector column and its table, on which the decision depends.
#[derive(Debug, Clone, Copy)]
pub(super) struct VectorState<'a> {
    pub(super) vector: &'a VectorDef,
    pub(super) dimension: usize,
    pub(super) rows: usize,
    /// The number of vectors, which equals the number of rows unless a row has several vectors.
    pub(super) count: usize,
    pub(super) states: &'a [IndexState],
    /// The last measurement, from the metadata of the column.
    pub(super) tuning: Option<IndexTuning>,
}

/// Decides based on the number of rows, the dimension, the declaration, and the stored index. Reads nothing.
pub(super) fn decide(vector_state: VectorState<'_>, settings: &Settings) -> Decision {
    let VectorState { vector, dimension, rows, count, states, tuning } = vector_state;
    let stored = states.iter().find_map(|state| match state.kind {
        StoredKind::Vector(kind, metric) if state.is_of(vector.name) => Some((state, kind, metric)),
        _ => None,
    });
    let Some((state, kind, metric)) = stored else {
        return without(vector.index, [rows, count], dimension, settings);
    };
    // A measurement of a different kind of index does not apply to this one.
    let tuning = tuning.filter(|tuning| tuning.kind == kind);
    let name = state.name.clone();
    let rebuild = |why: String| Decision::Build { replaced: Some(state.name.clone()), why };
    let was = IndexToMeasure {
        kind,
        partitions: tuning.map_or(MAX_PARTITIONS, |tuning| tuning.partitions),
        built: tuning.map_or(rows, |tuning| tuning.built),
    };
    let measure = |why: String| Decision::Measure { name: state.name.clone(), was, why };
    if vector.index == VectorIndex::None {
        return match tuning {
            Some(_) => Decision::Drop { name, kind, why: "the struct declares no index".to_owned() },
            None => {
                let why = "the struct declares no index, and this one was built by hand".to_owned();
                Decision::Keep { name, kind, why, tuning }
            }
        };
    }
    if metric.is_some_and(|metric| metric != vector.metric) {
        return rebuild(format!("its metric was not {}, so searches could not use it", vector.metric.name()));
    }
    if vector.index != VectorIndex::Auto && vector.index != kind {
        return rebuild(format!("it was {}", kind.name()));
    }
    let Some(tuning) = tuning else {
        return measure("it had not been measured".to_owned());
    };
    if tuning.built.saturating_mul(REBUILD_FACTOR) <= rows {
        return rebuild(format!("it was built for {} rows, but the table has {rows}", tuning.built));
    }
    if tuning.rows.saturating_mul(MEASURE_AT) <= rows {
        return measure(format!("it was measured with {} rows, but the table has {rows}", tuning.rows));
    }
    let recall = tuning.measured.recall;
    if recall < settings.target || tuning.at < settings.at {
        return measure(format!("its recall was {recall:.3} of the {} nearest rows", tuning.at));
    }
    if let Some(why) = remeasured(&tuning, settings) {
        return measure(why);
    }
    Decision::Keep { name, kind, why: super::scalar::coverage(state), tuning: Some(tuning) }
}

/// Returns the reason to measure an index again even though its recall reaches the target.
fn remeasured(tuning: &IndexTuning, settings: &Settings) -> Option<String> {
    let filters = tuning.filtered.map(|filtered| filtered.fingerprint);
    let is_measured_under = settings.filters.is_empty() || filters == Some(fingerprint(&settings.filters));
    match tuning.query_kind {
        _ if settings.remeasure => Some("a measurement was requested".to_owned()),
        _ if !settings.queries.is_empty() => Some("queries were given".to_owned()),
        _ if !is_measured_under => Some("it had not been measured under these filters".to_owned()),
        QueryKind::Unknown => {
            Some("it was measured by an earlier version, perhaps with stored vectors".to_owned())
        }
        _ => None,
    }
}

/// Decides for a column without an index, based on the numbers of rows and vectors.
fn without(
    declared: VectorIndex,
    [rows, count]: [usize; 2],
    dimension: usize,
    settings: &Settings,
) -> Decision {
    let why = match declared {
        VectorIndex::None => "the struct declares no index".to_owned(),
        _ if count < MIN_VECTORS => format!("an index needs at least {MIN_VECTORS} vectors"),
        VectorIndex::Auto if is_small([rows, count], dimension, settings) => {
            format!("exact search of {count} vectors of {dimension} components is fast")
        }
        _ => return Decision::Build { replaced: None, why: "it was missing".to_owned() },
    };
    Decision::NotNeeded { why }
}

fn is_small([rows, count]: [usize; 2], dimension: usize, settings: &Settings) -> bool {
    match settings.vectors_from {
        Some(from) => rows < from,
        None => exact_is_enough(count, dimension),
    }
}

/// Returns the kinds to try, in order.
pub(super) fn kinds(declared: VectorIndex, dimension: usize) -> Vec<VectorIndex> {
    match declared {
        VectorIndex::Auto => candidate_kinds(dimension).to_vec(),
        declared => vec![declared],
    }
}

/// Returns the name of the index that is replaced, or a new name if none is replaced.
pub(super) fn name(replaced: Option<&str>, column: &str, build: &Build, states: &[IndexState]) -> String {
    replaced.map_or_else(|| super::scalar::free_name(column, build, states), str::to_owned)
}

/// Converts a measurement for a report.
pub(in crate::store) fn recall(tuning: IndexTuning) -> Recall {
    let IndexTuning { kind: _, partitions: _, built: _, rows: _, target, at, query_kind, measured, filtered } =
        tuning;
    let filtered = filtered.map(|filtered| FilteredRecall {
        measured: filtered.measured.recall,
        interval: interval(&filtered.measured),
        filters: filtered.filters,
        queries: filtered.measured.queries,
        nprobes: filtered.measured.params.nprobes,
        refine_factor: filtered.measured.params.refine_factor,
        ef: filtered.measured.params.ef,
    });
    Recall {
        measured: measured.recall,
        interval: interval(&measured),
        target,
        k: at,
        queries: measured.queries,
        query_kind,
        nprobes: measured.params.nprobes,
        refine_factor: measured.params.refine_factor,
        ef: measured.params.ef,
        filtered,
    }
}

fn interval(measured: &Measurement) -> Interval {
    score_interval(measured.recall, measured.error.unwrap_or(0.0), measured.queries)
}
