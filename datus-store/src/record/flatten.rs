//! Structs whose columns are the table's own: `#[datus(flatten)]`.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use arrow_array::ArrayRef;

use super::{Column, FieldDef, Handle, Row, RowReader};
use crate::error::Result;

/// A struct whose columns can be the table's own, not those of one nested column: what `#[datus(flatten)]` needs.
///
/// Implemented by `#[derive(ColumnStruct)]` on a struct with named fields.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be flattened",
    label = "`flatten` needs a struct with columns of its own",
    note = "put `#[derive(ColumnStruct)]` on a struct with named fields; an `Option` of one is stored as a nested column, without `flatten`"
)]
pub trait FlatColumns: Row + Column {
    /// The typed columns in a table of `R`.
    type Flat<R>: Handle;

    /// The names of the columns without prefix, in order of declaration.
    const NAMES: &'static [&'static str];
}

/// The name of a flattened column. Names live as long as the program; each is made once.
pub(crate) fn prefixed(prefix: &'static str, name: &'static str) -> &'static str {
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    if prefix.is_empty() {
        return name;
    }
    let name = format!("{prefix}{name}");
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(known) = names.get(name.as_str()) {
        return known;
    }
    let name: &'static str = name.leak();
    names.insert(name);
    name
}

/// The descriptions of flattened columns. Called by generated code.
pub fn flattened_fields<T: FlatColumns>(prefix: &'static str) -> Vec<FieldDef> {
    let fields = T::fields().into_iter();
    fields.map(|field| FieldDef { name: prefixed(prefix, field.name), ..field }).collect()
}

/// The reader of flattened columns, which begin at `start`. Called by generated code.
///
/// # Errors
/// Those of [`RowReader::open`], with the whole name of the column.
pub fn flattened_reader<T: FlatColumns>(
    columns: &[Option<ArrayRef>],
    start: usize,
    prefix: &str,
) -> Result<<T as Row>::Reader> {
    let columns = columns.get(start..start + T::NAMES.len()).unwrap_or_default();
    in_flattened(<T as Row>::Reader::open(columns), prefix)
}

/// Puts the prefix before the column of an error. Called by generated code.
///
/// # Errors
/// The error given.
pub fn in_flattened<T>(result: Result<T>, prefix: &str) -> Result<T> {
    result.map_err(|error| error.with_column_prefix(prefix))
}

/// Whether a column flattened with the prefix has a name of the others, which are groups of names with a prefix each.
/// Called by generated code, when it is compiled.
pub const fn is_taken(prefix: &str, names: &[&str], others: &[(&str, &[&str])]) -> bool {
    let mut group = 0;
    while group < others.len() {
        let (other_prefix, other_names) = others[group];
        let mut name = 0;
        while name < names.len() {
            let mut other = 0;
            while other < other_names.len() {
                if same([prefix, names[name]], [other_prefix, other_names[other]]) {
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

/// Whether two texts, each in two parts, are the same.
const fn same(left: [&str; 2], right: [&str; 2]) -> bool {
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
