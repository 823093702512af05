//! A compact set of the keys that a write has seen.

use crate::store::core::{Fingerprint, Keys};
use std::collections::HashMap;

/// The number of parts of a [`KeySet`], one for each value of the first byte. Only the part that grows is in memory twice.
const PARTS: usize = 256;

/// The keys that a write has seen so far. With more than a few tens of thousands of keys, the set takes 10 to 11.5 bytes per
/// key.
///
/// This is a hash table whose slots hold the fingerprints, which are already hashes, without the byte that selects the part.
/// It grows by a sixteenth at a time, so it is never half empty after a write of a million rows.
#[derive(Debug)]
pub(in crate::store) struct KeySet(Vec<Part>);

impl Default for KeySet {
    fn default() -> Self {
        Self((0..PARTS).map(|_| Part::default()).collect())
    }
}

impl KeySet {
    pub(in crate::store) fn contains(&self, key: Fingerprint) -> bool {
        let (part, rest) = key.split();
        self.0.get(usize::from(part)).is_some_and(|part| part.contains(rest))
    }

    pub(in crate::store) fn len(&self) -> usize {
        self.0.iter().map(|part| part.keys).sum()
    }

    /// Adds the keys of rows. Returns the position of the first key that was already present.
    pub(in crate::store) fn extend(&mut self, keys: &Keys) -> Option<usize> {
        let mut duplicate = None;
        for (row, &key) in keys.fingerprints.iter().enumerate() {
            if !self.insert(key) {
                duplicate.get_or_insert(row);
            }
        }
        duplicate
    }

    /// Adds a key. Returns `false` if it was already present.
    pub(in crate::store) fn insert(&mut self, key: Fingerprint) -> bool {
        let (part, rest) = key.split();
        self.0.get_mut(usize::from(part)).is_some_and(|part| part.insert(rest))
    }
}

/// A fingerprint without its first byte.
type Rest = [u8; 9];

/// The value of a free slot, which no key has.
const FREE: Rest = [0; 9];

/// A part of the set. A key is in the slot that its first four bytes select, or in the next free slot after it.
#[derive(Debug, Default)]
struct Part {
    slots: Vec<Rest>,
    keys: usize,
}

impl Part {
    fn contains(&self, key: Rest) -> bool {
        self.slot(key).is_some_and(|slot| self.slots[slot] == key)
    }

    fn insert(&mut self, key: Rest) -> bool {
        // A sixteenth of the slots stays free, so that a lookup terminates quickly.
        if (self.keys + 1) * 16 > self.slots.len() * 15 {
            self.grow();
        }
        let Some(slot) = self.slot(key).filter(|&slot| self.slots[slot] != key) else { return false };
        self.slots[slot] = key;
        self.keys += 1;
        true
    }

    fn grow(&mut self) {
        let capacity = self.slots.len() + self.slots.len() / 16 + 8;
        let old = std::mem::replace(&mut self.slots, vec![FREE; capacity]);
        for key in old.into_iter().filter(|key| *key != FREE) {
            if let Some(slot) = self.slot(key) {
                self.slots[slot] = key;
            }
        }
    }

    /// Returns the slot that contains the key, or the free slot for it if the set lacks the key; `None` if there are no
    /// slots.
    fn slot(&self, key: Rest) -> Option<usize> {
        let [a, b, c, d, ..] = key;
        let capacity = self.slots.len();
        // The four bytes as a fraction of their maximum, so that keys spread over any number of slots.
        let start = ((u64::from(u32::from_le_bytes([a, b, c, d])) * capacity as u64) >> 32) as usize;
        let (before, after) = self.slots.split_at_checked(start)?;
        let passed = after.iter().chain(before).position(|&slot| slot == key || slot == FREE)?;
        Some((start + passed) % capacity)
    }
}

/// The last row of each key, for an input in which several rows may share a key.
#[derive(Debug, Default)]
pub(in crate::store) struct LastRows(HashMap<Fingerprint, u64>);

impl LastRows {
    /// Adds the keys of rows, which are numbered from `first`.
    pub(in crate::store) fn extend(&mut self, keys: &Keys, first: u64) {
        self.0.extend(keys.fingerprints.iter().copied().zip(first..));
    }

    /// Returns `true` if the row with this number is the last one with its key.
    pub(in crate::store) fn is_last(&self, key: Fingerprint, number: u64) -> bool {
        self.0.get(&key) == Some(&number)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array};

    use super::*;

    fn keys(numbers: impl IntoIterator<Item = i64>) -> Keys {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers));
        Keys::new(vec![("id", column)]).unwrap()
    }

    #[test]
    fn the_set_contains_added_keys_and_no_others() {
        let mut set = KeySet::default();
        assert!(!set.contains(keys([0]).fingerprints[0]));
        for chunk in 0..25 {
            assert_eq!(set.extend(&keys(chunk * 4_000..(chunk + 1) * 4_000)), None);
        }
        assert_eq!(set.len(), 100_000);
        assert!(keys(0..100_000).fingerprints.into_iter().all(|key| set.contains(key)));
        assert!(!keys(100_000..200_000).fingerprints.into_iter().any(|key| set.contains(key)));
        assert_eq!(set.extend(&keys([200_000, 200_001, 77, 200_002, 78])), Some(2));
        assert_eq!(set.extend(&keys([300_000, 300_000])), Some(1));
        assert_eq!(set.len(), 100_004);
    }

    #[test]
    fn a_key_takes_at_most_eleven_and_a_half_bytes() {
        let mut set = KeySet::default();
        for chunk in 0..200 {
            set.extend(&keys(chunk * 1_000..(chunk + 1) * 1_000));
            let bytes: usize = set.0.iter().map(|part| size_of_val(part.slots.as_slice())).sum();
            let keys = set.len();
            assert!(keys < 100_000 || 2 * bytes <= 23 * keys, "{bytes} bytes for {keys} keys");
        }
    }

    #[test]
    fn keys_with_the_same_slot_are_all_kept() {
        let mut part = Part::default();
        let alike = |last: u8| [255, 255, 255, 255, 0, 0, 0, 0, last];
        assert!((1..200).all(|last| part.insert(alike(last))));
        assert!((1..200).all(|last| part.contains(alike(last)) && !part.insert(alike(last))));
        assert!(!part.contains(alike(200)));
        assert_eq!(part.keys, 199);
    }
}
