//! Compares the declared indexes of columns and of the key with the stored ones.

use arrow_schema::{DataType, Schema};

use crate::backend::{Build, IndexState, StoredKind, TextOptions};
use crate::error::{Error, ErrorKind, Result};
use crate::index::supports_index;
use crate::record::{FieldDef, IndexKind, RecordDef};

/// A declared index, and the decision about it.
#[derive(Debug)]
pub(super) struct DeclaredIndex {
    pub(super) column: &'static str,
    pub(super) build: Build,
    pub(super) decision: Decision,
}

impl DeclaredIndex {
    /// Returns `true` if the stored index is this one. If several indexes have the same column and kind, only the one that
    /// the decision concerns is considered.
    pub(super) fn has(&self, state: &IndexState) -> bool {
        match &self.decision {
            Decision::Keep { name, .. } | Decision::Rebuild { name, .. } | Decision::Replace { name, .. } => {
                *name == state.name
            }
            Decision::Build { .. } | Decision::NotNeeded { .. } => false,
        }
    }
}

/// The decision about an index.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Decision {
    Build {
        name: String,
        why: String,
    },
    Rebuild {
        name: String,
        why: String,
    },
    /// Builds a full-text index whose options differ from the declared ones.
    Replace {
        name: String,
        why: String,
    },
    Keep {
        name: String,
        why: String,
    },
    NotNeeded {
        why: String,
    },
}

impl Decision {
    /// Returns `true` if the decision requires a build.
    pub(super) fn needs_work(&self) -> bool {
        matches!(self, Self::Build { .. } | Self::Rebuild { .. } | Self::Replace { .. })
    }
}

/// Returns the declared indexes of columns, and those of the scope and of the key. A key gets an index if the table has at
/// least `key_from` rows.
///
/// # Errors
/// `InvalidInput` for a kind that does not fit its column.
pub(super) fn declared_indexes(
    record: &RecordDef,
    schema: &Schema,
    states: &[IndexState],
    rows: usize,
    key_from: usize,
) -> Result<Vec<DeclaredIndex>> {
    let mut declared = Vec::new();
    for field in &record.fields {
        let text = field.fts.map(TextOptions::declared).transpose();
        let text = text.map_err(|error| error.with_column(field.name))?;
        let builds = [field.index.map(Build::Scalar), text.map(Build::Text)];
        for build in builds.into_iter().flatten() {
            check_fit(field, &build)?;
            let decision = match schema.field_with_name(field.name) {
                Ok(_) => decide(field.name, &build, states),
                Err(_) => Decision::NotNeeded { why: "the table lacks the column".to_owned() },
            };
            declared.push(DeclaredIndex { column: field.name, build, decision });
        }
    }
    for field in record.scope_fields() {
        let has_equality = matches!(field.index, Some(IndexKind::Bitmap | IndexKind::BTree));
        let kinds = [IndexKind::Bitmap, IndexKind::BTree];
        if let Some(kind) =
            kinds.into_iter().find(|kind| !has_equality && supports_index(*kind, &field.data_type))
        {
            let build = Build::Scalar(kind);
            let decision = match schema.field_with_name(field.name) {
                Ok(_) => decide(field.name, &build, states),
                Err(_) => Decision::NotNeeded { why: "the table lacks the column".to_owned() },
            };
            declared.push(DeclaredIndex { column: field.name, build, decision });
        }
    }
    for field in record.own_key_fields() {
        if field.index != Some(IndexKind::BTree) && supports_index(IndexKind::BTree, &field.data_type) {
            let build = Build::Scalar(IndexKind::BTree);
            let decision = match decide(field.name, &build, states) {
                Decision::Build { .. } if rows < key_from => {
                    let why = format!("a key needs an index once the table has {key_from} rows");
                    Decision::NotNeeded { why }
                }
                Decision::Build { name, .. } => {
                    Decision::Build { name, why: format!("the table has {rows} rows to look up keys in") }
                }
                decision => decision,
            };
            declared.push(DeclaredIndex { column: field.name, build, decision });
        }
    }
    Ok(declared)
}

