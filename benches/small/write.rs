use datus_store_benches::{TableSchema, table};

/// A program that writes single rows by key.
pub(crate) trait Write: Send + Sync + 'static {
    /// Inserts the row, or replaces the row with the same key. Returns the number of times that the write was rejected and
    /// retried.
    fn upsert(&self, row: TableSchema) -> impl Future<Output = usize> + Send;
}

/// The kind of a write.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An `add` of a new row.
    Add,
    /// An `upsert` of a new row.
    New,
    /// An `upsert` of a stored row with new text.
    Stored,
}

impl Kind {
    pub(crate) const ALL: [Self; 3] = [Self::Add, Self::New, Self::Stored];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Add => "`add` of a new row",
            Self::New => "`upsert` of a new row",
            Self::Stored => "`upsert` of a stored row",
        }
    }

    /// Returns the row for write number `write` to a table that started with `rows` rows.
    pub(crate) fn row(self, rows: usize, write: usize) -> TableSchema {
        match self {
            Self::Add | Self::New => table(rows + write),
            Self::Stored => changed(rows, write),
        }
    }
}

/// Returns one of the first `rows` rows, with new text. Consecutive writes change rows that are far apart.
pub(crate) fn changed(rows: usize, write: usize) -> TableSchema {
    let mut row = table(write * 7_919 % rows);
    row.definition.push_str(&format!("\n-- changed by write {write}"));
    row
}
