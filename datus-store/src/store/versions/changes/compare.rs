//! Compares the rows of two versions: finds the rows to read, and pairs rows with the same key.

use std::hash::{DefaultHasher, Hash, Hasher};

use arrow_array::{ArrayRef, RecordBatch};
use arrow_row::{RowConverter, SortField};
use futures::TryStreamExt;

use super::sort::{Entry, Side, Sorted, Sorter};
use crate::backend::{AddressedRows, DifferingRows, matching_rows};
use crate::error::Result;
use crate::query::Predicate;
use crate::store::arrow::{arrow_failed, column};
use crate::store::core::Core;

/// A change to one row, with the addresses of the row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum AddressedChange {
    Inserted(u64),
    Updated { before: u64, after: u64 },
    Deleted(u64),
}

/// The comparison of two versions, which returns the changes to rows one by one.
pub(super) struct Comparison {
    entries: Sorted,
    /// Changes of the last key that have not been returned yet.
    found: Vec<AddressedChange>,
}

impl Comparison {
    /// Reads the rows that can differ. `columns` are the columns that both versions have.
    pub(super) async fn new(
        core: &Core,
        old: &DifferingRows,
        new: &DifferingRows,
        columns: &[&str],
        filter: Option<&Predicate>,
    ) -> Result<Self> {
        let mut sorter = Sorter::new();
        for (rows, side) in [(old, Side::Old), (new, Side::New)] {
            let mut rows = rows.read(columns).await?;
            while let Some(AddressedRows { batch, addresses }) = rows.try_next().await? {
                add(core, &batch, &addresses, side, filter, &mut sorter)?;
            }
        }
        Ok(Self { entries: sorter.finish()?, found: Vec::new() })
    }

    /// Returns the next change, in the order of the keys' fingerprints.
    pub(super) fn next(&mut self) -> Result<Option<AddressedChange>> {
        while self.found.is_empty() {
            let Some(first) = self.entries.next()? else { return Ok(None) };
            let (mut old, mut new) = (Vec::new(), Vec::new());
            let mut group = Group::default();
            group.add(first, &mut old, &mut new);
            while let Some(entry) = self.entries.peek().copied().filter(|entry| entry.key() == first.key()) {
                self.entries.next()?;
                group.add(entry, &mut old, &mut new);
            }
            group.end(&mut old, &mut new);
            self.found = paired(old, new);
        }
        Ok(self.found.pop())
    }
}

/// The entries with the same key and the same values so far. A pair with one entry in each version is not a change.
#[derive(Default)]
struct Group {
    values: Option<[u8; 16]>,
    old: Vec<u64>,
    new: Vec<u64>,
}

impl Group {
    fn add(&mut self, entry: Entry, old: &mut Vec<u64>, new: &mut Vec<u64>) {
        if self.values.as_ref().map(<[u8; 16]>::as_slice) != Some(entry.values()) {
            self.end(old, new);
            self.values = entry.values().try_into().ok();
        }
        match entry.side() {
            Side::Old => self.old.push(entry.address()),
            Side::New => self.new.push(entry.address()),
        }
    }

    fn end(&mut self, old: &mut Vec<u64>, new: &mut Vec<u64>) {
        let unchanged = self.old.len().min(self.new.len());
        old.extend(self.old.drain(..).skip(unchanged));
        new.extend(self.new.drain(..).skip(unchanged));
    }
}

/// Returns the changes to the rows with one key. A key has one row, unless other programs wrote several.
fn paired(old: Vec<u64>, new: Vec<u64>) -> Vec<AddressedChange> {
    let (mut old, mut new) = (old.into_iter(), new.into_iter());
    let mut changes = Vec::new();
    loop {
        changes.push(match (old.next(), new.next()) {
            (Some(before), Some(after)) => AddressedChange::Updated { before, after },
            (None, Some(after)) => AddressedChange::Inserted(after),
            (Some(before), None) => AddressedChange::Deleted(before),
            (None, None) => return changes,
        });
    }
}

/// Adds the rows of a batch that pass the filter.
fn add(
    core: &Core,
    batch: &RecordBatch,
    addresses: &[u64],
    side: Side,
    filter: Option<&Predicate>,
    sorter: &mut Sorter,
) -> Result<()> {
    let passing = filter.map(|filter| matching_rows(batch, filter)).transpose()?;
    let keys = core.keys_of(batch)?.fingerprints;
    let values = values(batch)?;
    for (row, ((&address, key), values)) in addresses.iter().zip(keys).zip(values).enumerate() {
        if passing.as_ref().is_none_or(|passing| passing.value(row)) {
            sorter.push(Entry::new(key, values, side, address))?;
        }
    }
    Ok(())
}

/// Returns a fingerprint of each row. The probability that two different rows have the same fingerprint is 2^-128.
fn values(batch: &RecordBatch) -> Result<Vec<[u8; 16]>> {
    let schema = batch.schema();
    let fields = schema.fields().iter().map(|field| SortField::new(field.data_type().clone())).collect();
    let columns: Vec<ArrayRef> =
        schema.fields().iter().map(|field| column(batch, field.name())).collect::<Result<_>>()?;
    let rows = RowConverter::new(fields).and_then(|converter| converter.convert_columns(&columns));
    let rows = rows.map_err(arrow_failed)?;
    Ok(rows.iter().map(|row| fingerprint(row.as_ref())).collect())
}

fn fingerprint(bytes: &[u8]) -> [u8; 16] {
    let half = |seed: u8| {
        let mut hasher = DefaultHasher::new();
        seed.hash(&mut hasher);
        bytes.hash(&mut hasher);
        hasher.finish()
    };
    (u128::from(half(0)) << 64 | u128::from(half(1))).to_be_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_key_are_paired_in_order() {
        use AddressedChange::{Deleted, Inserted, Updated};
        assert_eq!(paired(vec![], vec![]), []);
        assert_eq!(paired(vec![1], vec![2]), [Updated { before: 1, after: 2 }]);
        assert_eq!(paired(vec![1, 3], vec![2]), [Updated { before: 1, after: 2 }, Deleted(3)]);
        assert_eq!(paired(vec![], vec![2, 4]), [Inserted(2), Inserted(4)]);
    }

    #[test]
    fn a_row_in_both_versions_is_no_change() {
        let (mut old, mut new) = (Vec::new(), Vec::new());
        let mut group = Group { values: None, old: vec![1, 2], new: vec![3] };
        group.end(&mut old, &mut new);
        assert_eq!((old, new), (vec![2], vec![]));
    }
}