fn check_fit(field: &FieldDef, build: &Build) -> Result<()> {
    let Build::Scalar(kind) = build else { return Ok(()) };
    if supports_index(*kind, &field.data_type) {
        return Ok(());
    }
    let all = [
        IndexKind::BTree,
        IndexKind::Bitmap,
        IndexKind::LabelList,
        IndexKind::NGram,
        IndexKind::Fm,
        IndexKind::ZoneMap,
        IndexKind::Bloom,
    ];
    let fitting = all.iter().filter(|kind| supports_index(**kind, &field.data_type));
    let fitting: Vec<String> = fitting.map(|kind| format!("`index = {}`", kind.name())).collect();
    let remedy = match fitting.is_empty() {
        true => "remove `index`".to_owned(),
        false => format!("use {}, or remove it", fitting.join(" or ")),
    };
    let message =
        format!("`index = {}` does not fit a column of type {}", kind.name(), type_name(&field.data_type));
    Err(Error::new(ErrorKind::InvalidInput, message).with_help(remedy).with_column(field.name))
}

/// Formats a type without the fields of structs and the metadata of list items.
fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::List(item) => format!("List({})", type_name(item.data_type())),
        DataType::Struct(_) => "Struct".to_owned(),
        DataType::Map(_, _) => "Map".to_owned(),
        other => format!("{other:?}"),
    }
}

fn decide(column: &str, build: &Build, states: &[IndexState]) -> Decision {
    let same = || states.iter().filter(|state| is_same(state, column, build));
    // Another program may have built a second index with different options.
    let Some(state) = same().find(|state| has_options(state, build)).or_else(|| same().next()) else {
        let name = free_name(column, build, states);
        return Decision::Build { name, why: "it was missing".to_owned() };
    };
    let name = state.name.clone();
    if let (StoredKind::Text(stored), Build::Text(options)) = (&state.kind, build)
        && !has_options(state, build)
    {
        let stored = stored.as_ref().map_or("unknown options", TextOptions::as_str);
        return Decision::Replace {
            name,
            why: format!("it was built with {stored}, but the struct declares {}", options.as_str()),
        };
    }
    Decision::Keep { name, why: coverage(state) }
}

/// Returns `true` unless the index is a full-text index with different options.
fn has_options(state: &IndexState, build: &Build) -> bool {
    match (&state.kind, build) {
        (StoredKind::Text(stored), Build::Text(options)) => stored.as_ref() == Some(options),
        _ => true,
    }
}

/// Returns `true` if the index is on this column and of this kind, with any options.
fn is_same(state: &IndexState, column: &str, build: &Build) -> bool {
    let kind = match (&state.kind, build) {
        (StoredKind::Scalar(stored), Build::Scalar(declared)) => stored == declared,
        (StoredKind::Text(_), Build::Text(_)) => true,
        _ => false,
    };
    kind && state.is_of(column)
}

/// Describes the rows that an index does not cover.
pub(super) fn coverage(state: &IndexState) -> String {
    match state.unindexed_rows {
        0 => "it is as declared".to_owned(),
        unindexed_rows => {
            format!("it is as declared; `optimize` adds {unindexed_rows} newer rows")
        }
    }
}

/// Returns an unused name for a new index. lancedb's default, `column_idx`, is the same for all kinds, so a second index on
/// a column would replace the first.
pub(super) fn free_name(column: &str, build: &Build, states: &[IndexState]) -> String {
    let first = format!("{column}_{}", build.name());
    let taken = |name: &String| states.iter().any(|state| state.name == *name);
    let others = (2..).map(|number| format!("{first}_{number}"));
    std::iter::once(first.clone()).chain(others).find(|name| !taken(name)).unwrap_or(first)
}
