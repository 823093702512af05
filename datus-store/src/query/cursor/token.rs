//! The text of a cursor: its numbers and a checksum, in base64 for URLs.

use super::{Cursor, QueryMark, Revision};
use crate::query::base64;

/// The first byte, which is the version of the format. Any other byte marks a cursor in the format of a different version of
/// this crate.
const FORMAT: u8 = 1;

/// The length in bytes: the format, three numbers of 4 bytes, three of 8 bytes, and the checksum.
const LENGTH: usize = 42;

/// The offset of the checksum, which is 5 bytes long.
const CHECKSUM: usize = LENGTH - 5;

pub(super) fn write(cursor: &Cursor) -> String {
    let Cursor { query, revision, row } = cursor;
    let QueryMark { table, filter, order } = query;
    let Revision { version, committed } = revision;
    let mut bytes = vec![FORMAT];
    for number in [table, filter, order] {
        bytes.extend(number.to_be_bytes());
    }
    for number in [version, committed, row] {
        bytes.extend(number.to_be_bytes());
    }
    bytes.extend(checksum(&bytes));
    base64::encode(&bytes)
}

/// Parses a cursor, or returns `None` if the text is not a cursor.
pub(super) fn read(text: &str) -> Option<Cursor> {
    let bytes = base64::decode(text).filter(|bytes| bytes.len() == LENGTH)?;
    let (content, stored_checksum) = bytes.split_at_checked(CHECKSUM)?;
    if content.first() != Some(&FORMAT) || stored_checksum != checksum(content) {
        return None;
    }
    let u32_at = |at: usize| Some(u32::from_be_bytes(content.get(at..at + 4)?.try_into().ok()?));
    let u64_at = |at: usize| Some(u64::from_be_bytes(content.get(at..at + 8)?.try_into().ok()?));
    Some(Cursor {
        query: QueryMark { table: u32_at(1)?, filter: u32_at(5)?, order: u32_at(9)? },
        revision: Revision { version: u64_at(13)?, committed: u64_at(21)? },
        row: u64_at(29)?,
    })
}

/// Returns the first 5 bytes of the 64-bit FNV-1a hash, which detects typos.
fn checksum(bytes: &[u8]) -> [u8; 5] {
    let hash = super::fnv(bytes).to_be_bytes();
    [hash[0], hash[1], hash[2], hash[3], hash[4]]
}
