//! The index of a vector column: whether it is wanted, built, and measured.

use super::Recall;
use super::run::Settings;
use crate::backend::{Build, IndexState, StoredKind};
use crate::index::sizing::{LEAST_VECTORS, MOST_PARTITIONS, REBUILD_AT, candidates, exact_is_enough};
use crate::record::{VectorDef, VectorIndex};
use crate::store::tuned::Tuned;

/// From how many times the rows that it was measured with an index is measured anew.
const MEASURE_AT: usize = 2;

/// What is to be done about the index of a vector column.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decision {
    NotNeeded { why: String },
    Keep { name: String, kind: VectorIndex, why: String, tuned: Option<Tuned> },
    Measure { name: String, was: Unmeasured, why: String },
    Build { replaced: Option<String>, why: String },
    Drop { name: String, kind: VectorIndex, why: String },
}

/// An index that is there, and how large it was built.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Unmeasured {
    pub(super) kind: VectorIndex,
    /// As many at least as there are.
    pub(super) partitions: usize,
    /// The rows that it was built for.
    pub(super) built: usize,
}

impl Decision {
    pub(super) fn is_work(&self) -> bool {
        !matches!(self, Self::NotNeeded { .. } | Self::Keep { .. })
    }
}

/// What is known of a column and its table.
#[derive(Debug, Clone, Copy)]
pub(super) struct Facts<'a> {
    pub(super) vector: &'a VectorDef,
    pub(super) dimension: usize,
    pub(super) rows: usize,
    pub(super) states: &'a [IndexState],
    /// What the table says was measured.
    pub(super) tuned: Option<Tuned>,
}

/// Decides by rows, dimension, declaration and what there is. Reads nothing.
pub(super) fn decide(facts: Facts<'_>, settings: &Settings) -> Decision {
    let Facts { vector, dimension, rows, states, tuned } = facts;
    let stored = states.iter().find_map(|state| match state.kind {
        StoredKind::Vector(kind, metric) if state.is_of(vector.name) => Some((state, kind, metric)),
        _ => None,
    });
    let Some((state, kind, metric)) = stored else {
        return without(vector.index, rows, dimension, settings);
    };
    // What was measured of an index of another kind says nothing of this one.
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
            Some(_) => Decision::Drop { name, kind, why: "the struct declares none".to_owned() },
            None => {
                let why = "the struct declares none, and it was built by hand".to_owned();
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
        return measure(format!("{:.3} of {} nearest rows were found of it before", tuned.recall, tuned.at));
    }
    Decision::Keep { name, kind, why: super::scalar::coverage(state), tuned: Some(tuned) }
}

/// A column without an index.
fn without(declared: VectorIndex, rows: usize, dimension: usize, settings: &Settings) -> Decision {
    let why = match declared {
        VectorIndex::None => "the struct declares none".to_owned(),
        _ if rows < LEAST_VECTORS => format!("an index is built of {LEAST_VECTORS} vectors at least"),
        VectorIndex::Auto if is_small(rows, dimension, settings) => {
            format!("exact search of {rows} vectors of {dimension} components is fast")
        }
        _ => return Decision::Build { replaced: None, why: "there was none".to_owned() },
    };
    Decision::NotNeeded { why }
}

fn is_small(rows: usize, dimension: usize, settings: &Settings) -> bool {
    match settings.vectors_from {
        Some(from) => rows < from,
        None => exact_is_enough(rows, dimension),
    }
}

/// The kinds that are tried, in this order.
pub(super) fn kinds(declared: VectorIndex, dimension: usize) -> Vec<VectorIndex> {
    match declared {
        VectorIndex::Auto => candidates(dimension).to_vec(),
        declared => vec![declared],
    }
}

/// The name of the index: that of the one it takes the place of.
pub(super) fn name(replaced: Option<&str>, column: &str, build: &Build, states: &[IndexState]) -> String {
    replaced.map_or_else(|| super::scalar::free_name(column, build, states), str::to_owned)
}

/// What was measured, for a report.
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
