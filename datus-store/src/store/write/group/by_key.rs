use crate::backend::{KeyColumn, key_values};
use crate::error::Result;
use crate::query::{CompareOp, Predicate, Value};
use crate::store::core::{Core, Keys};

/// The maximum number of keys that a filter may list.
const MAX: usize = 64;

/// Returns the keys that a filter selects, if it selects rows only by key: each column of the key equals a value, or the only
/// column of the key is in a list. Returns `None` for any other filter.
pub(in crate::store) fn keys_of_filter(core: &Core, filter: &Predicate) -> Result<Option<Keys>> {
    let columns = core.key_columns();
    let mut values: Vec<Option<Vec<&Value>>> = vec![None; columns.len()];
    let conditions = match filter {
        Predicate::And(conditions) => conditions.as_slice(),
        condition => std::slice::from_ref(condition),
    };
    if columns.is_empty() || conditions.len() != columns.len() {
        return Ok(None);
    }
    for condition in conditions {
        let (column, equal) = match condition {
            Predicate::Compare { column, op: CompareOp::Eq, value } => (column, vec![value]),
            Predicate::In { column, values }
                if columns.len() == 1 && !values.is_empty() && values.len() <= MAX =>
            {
                (column, values.iter().collect())
            }
            _ => return Ok(None),
        };
        let position = columns.iter().position(|name| column.names() == [*name]);
        let Some(value @ None) = position.and_then(|position| values.get_mut(position)) else {
            return Ok(None);
        };
        *value = Some(equal);
    }
    let mut arrays: Vec<KeyColumn> = Vec::with_capacity(columns.len());
    for (name, values) in columns.into_iter().zip(values) {
        let (Some(values), Ok(field)) = (values, core.schema.field_with_name(name)) else { return Ok(None) };
        let Some(values) = key_values(&values, field.data_type()) else { return Ok(None) };
        arrays.push((name, values));
    }
    let keys = Keys::new(arrays)?;
    // A value that is listed twice matches its row once.
    let mut seen = std::collections::HashSet::new();
    let first: Vec<bool> = keys.fingerprints.iter().map(|key| seen.insert(*key)).collect();
    keys.filter(&first).map(Some)
}
