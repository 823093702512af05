/// A row that was inserted, updated or deleted between two versions of a table. There are no other kinds of changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Change<R> {
    /// The older version has no row with the key.
    Inserted(R),
    /// Both versions have a row with the key, and their columns differ.
    Updated {
        /// The row in the older version.
        before: R,
        /// The row in the newer version.
        after: R,
    },
    /// The newer version has no row with the key.
    Deleted(R),
}
