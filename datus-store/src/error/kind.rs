use std::fmt;

/// The class of an [`Error`](crate::Error), to match on: each kind says what a program does about it.
///
/// The [guide](crate::guide::errors) has a table of them with the HTTP status that each one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller passed a value that can't be used: a blank query, a number that does not fit its column, a bad URI.
    /// Show the message to whoever gave the value; the same call fails again.
    InvalidInput,
    /// The table in the database and the record in the program differ.
    /// Change one of them: [`Error::differences`](crate::Error::differences) has each difference, and
    /// [`Database::plan`](crate::Database::plan) the steps.
    SchemaMismatch,
    /// The embedding model failed, or returned vectors that break its contract.
    /// The source says how; try again later where the model is an endpoint that was busy.
    Model,
    /// The reranker failed, or returned a ranking that breaks its contract.
    /// Search without it, or try again later.
    Reranker,
    /// The table does not exist, or no longer exists.
    /// Create it with [`Database::store`](crate::Database::store), or correct the name.
    TableNotFound,
    /// Another program changed the table under an open store: it embedded it again, renamed or changed a column of the
    /// record, or dropped the table and created it again. Nothing was read or written.
    /// Call [`Store::reopen`](crate::Store::reopen), and begin the operation again.
    TableChanged,
    /// The operation needs the row of a key, and no row has the key.
    /// Answer "not found". [`Store::get`](crate::Store::get) returns `None` instead.
    RowNotFound,
    /// The call needs a cargo feature that is off, or something that the engine does not do.
    /// Change the program; the same call fails again.
    Unsupported,
    /// Stored data can't be read as the record: a null in a required column, an unknown name of an enum.
    /// Correct the row, or widen the type of the field. Other rows can be read.
    Decode,
    /// A search needs an index that the table does not have.
    /// Build it with [`Store::create_indices`](crate::Store::create_indices).
    MissingIndex,
    /// A vector index finds fewer of the nearest rows than its target.
    /// Lower the target or choose another kind of index.
    Recall,
    /// Another writer changed the same rows or the same table first; nothing was written.
    /// Run the operation again.
    Conflict,
    /// The caller's own source of rows failed; nothing was written.
    /// The source is the caller's error.
    Source,
    /// The version of the table that is read was removed, as [`Store::optimize`](crate::Store::optimize) does with old
    /// ones. Begin again with the current version: a page without its cursor, a stream from its start.
    Expired,
    /// LanceDB, its files or the storage below failed; the source says how.
    /// Report it. Try again where the storage was out of reach.
    Engine,
}

impl ErrorKind {
    /// The name in messages, logs and metrics, such as `invalid_input`.
    ///
    /// ```
    /// assert_eq!(datus_store::ErrorKind::MissingIndex.to_string(), "missing_index");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::InvalidInput => "invalid_input",
            Self::SchemaMismatch => "schema_mismatch",
            Self::Model => "model",
            Self::Reranker => "reranker",
            Self::TableNotFound => "table_not_found",
            Self::TableChanged => "table_changed",
            Self::RowNotFound => "row_not_found",
            Self::Unsupported => "unsupported",
            Self::Decode => "decode",
            Self::MissingIndex => "missing_index",
            Self::Recall => "recall",
            Self::Conflict => "conflict",
            Self::Source => "source",
            Self::Expired => "expired",
            Self::Engine => "engine",
        }
    }
}

impl fmt::Display for ErrorKind {
    /// Writes the [`name`](Self::name).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
