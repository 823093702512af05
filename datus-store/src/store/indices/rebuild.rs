//! Indexes that are built again although they are as the struct declares them.

use super::{scalar, vector};
use crate::backend::Damage;
use crate::error::{Error, ErrorKind, Result};
use crate::record::RecordDef;

/// Which indexes are built again.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::store) enum Rebuild {
    /// Those that can't be read.
    #[default]
    Damaged,
    /// Those of these columns too.
    Columns(Vec<String>),
    /// All.
    All,
}

impl Rebuild {
    /// Adds a column.
    pub(super) fn with(self, column: String) -> Self {
        match self {
            Self::Damaged => Self::Columns(vec![column]),
            Self::Columns(columns) => Self::Columns(columns.into_iter().chain([column]).collect()),
            Self::All => Self::All,
        }
    }

    /// Fails for a column that no index is declared for.
    pub(super) fn check(&self, record: &RecordDef) -> Result<()> {
        let Self::Columns(columns) = self else { return Ok(()) };
        let has_index = |column: &str| {
            let mut keys = record.key.iter().filter_map(|&position| record.fields.get(position));
            let declared = |field: &crate::record::FieldDef| field.index.is_some() || field.fts.is_some();
            record.vectors.iter().any(|vector| vector.name == column)
                || record.fields.iter().any(|field| field.name == column && declared(field))
                || keys.any(|field| field.name == column)
        };
        match columns.iter().find(|column| !has_index(column)) {
            None => Ok(()),
            Some(column) => {
                let help = "give `rebuild_column` the name of a column with `index`, `fts` or `embed`, or a vector column";
                Err(Error::new(ErrorKind::InvalidInput, "no index of this column is declared")
                    .with_help(help)
                    .with_column(column))
            }
        }
    }

    /// Lets the index of a column or key that would be kept be built again.
    pub(super) fn apply_to_scalar(&self, wanted: &mut scalar::Wanted, damage: &[Damage]) {
        let scalar::Decision::Keep { name, .. } = &wanted.decision else { return };
        if let Some(why) = self.reason(name, wanted.column, damage) {
            wanted.decision = scalar::Decision::Rebuild { name: name.clone(), why };
        }
    }

    /// Lets a vector index that would be kept or measured be built again.
    pub(super) fn apply_to_vector(
        &self,
        column: &str,
        decision: vector::Decision,
        damage: &[Damage],
    ) -> vector::Decision {
        let (vector::Decision::Keep { name, .. } | vector::Decision::Measure { name, .. }) = &decision else {
            return decision;
        };
        match self.reason(name, column, damage) {
            Some(why) => vector::Decision::Build { replaced: Some(name.clone()), why },
            None => decision,
        }
    }

    fn reason(&self, index: &str, column: &str, damage: &[Damage]) -> Option<String> {
        if let Some(Damage { cause, .. }) = damage.iter().find(|damage| damage.index == index) {
            return Some(format!("it was damaged: {cause}"));
        }
        let asked = match self {
            Self::Damaged => false,
            Self::Columns(columns) => columns.iter().any(|name| name == column),
            Self::All => true,
        };
        asked.then(|| "a rebuild was asked for".to_owned())
    }
}
