//! Builds the entries of an index report.

use std::time::Duration;

use super::report::{IndexAction, IndexEntry};
use super::scalar::{self, Decision};
use super::vector;
use crate::backend::{IndexDamage, IndexState};
use crate::record::VectorDef;
use crate::store::gate::GateResult;
use crate::store::read::tuning::IndexTuning;

pub(super) fn scalar_entry(declared: &scalar::DeclaredIndex) -> IndexEntry {
    let (name, action, why) = match declared.decision.clone() {
        Decision::Build { name, why } => (Some(name), IndexAction::Built, why),
        Decision::Rebuild { name, why } | Decision::Replace { name, why } => {
            (Some(name), IndexAction::Rebuilt, why)
        }
        Decision::Keep { name, why } => (Some(name), IndexAction::Kept, why),
        Decision::NotNeeded { why } => (None, IndexAction::NotNeeded, why),
    };
    entry(declared.column, declared.build.name(), name, action, why)
}

/// Returns the entry for a full-text index that was compared with one that has the declared options.
pub(super) fn compared_entry(declared: &scalar::DeclaredIndex, why: &str, result: &GateResult) -> IndexEntry {
    let GateResult { accepted, measures } = result;
    let (action, why) = match accepted {
        true => (IndexAction::Rebuilt, format!("{why}; {measures}")),
        false => (
            IndexAction::Refused,
            format!(
                "the index with the declared options does not meet the condition of `only_if`: {measures}; {why}"
            ),
        ),
    };
    IndexEntry { action, why, ..scalar_entry(declared) }
}

/// Returns the entry for a vector column whose index is kept, dropped, or not needed.
pub(super) fn vector_entry(vector: &VectorDef, decision: &vector::Decision) -> IndexEntry {
    match decision {
        vector::Decision::Keep { name, kind, why, tuning } => IndexEntry {
            recall: tuning.map(vector::recall),
            ..entry(vector.name, kind.name(), Some(name.clone()), IndexAction::Kept, why.clone())
        },
        vector::Decision::Drop { name, kind, why } => {
            entry(vector.name, kind.name(), Some(name.clone()), IndexAction::Dropped, why.clone())
        }
        vector::Decision::NotNeeded { why }
        | vector::Decision::Measure { why, .. }
        | vector::Decision::Build { why, .. } => {
            entry(vector.name, vector.index.name(), None, IndexAction::NotNeeded, why.clone())
        }
    }
}

/// Returns the entry for a vector index that was built or measured.
pub(super) fn measured_entry(
    vector: &VectorDef,
    name: String,
    tuning: IndexTuning,
    action: IndexAction,
    why: String,
) -> IndexEntry {
    let entry = entry(vector.name, tuning.kind.name(), Some(name), action, why);
    IndexEntry { recall: Some(vector::recall(tuning)), ..entry }
}

/// Returns the entry for an index that the record does not declare.
pub(super) fn undeclared_entry(state: &IndexState, damage: Option<&IndexDamage>) -> IndexEntry {
    let why = match damage {
        None => "the struct does not declare it, so it stays as it is".to_owned(),
        Some(IndexDamage { index, cause, .. }) => format!(
            "it is damaged ({cause}), and the struct does not declare it: drop it with `as_lancedb().drop_index(\"{index}\")`"
        ),
    };
    entry(&state.column_names(), state.kind.name(), Some(state.name.clone()), IndexAction::Kept, why)
}

fn entry(column: &str, kind: &str, name: Option<String>, action: IndexAction, why: String) -> IndexEntry {
    let (column, kind) = (column.to_owned(), kind.to_owned());
    IndexEntry { column, kind, name, action, why, recall: None, elapsed: Duration::ZERO }
}
