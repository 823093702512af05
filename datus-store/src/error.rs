//! The one error type: a kind to match on, the place where it happened, and the cause below it.

use std::error::Error as StdError;
use std::fmt;

use crate::record::Difference;

/// The result of every fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An owned error of any other crate.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// What went wrong, where, and what to do about it.
///
/// `Display` prints this layer only: the operation, table and column where they are known, then the message.
/// The cause, where there is one, is the [`source`](StdError::source). Match on [`Error::kind`].
///
/// ```
/// use datus_store::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Model, "the endpoint is busy: try again later").with_table("docs");
/// assert_eq!(error.kind(), ErrorKind::Model);
/// assert_eq!(error.to_string(), "table `docs`: the endpoint is busy: try again later");
/// ```
pub struct Error(Box<Inner>);

struct Inner {
    kind: ErrorKind,
    message: String,
    operation: Option<&'static str>,
    table: Option<String>,
    column: Option<String>,
    differences: Vec<Difference>,
    source: Option<BoxError>,
}

/// The class of an [`Error`], to match on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// A value given by the caller can't be used: a blank query, a number that does not fit its column, a bad URI.
    InvalidInput,
    /// The table in the database and the record in the program differ.
    SchemaMismatch,
    /// The embedding model failed, or returned vectors that break its contract.
    Model,
    /// The reranker failed, or returned a ranking that breaks its contract.
    Reranker,
    /// There is no such table.
    TableNotFound,
    /// What was asked for needs a cargo feature that is off, or something that the engine does not do.
    Unsupported,
    /// Stored data can't be read as the record: a null in a required column, an unknown name of an enum.
    Decode,
    /// A search needs an index that the table does not have: `Store::create_indices` builds what the record declares.
    MissingIndex,
    /// A vector index does not find as many of the nearest rows as it is to.
    Recall,
    /// Another writer changed the same rows first; nothing was written.
    Conflict,
    /// The caller's own source of rows failed; nothing was written.
    Source,
    /// What is read is no more: the version of the table that a cursor's pages began with, or that a reader holds on to, was
    /// removed, as [`Store::optimize`](crate::Store::optimize) does with old ones.
    Expired,
    /// LanceDB or the storage below it failed; the source says how.
    Engine,
}

impl ErrorKind {
    /// The name as messages, logs and metrics take it, such as `invalid_input`.
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
    /// The [`name`](Self::name).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Error {
    /// Makes an error of a kind, with a message that says what is wrong and what to do.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            operation: None,
            table: None,
            column: None,
            differences: Vec::new(),
            source: None,
        }))
    }

    /// The class of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The operation that failed, such as `add` or `search`, where it is known.
    pub fn operation(&self) -> Option<&str> {
        self.0.operation
    }

    /// The table that the error is about, where it is about one.
    pub fn table(&self) -> Option<&str> {
        self.0.table.as_deref()
    }

    /// The column that the error is about, where it is about one. Nested columns are written `parent.child`.
    pub fn column(&self) -> Option<&str> {
        self.0.column.as_deref()
    }

    /// The message alone, without operation, table and column.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Every difference between the table and the record, for an error of kind [`ErrorKind::SchemaMismatch`].
    pub fn differences(&self) -> &[Difference] {
        &self.0.differences
    }

    /// Names the table, unless one is named already.
    #[must_use]
    pub fn with_table(mut self, table: impl Into<String>) -> Self {
        self.0.table.get_or_insert_with(|| table.into());
        self
    }

    /// Names the column, unless one is named already.
    #[must_use]
    pub fn with_column(mut self, column: impl Into<String>) -> Self {
        self.0.column.get_or_insert_with(|| column.into());
        self
    }

    /// Keeps the error that this one came from.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Keeps the differences between table and record.
    #[cfg(feature = "store")]
    pub(crate) fn with_differences(mut self, differences: Vec<Difference>) -> Self {
        self.0.differences = differences;
        self
    }

    /// Adds what else there is to know to the message.
    #[cfg(feature = "store")]
    pub(crate) fn with_note(mut self, note: impl AsRef<str>) -> Self {
        self.0.message = format!("{} ({})", self.0.message, note.as_ref());
        self
    }

    /// Names the operation, unless one is named already.
    pub(crate) fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Puts the prefix of a flattened field before the column: `city` is `home_city`.
    pub(crate) fn with_column_prefix(mut self, prefix: &str) -> Self {
        self.0.column = self.0.column.take().map(|column| format!("{prefix}{column}"));
        self
    }

    /// Puts the name of the enclosing column before the column: `city` inside `location` is `location.city`.
    pub(crate) fn inside_column(mut self, parent: &str) -> Self {
        self.0.column = Some(match self.0.column.take() {
            Some(child) => format!("{parent}.{child}"),
            None => parent.to_owned(),
        });
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind: _, message, operation, table, column, differences: _, source: _ } = &*self.0;
        let place = [
            operation.map(str::to_owned),
            table.as_ref().map(|table| format!("table `{table}`")),
            column.as_ref().map(|column| format!("column `{column}`")),
        ];
        let place: Vec<String> = place.into_iter().flatten().collect();
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        f.write_str(message)
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, message, operation, table, column, differences, source } = &*self.0;
        f.debug_struct("Error")
            .field("kind", kind)
            .field("operation", operation)
            .field("table", table)
            .field("column", column)
            .field("message", message)
            .field("differences", differences)
            .field("source", source)
            .finish()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
