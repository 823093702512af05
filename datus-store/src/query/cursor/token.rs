//! The text of a cursor: its numbers and a checksum, in base64 for URLs (RFC 4648, section 5) without padding.

use super::{Cursor, QueryMark, Revision};

/// The first byte: which numbers follow. Another one is a cursor of another version of this crate.
const FORMAT: u8 = 1;

/// The length in bytes: format, three numbers of 4, three of 8, checksum. Divisible by 3, so no character is half used.
const LENGTH: usize = 42;

/// Where the checksum stands, in 5 bytes.
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

/// The cursor of the text; `None` for any other text.
pub(super) fn read(text: &str) -> Option<Cursor> {
    let (groups, rest) = text.as_bytes().as_chunks::<4>();
    if !rest.is_empty() {
        return None;
    }
    let mut bytes = Vec::with_capacity(LENGTH);
    for group in groups {
        let mut bits = 0;
        for character in group {
            let digit = ALPHABET.iter().position(|known| known == character)?;
            bits = bits << 6 | u32::try_from(digit).ok()?;
        }
        bytes.extend(bits.to_be_bytes().get(1..)?);
    }
    let (content, sum) = bytes.split_at_checked(CHECKSUM)?;
    if content.first() != Some(&FORMAT) || sum != checksum(content) {
        return None;
    }
    let small = |at: usize| Some(u32::from_be_bytes(content.get(at..at + 4)?.try_into().ok()?));
    let large = |at: usize| Some(u64::from_be_bytes(content.get(at..at + 8)?.try_into().ok()?));
    Some(Cursor {
        query: QueryMark { table: small(1)?, filter: small(5)?, order: small(9)? },
        revision: Revision { version: large(13)?, committed: large(21)? },
        row: large(29)?,
    })
}

/// FNV-1a of 64 bits, the first 5 bytes: a slip of the pen is no cursor.
fn checksum(bytes: &[u8]) -> [u8; 5] {
    let hash = super::fnv(bytes).to_be_bytes();
    [hash[0], hash[1], hash[2], hash[3], hash[4]]
}
