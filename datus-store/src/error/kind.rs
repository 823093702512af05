use std::fmt;

/// The kind of an [`Error`](crate::Error), which determines how a program can react to it.
///
/// The [guide](crate::guide::errors) lists the kinds with a matching HTTP status for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// The caller passed an invalid value, such as a blank query, a number out of range for its column, or a malformed URI.
    /// Show the message to whoever supplied the value. Repeating the call does not help.
    InvalidInput,
    /// The schema of the table differs from the record.
    /// Change one of the two. [`Error::differences`](crate::Error::differences) lists the differences, and
    /// [`Database::plan`](crate::Database::plan) returns the steps that resolve them.
    SchemaMismatch,
    /// The embedding model failed, or returned vectors that violate its contract.
    /// The source contains the details. If the model is an endpoint that was busy, try again later.
    Model,
    /// The reranker failed, returned a ranking that violates its contract, or would send a private text to another machine.
    /// Search without the reranker, or try again later.
    Reranker,
    /// The table does not exist, or has been dropped.
    /// Create it with [`Database::store`](crate::Database::store), or correct the name.
    TableNotFound,
    /// Another program changed the table while the store was open: it re-embedded the table, renamed or changed a
    /// column of the record, or dropped and recreated the table. Nothing was read or written.
    /// Call [`Store::reopen`](crate::Store::reopen), then repeat the operation.
    TableChanged,
    /// No row has the given key, and the operation requires one.
    /// Report "not found". [`Store::get`](crate::Store::get) returns `None` instead.
    RowNotFound,
    /// The call needs a cargo feature that is disabled, or something that the engine does not support. Change the program.
    /// Repeating the call does not help.
    Unsupported,
    /// Stored data cannot be decoded as the record, for example because of a null in a required column or an unknown enum
    /// variant. Fix the row, or widen the type of the field. Other rows can still be read.
    Decode,
    /// The search needs an index that the table does not have.
    /// Build it with [`Store::create_indexes`](crate::Store::create_indexes).
    MissingIndex,
    /// The recall of a vector index is below its target, or new vectors do not meet the condition of `only_if`.
    /// Lower the target, or choose another kind of index or another model.
    Recall,
    /// Another writer changed the same rows or the same table first. Nothing was written.
    /// Run the operation again.
    Conflict,
    /// The caller's source of rows returned an error. Nothing was written.
    /// The error's source is the caller's own error.
    Source,
    /// The table version being read was removed; [`Store::optimize`](crate::Store::optimize) removes old versions.
    /// Start again from the current version: request the first page without a cursor, or restart the stream.
    Expired,
    /// LanceDB, its files, or the underlying storage failed. The source contains the details.
    /// Report the error. If the storage was unreachable, try again.
    Engine,
}

impl ErrorKind {
    /// Returns the name used in messages, logs and metrics, such as `invalid_input`.
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
