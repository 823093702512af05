//! The error type of the crate: a kind to match on, where the error happened, and its cause.

mod excerpt;
mod kind;
mod nearest;
#[cfg(feature = "store")]
mod repeated;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt;

pub(crate) use self::excerpt::excerpt;
pub use self::kind::ErrorKind;
pub(crate) use self::nearest::nearest;

use crate::record::Difference;

/// A `Result` whose error defaults to [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// A boxed error of any type.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// The error type of this crate.
///
/// Match on [`kind`](Error::kind). [`message`](Error::message) describes the problem and can be shown to the user of an HTTP
/// service or to a language model. [`help`](Error::help) is for the programmer: it explains how to fix the problem in Rust.
///
/// `Display` prints one line: the operation, table and column if known, then the message and the help. It does not print the
/// cause, which [`source`](StdError::source) returns. `Debug`, which is printed when `main` returns an error, prints one
/// line for each part, followed by the chain of causes. `{:#?}` prints the fields of the struct.
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

/// The maximum number of bytes of a message, so that an error that quotes its input cannot fill a log.
const MAX_MESSAGE_BYTES: usize = 16 << 10;

struct Inner {
    kind: ErrorKind,
    message: String,
    help: Option<String>,
    operation: Option<&'static str>,
    table: Option<String>,
    column: Option<String>,
    differences: Vec<Difference>,
    /// `true` if a write failed but may have taken effect.
    outcome_is_unknown: bool,
    source: Option<BoxError>,
}

impl Error {
    /// Creates an error from its kind and a message that describes the problem. A message longer than 16 KiB is truncated.
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: truncated(message.into()),
            help: None,
            operation: None,
            table: None,
            column: None,
            differences: Vec::new(),
            outcome_is_unknown: false,
            source: None,
        }))
    }

    /// Returns the kind of the error.
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// Returns the operation that failed, such as `add` or `search`, if known.
    pub fn operation(&self) -> Option<&str> {
        self.0.operation
    }

    /// Returns the table that the error concerns, if any.
    pub fn table(&self) -> Option<&str> {
        self.0.table.as_deref()
    }

    /// Returns the column that the error concerns, if any. A nested column is written `parent.child`.
    pub fn column(&self) -> Option<&str> {
        self.0.column.as_deref()
    }

    /// Returns the description of the problem, in terms that require no knowledge of Rust. The message does not repeat the
    /// operation, table, column or help.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// Returns an explanation of how to fix the problem in Rust, or `None` if the message is enough.
    pub fn help(&self) -> Option<&str> {
        self.0.help.as_deref()
    }

    /// Returns every difference between the table and the record. The slice is empty unless the kind is
    /// [`ErrorKind::SchemaMismatch`].
    pub fn differences(&self) -> &[Difference] {
        &self.0.differences
    }

    /// Sets the help, unless the error already has one.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.0.help.get_or_insert_with(|| truncated(help.into()));
        self
    }

    /// Sets the table, unless the error already names one.
    #[must_use]
    pub fn with_table(mut self, table: impl Into<String>) -> Self {
        self.0.table.get_or_insert_with(|| table.into());
        self
    }

    /// Sets the column, unless the error already names one.
    #[must_use]
    pub fn with_column(mut self, column: impl Into<String>) -> Self {
        self.0.column.get_or_insert_with(|| column.into());
        self
    }

    /// Sets the error that caused this one, which [`source`](StdError::source) returns.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into());
        self
    }

    /// Sets the differences between the table and the record.
    #[cfg(feature = "store")]
    pub(crate) fn with_differences(mut self, differences: Vec<Difference>) -> Self {
        self.0.differences = differences;
        self
    }

    /// Records that the failed write may have taken effect.
    #[cfg(feature = "store")]
    pub(crate) fn with_unknown_outcome(mut self) -> Self {
        self.0.outcome_is_unknown = true;
        self
    }

    /// Returns `true` if a write failed but may have taken effect, because the storage did not answer. To find out,
    /// read the table, or repeat an `upsert`, a `sync` or a `delete`.
    pub fn outcome_is_unknown(&self) -> bool {
        self.0.outcome_is_unknown
    }

    /// Replaces another error with this one. This error inherits the operation, table and column that it lacks, and the
    /// other error becomes its source.
    #[cfg(feature = "store")]
    pub(crate) fn in_place_of(mut self, mut other: Self) -> Self {
        let replaced = &mut other.0;
        self.0.operation = self.0.operation.or(replaced.operation);
        self.0.table = self.0.table.or_else(|| replaced.table.take());
        self.0.column = self.0.column.or_else(|| replaced.column.take());
        self.with_source(other)
    }

    /// Appends a note in parentheses to the message.
    pub(crate) fn with_note(mut self, note: impl AsRef<str>) -> Self {
        self.0.message = truncated(format!("{} ({})", self.0.message, note.as_ref()));
        self
    }

    /// Sets the operation, unless the error already names one.
    pub(crate) fn with_operation(mut self, operation: &'static str) -> Self {
        self.0.operation.get_or_insert(operation);
        self
    }

    /// Prepends the prefix of a flattened field to the column: `city` becomes `home_city`.
    pub(crate) fn with_column_prefix(mut self, prefix: &str) -> Self {
        self.0.column = self.0.column.take().map(|column| format!("{prefix}{column}"));
        self
    }

    /// Prepends the name of the enclosing column: `city` inside `location` becomes `location.city`.
    pub(crate) fn inside_column(mut self, parent: &str) -> Self {
        self.0.column = Some(match self.0.column.take() {
            Some(child) => format!("{parent}.{child}"),
            None => parent.to_owned(),
        });
        self
    }
}

/// Truncates the text to [`MAX_MESSAGE_BYTES`], and appends `…` if it was longer.
fn truncated(mut text: String) -> String {
    if text.len() > MAX_MESSAGE_BYTES {
        text.truncate(text.floor_char_boundary(MAX_MESSAGE_BYTES));
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
        let Inner { kind, message, help, operation, table, column, differences, source, .. } = &*self.0;
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
        let causes = std::iter::successors(self.source(), |cause| (*cause).source());
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
