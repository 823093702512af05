//! Structs whose columns become top-level columns of the table: `#[datus(flatten)]`.

use arrow_array::ArrayRef;

use super::path::prefixed;
use super::{Column, FieldDef, Handle, Row, RowReader};
use crate::error::Result;

/// A struct whose columns can become top-level columns of the table. `#[datus(flatten)]` requires such a struct.
///
/// Implement it with `#[derive(ColumnStruct)]` on a struct with named fields.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be flattened",
    label = "`flatten` needs a struct with named columns",
    note = "put `#[derive(ColumnStruct)]` on a struct with named fields; without `flatten`, an `Option` of one is stored as a nested column"
)]
pub trait FlatColumns: Row + Column {
    /// The typed columns in a table of `R`.
    type Flat<R>: Handle;

    /// The names of the columns, without a prefix, in order of declaration.
    const NAMES: &'static [&'static str];
}

/// Returns the descriptions of flattened columns. Called by generated code.
pub fn flattened_fields<T: FlatColumns>(prefix: &'static str) -> Vec<FieldDef> {
    let fields = T::fields().into_iter();
    fields.map(|field| FieldDef { name: prefixed(prefix, field.name), ..field }).collect()
}

/// Returns a reader of the flattened columns that start at `start`. Called by generated code.
///
/// # Errors
/// The same errors as [`RowReader::open`], with the full name of the column.
pub fn flattened_reader<T: FlatColumns>(
    columns: &[Option<ArrayRef>],
    start: usize,
    prefix: &str,
) -> Result<<T as Row>::Reader> {
    let columns = columns.get(start..start + T::NAMES.len()).unwrap_or_default();
    in_flattened(<T as Row>::Reader::open(columns), prefix)
}

/// Adds the prefix to the column name in an error. Called by generated code.
///
/// # Errors
/// The error in `result`, with the prefix added.
pub fn in_flattened<T>(result: Result<T>, prefix: &str) -> Result<T> {
    result.map_err(|error| error.with_column_prefix(prefix))
}

/// Returns `true` if a name with the prefix also occurs in `others`, which contains groups of names, each with its prefix.
/// Called by generated code at compile time.
pub const fn is_taken(prefix: &str, names: &[&str], others: &[(&str, &[&str])]) -> bool {
    let mut group = 0;
    while group < others.len() {
        let (other_prefix, other_names) = others[group];
        let mut name = 0;
        while name < names.len() {
            let mut other = 0;
            while other < other_names.len() {
                if eq([prefix, names[name]], [other_prefix, other_names[other]]) {
                    return true;
                }
                other += 1;
            }
            name += 1;
        }
        group += 1;
    }
    false
}

/// Returns `true` if two strings, each given in two parts, are equal.
const fn eq(left: [&str; 2], right: [&str; 2]) -> bool {
    let length = left[0].len() + left[1].len();
    if length != right[0].len() + right[1].len() {
        return false;
    }
    let mut at = 0;
    while at < length {
        if byte(left, at) != byte(right, at) {
            return false;
        }
        at += 1;
    }
    true
}

const fn byte(parts: [&str; 2], at: usize) -> u8 {
    let first = parts[0].as_bytes();
    if at < first.len() { first[at] } else { parts[1].as_bytes()[at - first.len()] }
}

#[cfg(test)]
mod tests {
    use super::is_taken;

    #[test]
    fn names_are_compared_with_their_prefixes() {
        let others: &[(&str, &[&str])] = &[("", &["id", "address_city"]), ("a_", &["b", ""])];
        assert!(is_taken("address_", &["street", "city"], others));
        assert!(is_taken("", &["a_b"], others));
        assert!(is_taken("a", &["_"], others));
        assert!(!is_taken("address", &["city"], others));
        assert!(!is_taken("", &["ID", "", "i"], others));
        assert!(!is_taken("x", &[], others));
    }
}
