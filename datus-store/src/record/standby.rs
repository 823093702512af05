//! The standby column of a vector column, which is filled while a table changes its model.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use arrow_schema::Field;

use super::keys;

/// Returns the name of the standby column of a vector column. The standby column is filled while the other column serves
/// searches. It stays in the table after the two columns have swapped roles.
///
/// Names are interned and never freed.
pub(crate) fn standby(column: &'static str) -> &'static str {
    static NAMES: LazyLock<Mutex<HashMap<&'static str, &'static str>>> = LazyLock::new(Mutex::default);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    names.entry(column).or_insert_with(|| format!("{column}{}", keys::STANDBY).leak())
}

/// Returns `true` if the field is the standby column of a vector column. No record declares such a column.
pub(crate) fn is_standby(field: &Field) -> bool {
    field.name().ends_with(keys::STANDBY) && field.metadata().contains_key(keys::VECTOR_OF)
}

#[cfg(test)]
mod tests {
    use arrow_schema::DataType;

    use super::*;

    fn field(name: &str, key: &str) -> Field {
        let metadata = HashMap::from([(key.to_owned(), "text".to_owned())]);
        Field::new(name, DataType::Float32, true).with_metadata(metadata)
    }

    #[test]
    fn a_standby_column_has_the_suffix_and_is_a_vector() {
        assert_eq!(standby("vector"), "vector__standby");
        assert_eq!(standby("text_vector"), "text_vector__standby");
        assert!(is_standby(&field(standby("vector"), keys::VECTOR_OF)));
        assert!(!is_standby(&field("vector", keys::VECTOR_OF)));
        assert!(!is_standby(&field("vector__standby", keys::INDEX)));
    }
}
