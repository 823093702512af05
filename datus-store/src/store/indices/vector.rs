//! Decides whether the index of a vector column is built, measured, kept, or dropped.

use super::Recall;
use super::run::Settings;
use crate::backend::{Build, IndexState, StoredKind};
use crate::index::sizing::{LEAST_VECTORS, MOST_PARTITIONS, REBUILD_AT, candidates, exact_is_enough};
use crate::record::{VectorDef, VectorIndex};
use crate::store::tuned::Tuned;

/// An index is measured again when the table has this many times the rows of the last measurement.
const MEASURE_AT: usize = 2;

/// The decision about the index of a vector column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decision {
    NotNeeded { why: String },
    Keep { name: String, kind: VectorIndex, why: String, tuned: Option<Tuned> },
    Measure { name: String, was: Unmeasured, why: String },
    Build { replaced: Option<String>, why: String },
    Drop { name: String, kind: VectorIndex, why: String },
}

/// A stored index to measure, and its size.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unmeasured {
    pub(super) kind: VectorIndex,
    /// An upper bound of the number of partitions.
    pub(super) partitions: usize,
    /// The number of rows that it was built for.
    pub(super) built: usize,
}

impl Decision {
    pub(super) fn is_work(&self) -> bool {
        !matches!(self, Self::NotNeeded { .. } | Self::Keep { .. })
    }
}

/// The state of a vector column and its table, on which the decision depends.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) vector: &'a VectorDef,
    pub(super) dimension: usize,
    pub(super) rows: usize,
    pub(super) states: &'a [IndexState],
    /// The last measurement, from the metadata of the column.
    pub(super) tuned: Option<Tuned>,
}

/// Decides by the number of rows, the dimension, the declaration, and the stored index. Reads nothing.
pub(super) fn decide(facts: Facts<'_>, settings: &Settings) -> Decision {
    let Facts { vector, dimension, rows, states, tuned } = facts;
    let stored = states.iter().find_map(|state| match state.kind {
        StoredKind::Vector(kind, metric) if state.is_of(vector.name) => Some((state, kind, metric)),
        _ => None,
    });
    let Some((state, kind, metric)) = stored else {
        return without(vector.index, rows, dimension, settings);
    };
    // A measurement of a different kind of index says nothing about this one.
    let tuned = tuned.filter(|tuned| tuned.kind == kind);
    let name = state.name.clone();
    let rebuild = |why: String| Decision::Build { replaced: Some(state.name.clone()), why };
    let was = Unmeasured {
        kind,
        partitions: tuned.map_or(MOST_PARTITIONS, |tuned| tuned.partitions),
        built: tuned.map_or(rows, |tuned| tuned.built),
    };
    let measure = |why: String| Decision::Measure { name: state.name.clone(), was, why };
    if vector.index == VectorIndex::None {
        return match tuned {
            Some(_) => Decision::Drop { name, kind, why: "the struct declares no index".to_owned() },
            None => {
                let why = "the struct declares no index, and this one was built by hand".to_owned();
                Decision::Keep { name, kind, why, tuned }
            }
        };
    }
    if metric.is_some_and(|metric| metric != vector.metric) {
        return rebuild(format!("its metric was not {}, so searches could not use it", vector.metric.name()));
    }
    if vector.index != VectorIndex::Auto && vector.index != kind {
        return rebuild(format!("it was {}", kind.name()));
    }
    let Some(tuned) = tuned else {
        return measure("it had not been measured".to_owned());
    };
    if tuned.built.saturating_mul(REBUILD_AT) <= rows {
        return rebuild(format!("it was built for {} rows, and there are {rows}", tuned.built));
    }
    if tuned.rows.saturating_mul(MEASURE_AT) <= rows {
        return measure(format!("it was measured with {} rows, and there are {rows}", tuned.rows));
    }
    if tuned.recall < settings.target || tuned.at < settings.at {
        return measure(format!("its recall was {:.3} of the {} nearest rows", tuned.recall, tuned.at));
    }
    Decision::Keep { name, kind, why: super::scalar::coverage(state), tuned: Some(tuned) }
}

/// Decides for a column without an index.
fn without(declared: VectorIndex, rows: usize, dimension: usize, settings: &Settings) -> Decision {
    let why = match declared {
        VectorIndex::None => "the struct declares no index".to_owned(),
        _ if rows < LEAST_VECTORS => format!("an index needs at least {LEAST_VECTORS} vectors"),
        VectorIndex::Auto if is_small(rows, dimension, settings) => {
            format!("exact search of {rows} vectors of {dimension} components is fast")
        }
        _ => return Decision::Build { replaced: None, why: "it was missing".to_owned() },
    };
    Decision::NotNeeded { why }
}

fn is_small(rows: usize, dimension: usize, settings: &Settings) -> bool {
    match settings.vectors_from {
        Some(from) => rows < from,
        None => exact_is_enough(rows, dimension),
    }
}

/// Returns the kinds to try, in order.
pub(super) fn kinds(declared: VectorIndex, dimension: usize) -> Vec<VectorIndex> {
    match declared {
        VectorIndex::Auto => candidates(dimension).to_vec(),
        declared => vec![declared],
    }
}

/// Returns the name of the index that is replaced, or else a new name.
pub(super) fn name(replaced: Option<&str>, column: &str, build: &Build, states: &[IndexState]) -> String {
    replaced.map_or_else(|| super::scalar::free_name(column, build, states), str::to_owned)
}

/// Converts a measurement for a report.
pub(in crate::store) fn recall(tuned: Tuned) -> Recall {
    let Tuned { kind: _, partitions: _, built: _, rows: _, how, recall, target, at, queries } = tuned;
    Recall {
        measured: recall,
        target,
        at,
        queries,
        probes: how.probes,
        refine_factor: how.refine,
        ef: how.ef,
    }
}
