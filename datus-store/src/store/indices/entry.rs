//! Builds the entries of an index report.

use std::time::Duration;

use super::scalar::{self, Decision};
use super::{IndexAction, IndexEntry, vector};
use crate::backend::{Damage, IndexState};
use crate::record::VectorDef;
use crate::store::tuned::Tuned;

pub(super) fn scalar_entry(wanted: &scalar::Wanted) -> IndexEntry {
    let (name, action, why) = match wanted.decision.clone() {
        Decision::Build { name, why } => (Some(name), IndexAction::Built, why),
        Decision::Rebuild { name, why } => (Some(name), IndexAction::Rebuilt, why),
        Decision::Keep { name, why } => (Some(name), IndexAction::Kept, why),
        Decision::NotNeeded { why } => (None, IndexAction::NotNeeded, why),
    };
    entry(wanted.column, wanted.build.name(), name, action, why)
}

/// Returns the entry of a vector column whose index is kept or dropped.
pub(super) fn vector_entry(vector: &VectorDef, decision: &vector::Decision) -> IndexEntry {
    match decision {
        vector::Decision::Keep { name, kind, why, tuned } => IndexEntry {
            recall: tuned.map(vector::recall),
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

/// Returns the entry of a vector index that was built or measured.
pub(super) fn measured_entry(
    vector: &VectorDef,
    name: String,
    tuned: Tuned,
    action: IndexAction,
    why: String,
) -> IndexEntry {
    let entry = entry(vector.name, tuned.kind.name(), Some(name), action, why);
    IndexEntry { recall: Some(vector::recall(tuned)), ..entry }
}

/// Returns the entry of an index that the record does not declare.
pub(super) fn undeclared_entry(state: &IndexState, damage: Option<&Damage>) -> IndexEntry {
    let why = match damage {
        None => "the struct does not declare it, so it stays as it is".to_owned(),
        Some(Damage { index, cause, .. }) => format!(
            "it is damaged ({cause}), and the struct does not declare it: drop it with `as_lancedb().drop_index(\"{index}\")`"
        ),
    };
    let columns: Vec<&str> = state.columns.iter().map(|column| column.trim_matches('`')).collect();
    entry(&columns.join(","), state.kind.name(), Some(state.name.clone()), IndexAction::Kept, why)
}

fn entry(column: &str, kind: &str, name: Option<String>, action: IndexAction, why: String) -> IndexEntry {
    let (column, kind) = (column.to_owned(), kind.to_owned());
    IndexEntry { column, kind, name, action, why, recall: None, elapsed: Duration::ZERO }
}
