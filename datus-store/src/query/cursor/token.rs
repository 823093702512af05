//! The text of a cursor: its numbers and a checksum, in base64 for URLs (RFC 4648, section 5) without padding.

use super::{Cursor, QueryMark, Revision};

/// The first byte, which is the version of the format. A different byte marks a cursor of a different version of this crate.
const FORMAT: u8 = 1;

/// The length in bytes: the format, three numbers of 4 bytes, three of 8 bytes, and the checksum. It is divisible by 3, so
/// base64 needs no padding.
const LENGTH: usize = 42;

/// The offset of the checksum, which has 5 bytes.
const CHECKSUM: usize = LENGTH - 5;

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

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
    let groups = bytes.as_chunks::<3>().0;
    let characters = groups.iter().flat_map(|[a, b, c]| {
        let bits = u32::from_be_bytes([0, *a, *b, *c]);
        [18, 12, 6, 0].map(|shift| char::from(ALPHABET[(bits >> shift) as usize & 63]))
    });
    characters.collect()
}

/// Parses a cursor, or returns `None` if the text is not one.
pub(super) fn read(text: &str) -> Option<Cursor> {
    let (groups, rest) = text.as_bytes().as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(LENGTH);
    for group in groups {
        let mut bits = 0;
        for character in group {
            let digit = ALPHABET.iter().position(|letter| letter == character)?;
            bits = bits << 6 | u32::try_from(digit).ok()?;
        }
        bytes.extend(bits.to_be_bytes().get(1..)?);
    }
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

/// Returns the first 5 bytes of the 64-bit FNV-1a hash, which detects typing errors.
fn checksum(bytes: &[u8]) -> [u8; 5] {
    let hash = super::fnv(bytes).to_be_bytes();
    [hash[0], hash[1], hash[2], hash[3], hash[4]]
}
