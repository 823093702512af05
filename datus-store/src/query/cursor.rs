//! The place at which a page ended: an opaque token that a web handler passes on.

mod token;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[cfg(any(feature = "store", test))]
use super::QuerySpec;
#[cfg(feature = "store")]
use crate::error::Result;
use crate::error::{Error, ErrorKind};

/// The place at which a page ended: what [`Page::next`](super::Page::next) is and [`Paged::after`](super::Paged::after) takes.
///
/// It is opaque text of letters, digits, `-` and `_`, by `Display`, `FromStr` and serde, so it can stand in a URL. It holds no
/// value of a row, and it is not signed: who changes it reads other rows of the same query, never rows that the query's
/// filter leaves out.
///
/// It belongs to one version of one table of one database and to one filter and order; with another query it is refused.
/// A database is known by its address, however it is spelled: the folder without links, or the URI of an object store. A
/// cursor of `memory://` ends with its connection.
///
/// ```
/// use datus_store::{ErrorKind, query::Cursor};
///
/// let error = "of no page".parse::<Cursor>().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// What it was made with.
    query: QueryMark,
    /// The version of the table that all its pages read.
    revision: Revision,
    /// The last row of the page.
    row: u64,
}

/// A version of a table. Two tables of one name, one made after the other was dropped, differ in the time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Revision {
    pub(crate) version: u64,
    /// When it was committed, in nanoseconds since 1970.
    pub(crate) committed: u64,
}

/// A table of a database, a filter and an order, as numbers that are the same in every process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct QueryMark {
    table: u32,
    filter: u32,
    order: u32,
}

#[cfg(any(feature = "store", test))]
impl QueryMark {
    /// The mark of a query on a table of the database with an identity that other spellings of its address share.
    pub(crate) fn of(database: &str, table: &str, spec: &QuerySpec) -> Self {
        Self {
            // No table's name has a line break.
            table: fingerprint(&format!("{table}\n{database}")),
            filter: fingerprint(&format!("{:?}", spec.filter)),
            order: fingerprint(&format!("{:?}", spec.order)),
        }
    }
}

#[cfg(feature = "store")]
impl Cursor {
    /// The cursor after a row.
    pub(crate) fn new(query: QueryMark, revision: Revision, row: u64) -> Self {
        Self { query, revision, row }
    }

    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    pub(crate) fn row(&self) -> u64 {
        self.row
    }

    /// Checks that it was made by the same query.
    ///
    /// # Errors
    /// `InvalidInput` with what differs.
    pub(crate) fn check(&self, query: QueryMark) -> Result<()> {
        let QueryMark { table, filter, order } = self.query;
        let (message, help) = if table != query.table {
            (
                "the cursor is of another table, or of another database's table of this name",
                "read a page after a cursor of its own table",
            )
        } else if filter != query.filter {
            (
                "the cursor is of a query with another filter",
                "give each page the same filter, or begin with the first page, without a cursor",
            )
        } else if order != query.order {
            (
                "the cursor is of a query in another order",
                "give each page the same `order_by`, or begin with the first page, without a cursor",
            )
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
    }
}

/// The hash of a text, folded into 32 bits.
#[cfg(any(feature = "store", test))]
fn fingerprint(text: &str) -> u32 {
    let hash = fnv(text.as_bytes());
    (hash ^ (hash >> 32)) as u32
}

/// FNV-1a of 64 bits.
fn fnv(bytes: &[u8]) -> u64 {
    let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

impl fmt::Display for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&token::write(self))
    }
}

impl fmt::Debug for Cursor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Cursor({self})")
    }
}

impl FromStr for Cursor {
    type Err = Error;

    fn from_str(text: &str) -> std::result::Result<Self, Error> {
        token::read(text).ok_or_else(|| {
            let help = "give the text of a page's `next` as it was printed, all of it";
            Error::new(ErrorKind::InvalidInput, "the text is not a cursor").with_help(help)
        })
    }
}

impl Serialize for Cursor {
    fn serialize<S: Serializer>(&self, serializer: S) -> std::result::Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Cursor {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> std::result::Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|error: Error| serde::de::Error::custom(error.message()))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests;
