//! Cursors: opaque tokens that mark the end of a page, for a web handler to pass on.

mod token;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

#[cfg(any(feature = "store", test))]
use super::QuerySpec;
#[cfg(any(feature = "store", test))]
use crate::error::Result;
use crate::error::{Error, ErrorKind};

/// The end of a page, after which the next page starts. [`Page::next`](super::Page::next) holds it and
/// [`Paged::after`](super::Paged::after) accepts it.
///
/// `Display`, `FromStr` and serde convert it to opaque text of letters, digits, `-` and `_`, so it can be part of a URL. A
/// cursor contains no column values. It is not signed: someone who modifies it can read other rows of the same query, but
/// never rows that the filter excludes.
///
/// A cursor belongs to one version of one table in one database, and to one filter, view, scope and order. A query on a
/// different table or with a different filter, view, scope or order rejects it. A database is identified by its normalized
/// address: the folder with symbolic links resolved, or the URI of an object store. A cursor for a `memory://` database is
/// valid only for the connection that created it.
///
/// ```
/// use datus_store::{ErrorKind, query::Cursor};
///
/// let error = "not a cursor".parse::<Cursor>().unwrap_err();
/// assert_eq!(error.kind(), ErrorKind::InvalidInput);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Cursor {
    /// The fingerprint of the query that created the cursor.
    query: QueryMark,
    /// The version of the table that all pages read.
    revision: Revision,
    /// The row id of the last row of the page.
    row: u64,
}

/// A version of a table. The time distinguishes it from the same version of a dropped table with the same name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Revision {
    pub(crate) version: u64,
    /// The time of the commit, in nanoseconds since the Unix epoch.
    pub(crate) committed: u64,
}

/// The fingerprint of a query: the hashes of its table, filter and order, which are the same in every process.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct QueryMark {
    table: u32,
    filter: u32,
    order: u32,
}

#[cfg(any(feature = "store", test))]
impl QueryMark {
    /// Computes the fingerprint of a query. `database` is the normalized address of the database.
    pub(crate) fn of(database: &str, table: &str, spec: &QuerySpec) -> Self {
        Self {
            // A line break is a safe separator, because a table name cannot contain one.
            table: fingerprint(&format!("{table}\n{database}")),
            filter: fingerprint(&format!("{:?}", spec.filter)),
            order: fingerprint(&format!("{:?}", spec.order)),
        }
    }
}

#[cfg(any(feature = "store", test))]
impl Cursor {
    /// Creates the cursor for a page that ends with this row.
    pub(crate) fn new(query: QueryMark, revision: Revision, row: u64) -> Self {
        Self { query, revision, row }
    }

    pub(crate) fn revision(&self) -> Revision {
        self.revision
    }

    pub(crate) fn row(&self) -> u64 {
        self.row
    }

    /// Checks that the cursor was created by the same query.
    ///
    /// # Errors
    /// `InvalidInput`, with the part of the query that differs.
    pub(crate) fn check(&self, query: QueryMark) -> Result<()> {
        let QueryMark { table, filter, order } = self.query;
        let (message, help) = if table != query.table {
            (
                "the cursor belongs to a different table or database",
                "pass a cursor from a page of the same table",
            )
        } else if filter != query.filter {
            (
                "the cursor belongs to a query with a different filter, view or scope",
                "use the same filter for every page, or start again without a cursor",
            )
        } else if order != query.order {
            (
                "the cursor belongs to a query with a different order",
                "use the same `order_by` for every page, or start again without a cursor",
            )
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
    }
}

/// Returns the hash of a text, folded to 32 bits.
#[cfg(any(feature = "store", test))]
fn fingerprint(text: &str) -> u32 {
    let hash = fnv(text.as_bytes());
    (hash ^ (hash >> 32)) as u32
}

/// Returns the 64-bit FNV-1a hash.
pub(super) fn fnv(bytes: &[u8]) -> u64 {
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
            let help = "pass the complete text of a page's `next`";
            Error::new(ErrorKind::InvalidInput, "the text is not a valid cursor").with_help(help)
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
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
