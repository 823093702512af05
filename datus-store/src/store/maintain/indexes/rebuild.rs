//! Decides which indexes are rebuilt even though they match their declaration.

use super::settings::Rebuild;
use super::{scalar, vector};
use crate::backend::IndexDamage;
use crate::error::{Error, ErrorKind, Result};
use crate::record::RecordDef;

impl Rebuild {
    /// Adds a column.
    pub(super) fn with(self, column: String) -> Self {
        match self {
            Self::Damaged => Self::Columns(vec![column]),
            Self::Columns(columns) => Self::Columns(columns.into_iter().chain([column]).collect()),
            Self::All => Self::All,
        }
    }

    /// Returns an error for a column without a declared index.
    pub(super) fn check(&self, record: &RecordDef) -> Result<()> {
        let Self::Columns(columns) = self else { return Ok(()) };
        let has_index = |column: &str| {
            let mut keys = record.scope_fields().chain(record.own_key_fields());
            let declared = |field: &crate::record::FieldDef| field.index.is_some() || field.fts.is_some();
            record.vectors.iter().any(|vector| vector.name == column)
                || record.fields.iter().any(|field| field.name == column && declared(field))
                || keys.any(|field| field.name == column)
        };
        match columns.iter().find(|column| !has_index(column)) {
            None => Ok(()),
            Some(column) => {
                let help = "pass a vector column, a key column, or a column with `index` or `fts` to `rebuild_column`";
                Err(Error::new(ErrorKind::InvalidInput, "the struct declares no index for this column")
                    .with_help(help)
                    .with_column(column))
            }
        }
    }

    /// Turns the decision to keep the index of a column or key into a rebuild, if one is required.
    pub(super) fn apply_to_scalar(&self, declared: &mut scalar::DeclaredIndex, damage: &[IndexDamage]) {
        let scalar::Decision::Keep { name, .. } = &declared.decision else { return };
        if let Some(why) = self.reason(name, declared.column, damage) {
            declared.decision = scalar::Decision::Rebuild { name: name.clone(), why };
        }
    }

    /// Turns the decision to keep or measure a vector index into a rebuild, if one is required.
    pub(super) fn apply_to_vector(
        &self,
        column: &str,
        decision: vector::Decision,
        damage: &[IndexDamage],
    ) -> vector::Decision {
        let (vector::Decision::Keep { name, .. } | vector::Decision::Measure { name, .. }) = &decision else {
            return decision;
        };
        match self.reason(name, column, damage) {
            Some(why) => vector::Decision::Build { replaced: Some(name.clone()), why },
            None => decision,
        }
    }

    fn reason(&self, index: &str, column: &str, damage: &[IndexDamage]) -> Option<String> {
        if let Some(IndexDamage { cause, .. }) = damage.iter().find(|damage| damage.index == index) {
            return Some(format!("it was damaged: {cause}"));
        }
        let is_requested = match self {
            Self::Damaged => false,
            Self::Columns(columns) => columns.iter().any(|name| name == column),
            Self::All => true,
        };
        is_requested.then(|| "a rebuild was requested".to_owned())
    }
}
