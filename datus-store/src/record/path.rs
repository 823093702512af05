use std::collections::HashSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// The path of a column: its name, preceded by the names of the structs that contain it.
///
/// A path is `Copy`, so a filter can use a column more than once. The names come from derived structs, so a program has only a
/// few distinct paths. Nested paths are interned and are never freed.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct ColumnPath {
    names: &'static [&'static str],
    /// The prefix of the first child's name. Only the path of a flattened struct, which has no names, can have a prefix.
    prefix: &'static str,
}

static INTERNED: Mutex<Option<HashSet<&'static [&'static str]>>> = Mutex::new(None);

impl ColumnPath {
    /// Creates a path from names, outermost first.
    pub const fn new(names: &'static [&'static str]) -> Self {
        Self { names, prefix: "" }
    }

    /// Creates the path of a struct that is flattened into the table with a prefix. The struct itself is not a column;
    /// its children are.
    pub const fn flattened(prefix: &'static str) -> Self {
        Self { names: &[], prefix }
    }

    /// Returns the path of the top-level column `name`.
    pub fn column(name: &'static str) -> Self {
        Self::new(&[]).child(name)
    }

    /// Returns the path of the column `name` inside this one.
    #[must_use]
    pub fn child(self, name: &'static str) -> Self {
        let name = if self.names.is_empty() { prefixed(self.prefix, name) } else { name };
        let names: Vec<&'static str> = self.names.iter().copied().chain([name]).collect();
        let mut interned = INTERNED.lock().unwrap_or_else(PoisonError::into_inner);
        let interned = interned.get_or_insert_default();
        if let Some(names) = interned.get(names.as_slice()) {
            return Self::new(names);
        }
        let names: &'static [&'static str] = names.leak();
        interned.insert(names);
        Self::new(names)
    }

    /// Returns the names, outermost first.
    pub fn names(self) -> &'static [&'static str] {
        self.names
    }

    /// Returns the name of the top-level column that contains this one, or an empty string for an empty path.
    pub fn root(self) -> &'static str {
        self.names.first().copied().unwrap_or_default()
    }
}

/// Returns the name of a flattened column: the prefix followed by the name.
pub(crate) fn prefixed(prefix: &'static str, name: &'static str) -> &'static str {
    if prefix.is_empty() {
        return name;
    }
    interned(&format!("{prefix}{name}"))
}

/// Returns an interned copy of a column name. Interned names are never freed.
pub(crate) fn interned(name: &str) -> &'static str {
    static NAMES: Mutex<Option<HashSet<&'static str>>> = Mutex::new(None);
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    let names = names.get_or_insert_default();
    if let Some(interned) = names.get(name) {
        return interned;
    }
    let name: &'static str = name.to_owned().leak();
    names.insert(name);
    name
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

#[cfg(test)]
mod tests {
    use super::ColumnPath;

    #[test]
    fn the_root_of_a_path_is_its_first_name() {
        assert_eq!(ColumnPath::new(&["place", "city"]).root(), "place");
        assert_eq!(ColumnPath::new(&[]).root(), "");
    }
}
