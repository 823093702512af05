//! Sorts the rows of two versions by their keys, in bounded memory.
//!
//! Each row is a 35-byte entry. The entries are sorted in parts. Full parts are written to unnamed temporary files, the
//! last part stays in memory, and all parts are merged at the end.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use crate::error::Result;
use crate::store::core::Fingerprint;
use crate::store::write::spill::spill_failed;

/// The number of entries in a part, which takes 35 MiB.
const PART: usize = 1 << 20;

const KEY: usize = 10;
const VALUES: usize = 16;
const LENGTH: usize = KEY + VALUES + 1 + 8;

/// A row: the fingerprints of its key and of its values, its version, and its address. Entries are ordered by their
/// bytes: by key, then by values, then by version.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Entry([u8; LENGTH]);

/// One of the two versions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Side {
    Old,
    New,
}

impl Entry {
    pub(super) fn new(key: Fingerprint, values: [u8; VALUES], side: Side, address: u64) -> Self {
        let mut bytes = [0; LENGTH];
        let parts = key.bytes().into_iter().chain(values).chain([u8::from(side == Side::New)]);
        for (byte, part) in bytes.iter_mut().zip(parts.chain(address.to_be_bytes())) {
            *byte = part;
        }
        Self(bytes)
    }

    pub(super) fn key(&self) -> &[u8] {
        &self.0[..KEY]
    }

    pub(super) fn values(&self) -> &[u8] {
        &self.0[KEY..KEY + VALUES]
    }

    pub(super) fn side(&self) -> Side {
        if self.0[KEY + VALUES] == 0 { Side::Old } else { Side::New }
    }

    pub(super) fn address(&self) -> u64 {
        self.0[KEY + VALUES + 1..].iter().fold(0, |address, &byte| address << 8 | u64::from(byte))
    }
}

/// Collects entries and sorts them.
pub(super) struct Sorter {
    entries: Vec<Entry>,
    max_entries: usize,
    files: Vec<BufReader<File>>,
}

impl Sorter {
    pub(super) fn new() -> Self {
        Self::with_memory(PART)
    }

    /// Creates a sorter that keeps at most this number of entries in memory.
    fn with_memory(max_entries: usize) -> Self {
        Self { entries: Vec::new(), max_entries, files: Vec::new() }
    }

    pub(super) fn push(&mut self, entry: Entry) -> Result<()> {
        if self.entries.len() >= self.max_entries {
            self.entries.sort_unstable();
            self.files.push(write(&self.entries).map_err(|error| spill_failed(error.into()))?);
            self.entries.clear();
        }
        self.entries.push(entry);
        Ok(())
    }

    /// Returns all entries, in order.
    pub(super) fn finish(mut self) -> Result<Sorted> {
        self.entries.sort_unstable();
        let mut sorted =
            Sorted { entries: self.entries.into_iter(), files: self.files, next: BinaryHeap::new() };
        for part in 0..=sorted.files.len() {
            sorted.advance(part)?;
        }
        Ok(sorted)
    }
}

/// The entries in order.
pub(super) struct Sorted {
    entries: std::vec::IntoIter<Entry>,
    files: Vec<BufReader<File>>,
    /// The next entry of each part, with the index of the part.
    next: BinaryHeap<Reverse<(Entry, usize)>>,
}

impl Sorted {
    pub(super) fn next(&mut self) -> Result<Option<Entry>> {
        let Some(Reverse((entry, part))) = self.next.pop() else { return Ok(None) };
        self.advance(part)?;
        Ok(Some(entry))
    }

    /// Returns the next entry without removing it.
    pub(super) fn peek(&self) -> Option<&Entry> {
        self.next.peek().map(|Reverse((entry, _))| entry)
    }

    fn advance(&mut self, part: usize) -> Result<()> {
        let entry = match self.files.get_mut(part) {
            Some(file) => read(file).map_err(|error| spill_failed(error.into()))?,
            None => self.entries.next(),
        };
        self.next.extend(entry.map(|entry| Reverse((entry, part))));
        Ok(())
    }
}

fn write(entries: &[Entry]) -> io::Result<BufReader<File>> {
    let mut file = BufWriter::new(tempfile::tempfile()?);
    for Entry(bytes) in entries {
        file.write_all(bytes)?;
    }
    let mut file = file.into_inner().map_err(io::IntoInnerError::into_error)?;
    file.rewind()?;
    Ok(BufReader::new(file))
}

fn read(file: &mut BufReader<File>) -> io::Result<Option<Entry>> {
    let mut bytes = [0; LENGTH];
    match file.read_exact(&mut bytes) {
        Ok(()) => Ok(Some(Entry(bytes))),
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(None),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array};

    use super::*;
    use crate::store::core::Keys;

    #[test]
    fn entries_are_sorted_in_memory_and_in_files() {
        let numbers: ArrayRef = Arc::new(Int64Array::from_iter_values((0..100).map(|number| number % 40)));
        let keys = Keys::new(vec![("id", numbers)]).unwrap().fingerprints;
        let side = |row: usize| if row.is_multiple_of(3) { Side::Old } else { Side::New };
        let entries = keys.iter().enumerate().map(|(row, key)| {
            Entry::new(*key, [u8::from(row > 50); VALUES], side(row), u64::MAX - row as u64)
        });
        let mut expected: Vec<Entry> = entries.collect();
        for max_entries in [1, 2, 7, 100, 1000] {
            let mut sorter = Sorter::with_memory(max_entries);
            expected.iter().for_each(|entry| sorter.push(*entry).unwrap());
            assert_eq!(sorter.files.len(), (100 - 1) / max_entries);
            let mut sorted = sorter.finish().unwrap();
            let mut found = Vec::new();
            while let Some(peeked) = sorted.peek().copied() {
                assert_eq!(sorted.next().unwrap(), Some(peeked));
                found.push(peeked);
            }
            expected.sort_unstable();
            assert_eq!(found, expected, "{max_entries} in memory");
        }
        let entry = Entry::new(keys[5], [9; VALUES], Side::New, 7 << 32 | 3);
        assert_eq!((entry.side(), entry.address(), entry.values()), (Side::New, 7 << 32 | 3, &[9; 16][..]));
        assert!(Sorter::new().finish().unwrap().next().unwrap().is_none());
    }
}
