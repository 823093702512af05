//! The keys that a write has met, in little more memory than they are long.

use std::collections::HashMap;

use super::{Fingerprint, Keys};

/// In how many parts a [`KeySet`] is, one for each first byte: a part that grows is there twice meanwhile, the others are not.
const PARTS: usize = 256;

/// The keys that a write has met so far: 10 to 11.5 bytes a key, once there are some tens of thousands.
///
/// A hash table whose places are the fingerprints themselves, without the byte that says the part: they are hashes already.
/// It grows by a sixteenth at a time, so a write of a million rows never holds half of a table empty.
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

    /// Notes the keys of rows; the position of the first one that was met before.
    pub(in crate::store) fn extend(&mut self, keys: &Keys) -> Option<usize> {
        let mut twice = None;
        for (row, &key) in keys.fingerprints.iter().enumerate() {
            if !self.insert(key) {
                twice.get_or_insert(row);
            }
        }
        twice
    }

    /// Notes a key; false when it was met before.
    fn insert(&mut self, key: Fingerprint) -> bool {
        let (part, rest) = key.split();
        self.0.get_mut(usize::from(part)).is_some_and(|part| part.insert(rest))
    }
}

/// A fingerprint without its first byte.
type Rest = [u8; 9];

/// What no key has.
const FREE: Rest = [0; 9];

/// Keys at the place that their first four bytes say, or at the next free one after it.
#[derive(Debug, Default)]
struct Part {
    places: Vec<Rest>,
    keys: usize,
}

impl Part {
    fn contains(&self, key: Rest) -> bool {
        self.place(key).is_some_and(|place| self.places[place] == key)
    }

    fn insert(&mut self, key: Rest) -> bool {
        // A sixteenth stays free, so that a search ends soon.
        if (self.keys + 1) * 16 > self.places.len() * 15 {
            self.grow();
        }
        let Some(place) = self.place(key).filter(|&place| self.places[place] != key) else { return false };
        self.places[place] = key;
        self.keys += 1;
        true
    }

    fn grow(&mut self) {
        let room = self.places.len() + self.places.len() / 16 + 8;
        let old = std::mem::replace(&mut self.places, vec![FREE; room]);
        for key in old.into_iter().filter(|key| *key != FREE) {
            if let Some(place) = self.place(key) {
                self.places[place] = key;
            }
        }
    }

    /// Where the key is, or else the free place for it. `None` without places.
    fn place(&self, key: Rest) -> Option<usize> {
        let [a, b, c, d, ..] = key;
        let room = self.places.len();
        // Four bytes as a fraction of all that there can be, so that keys spread over any number of places.
        let start = ((u64::from(u32::from_le_bytes([a, b, c, d])) * room as u64) >> 32) as usize;
        let (before, after) = self.places.split_at_checked(start)?;
        let passed = after.iter().chain(before).position(|&place| place == key || place == FREE)?;
        Some((start + passed) % room)
    }
}

/// The last row of each key, where several rows may have one.
#[derive(Debug, Default)]
pub(in crate::store) struct LastRows(HashMap<Fingerprint, u64>);

impl LastRows {
    /// Notes the keys of rows, numbered from `first`.
    pub(in crate::store) fn extend(&mut self, keys: &Keys, first: u64) {
        self.0.extend(keys.fingerprints.iter().copied().zip(first..));
    }

    /// Whether the row of this number is the last one of its key.
    pub(in crate::store) fn is_last(&self, key: Fingerprint, number: u64) -> bool {
        self.0.get(&key) == Some(&number)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, Int64Array};

    use super::*;

    fn keys(numbers: impl IntoIterator<Item = i64>) -> Keys {
        let column: ArrayRef = Arc::new(Int64Array::from_iter_values(numbers));
        Keys::new(vec![("id", column)]).unwrap()
    }

    #[test]
    fn keys_are_met_again_and_others_are_not() {
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
            let bytes: usize = set.0.iter().map(|part| size_of_val(part.places.as_slice())).sum();
            let keys = set.len();
            assert!(keys < 100_000 || 2 * bytes <= 23 * keys, "{bytes} bytes for {keys} keys");
        }
    }

    #[test]
    fn keys_whose_places_are_taken_get_others() {
        let mut part = Part::default();
        let alike = |last: u8| [255, 255, 255, 255, 0, 0, 0, 0, last];
        assert!((1..200).all(|last| part.insert(alike(last))));
        assert!((1..200).all(|last| part.contains(alike(last)) && !part.insert(alike(last))));
        assert!(!part.contains(alike(200)));
        assert_eq!(part.keys, 199);
    }
}
