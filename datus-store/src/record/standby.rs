//! The second column of a vector while a table changes its model.

use arrow_schema::Field;

use super::keys;

/// Whether a column of a table stands by for a vector column: no record has it.
pub(crate) fn is_standby(field: &Field) -> bool {
    field.name().ends_with(keys::STANDBY) && field.metadata().contains_key(keys::VECTOR_OF)
}
