//! The one error type: a kind to match on, the place where it happened, and the cause below it.

mod excerpt;
mod kind;
#[cfg(test)]
mod tests;

use std::error::Error as StdError;
use std::fmt;

pub(crate) use self::excerpt::excerpt;
pub use self::kind::ErrorKind;

use crate::record::Difference;

/// The result of every fallible operation of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// An owned error of any other crate.
pub type BoxError = Box<dyn StdError + Send + Sync + 'static>;

/// An error with its kind, its place, what is wrong, and what to do about it.
///
/// Match on [`kind`](Error::kind). [`message`](Error::message) says what is wrong and can be shown to the user of an HTTP
/// service or to a language model; [`help`](Error::help) is the remedy, in Rust, for the author of the program.
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

    /// Says what is wrong, without operation, table, column and remedy, and without Rust.
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The remedy, for the author of the program; `None` if the message needs none.
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

    /// Takes the place of another error, whose operation, table and column it keeps, and which becomes its source.
    #[cfg(feature = "store")]
    pub(crate) fn in_place_of(mut self, mut other: Self) -> Self {
        let place = &mut other.0;
        self.0.operation = self.0.operation.or(place.operation);
        self.0.table = self.0.table.or_else(|| place.table.take());
        self.0.column = self.0.column.or_else(|| place.column.take());
        self.with_source(other)
    }

    /// Adds what else there is to know to the message.
    #[cfg(feature = "store")]
    pub(crate) fn with_note(mut self, note: impl AsRef<str>) -> Self {
        self.0.message = clipped(format!("{} ({})", self.0.message, note.as_ref()));
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
