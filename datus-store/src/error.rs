//! The one error type: a kind to match on, the place where it happened, and the cause below it.

use std::error::Error as StdError;
use std::fmt;

use crate::record::Difference;

/// The result of every fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An owned error of any other crate.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// An error with its kind, its place, what is wrong, and what to do about it.
///
/// Match on [`kind`](Error::kind). [`message`](Error::message) says what is wrong and can be shown to the user of an HTTP
/// service or to a language model; [`help`](Error::help) is the remedy, in Rust, for whoever wrote the program.
///
/// `Display` prints one line: the operation, table and column where they are known, the message, and the help. The cause
/// is the [`source`](StdError::source) and is not repeated. `Debug`, which `fn main() -> datus_store::Result<()>` prints, has
/// a line for each of these, and then the chain of causes; `{:#?}` prints the fields.
///
/// ```
/// use datus_store::{Error, ErrorKind};
///
/// let error = Error::new(ErrorKind::Model, "the endpoint is busy").with_help("try again later").with_table("docs");
/// assert_eq!(error.kind(), ErrorKind::Model);
/// assert_eq!(error.message(), "the endpoint is busy");
/// assert_eq!(error.to_string(), "table `docs`: the endpoint is busy: try again later");
/// assert_eq!(format!("{error:?}"), "the endpoint is busy\n  kind: model\n  table: docs\n  help: try again later");
/// ```
pub struct Error(Box<Inner>);

/// The bytes of a message that are kept: what an error repeats of its input must not fill a log.
const LONGEST_MESSAGE: usize = 16 << 10;

struct Inner {
    kind: ErrorKind,
    message: String,
    help: Option<String>,
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
    /// The table does not exist, or no longer exists.
    TableNotFound,
    /// Another program changed the table under an open store: it re-embedded, renamed, migrated, or re-created it.
    /// `Store::reopen` compares it with the record again.
    TableChanged,
    /// No row has the key.
    RowNotFound,
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
    /// The [`name`](Self::name).
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Error {
    /// Makes an error of a kind, with a message that says what is wrong. A message longer than 16 KiB is cut.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: clipped(message.into()),
            help: None,
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

    /// What is wrong, without operation, table, column and remedy. It does not speak of Rust.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The remedy, for whoever wrote the program; `None` where the message says it all.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Every difference between the table and the record, for an error of kind [`ErrorKind::SchemaMismatch`].
    pub fn differences(&self) -> &[Difference] {
        &self.0.differences
    }

    /// Adds the remedy, unless there is one already.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help.get_or_insert_with(|| clipped(help.into()));
        self
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

/// The text, cut where it is longer than a message may be.
fn clipped(mut text: String) -> String {
    if text.len() > LONGEST_MESSAGE {
        text.truncate(text.floor_char_boundary(LONGEST_MESSAGE));
        text.push_str(" …");
    }
    text
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { message, help, operation, table, column, .. } = &*self.0;
        let place = [
            operation.map(str::to_owned),
            table.as_ref().map(|table| format!("table `{table}`")),
            column.as_ref().map(|column| format!("column `{column}`")),
        ];
        let place: Vec<String> = place.into_iter().flatten().collect();
        if !place.is_empty() {
            write!(f, "{}: ", place.join(", "))?;
        }
        f.write_str(message)?;
        match help {
            Some(help) => write!(f, ": {help}"),
            None => Ok(()),
        }
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Inner { kind, message, help, operation, table, column, differences, source } = &*self.0;
        if f.alternate() {
            return f
                .debug_struct("Error")
                .field("kind", kind)
                .field("operation", operation)
                .field("table", table)
                .field("column", column)
                .field("message", message)
                .field("help", help)
                .field("differences", differences)
                .field("source", source)
                .finish();
        }
        f.write_str(message)?;
        let lines = [
            ("kind", Some(kind.name())),
            ("operation", *operation),
            ("table", table.as_deref()),
            ("column", column.as_deref()),
            ("help", help.as_deref()),
        ];
        for (name, value) in lines {
            if let Some(value) = value {
                write!(f, "\n  {name}: {}", value.replace('\n', "\n    "))?;
            }
        }
        let causes = std::iter::successors(self.source(), |&cause| cause.source());
        for (number, cause) in causes.enumerate() {
            let title = if number == 0 { "\n\ncaused by:" } else { "" };
            write!(f, "{title}\n  {number}: {}", cause.to_string().replace('\n', "\n     "))?;
        }
        Ok(())
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
