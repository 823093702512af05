//! Columns of a table that the record lacks.

use arrow_schema::{Field, Schema};

use crate::record::{Difference, RecordDef, is_standby};

/// The behavior when opening a table with columns that the record lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[non_exhaustive]
pub enum ExtraColumns {
    /// Fails, and lists the columns. This is the default.
    #[default]
    Refuse,
    /// Opens the table for reading. Reads and searches ignore the columns, and rows can be deleted. Writes of rows fail,
    /// since the record has no values for the columns.
    Allow,
}

impl ExtraColumns {
    /// Removes the differences that are permitted.
    pub(super) fn retain_refused(self, differences: &mut Vec<Difference>) {
        if self == Self::Allow {
            differences.retain(|difference| !matches!(difference, Difference::Extra { .. }));
        }
    }
}

/// Returns the columns of a table that the record lacks, except standby vectors.
pub(super) fn extra<'a>(record: &'a RecordDef, stored: &'a Schema) -> impl Iterator<Item = &'a Field> {
    let known =
        |name: &str| record.field(name).is_some() || record.vectors.iter().any(|vector| vector.name == name);
    stored
        .fields()
        .iter()
        .map(|field| &**field)
        .filter(move |field| !known(field.name()) && !is_standby(field))
}
