use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use super::flatten::prefixed;

/// The path to a column: one name, or several for a column inside nested structs.
///
/// It is `Copy`, so that columns can be used more than once in a filter. The names come from derived structs, so
/// there are few different paths in a program; nested ones are interned once and never freed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ColumnPath {
    names: &'static [&'static str],
    /// What stands before the name of the first child, where there are no names: the columns of a flattened struct.
    prefix: &'static str,
}

static NESTED: Mutex<Option<HashSet<&'static [&'static str]>>> = Mutex::new(None);

impl ColumnPath {
    /// The path of names, outermost first.
    pub const fn new(names: &'static [&'static str]) -> Self {
        Self { names, prefix: "" }
    }

    /// The path to what is flattened into the table with a prefix: no column itself, but what its children belong to.
    pub const fn flattened(prefix: &'static str) -> Self {
        Self { names: &[], prefix }
    }

    /// The path to the table's own column `name`.
    pub fn column(name: &'static str) -> Self {
        Self::new(&[]).child(name)
    }

    /// The path to the column `name` inside this one.
    #[must_use]
    pub fn child(self, name: &'static str) -> Self {
        let name = if self.names.is_empty() { prefixed(self.prefix, name) } else { name };
        let names: Vec<&'static str> = self.names.iter().copied().chain([name]).collect();
        let mut nested = NESTED.lock().unwrap_or_else(PoisonError::into_inner);
        let nested = nested.get_or_insert_default();
        if let Some(known) = nested.get(names.as_slice()) {
            return Self::new(known);
        }
        let names: &'static [&'static str] = names.leak();
        nested.insert(names);
        Self::new(names)
    }

    /// The names, outermost first.
    pub fn names(self) -> &'static [&'static str] {
        self.names
    }

    /// The name of the table's column that holds this one; empty for an empty path.
    pub fn root(self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

impl fmt::Display for ColumnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.names.join("."))
    }
}

impl fmt::Debug for ColumnPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{self}`")
    }
}
