//! The second column of a vector while a table changes its model.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use arrow_schema::Field;

use super::keys;

/// The name of the column that stands by for a vector column: it is filled while the other one serves, and kept after
/// they changed places.
///
/// Names of columns live as long as the program; one is made once for each vector column there is.
pub(crate) fn standby(column: &'static str) -> &'static str {
    static NAMES: LazyLock<Mutex<HashMap<&'static str, &'static str>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    names.entry(column).or_insert_with(|| format!("{column}{}", keys::STANDBY).leak())
}

/// Whether a column of a table stands by for a vector column: no record has it.
pub(crate) fn is_standby(field: &Field) -> bool {
    field.name().ends_with(keys::STANDBY) && field.metadata().contains_key(keys::VECTOR_OF)
}
