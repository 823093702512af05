//! The addresses of rows by their keys, in memory.
//!
//! The values in the files of a fragment never change, so what is read of a fragment once stays true as long as a version
//! has it; only which of its rows are deleted differs between versions. Finding a key takes a binary search in each
//! fragment, where the engine plans and runs a query.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::core::Core;
use super::ingest::{Fingerprint, Keys};
use crate::backend::{DatasetVersion, FragmentInfo, address};
use crate::error::Result;

/// The most rows of a fragment whose keys are read when one of them is first looked for: some milliseconds.
const READ_AT_ONCE: usize = 16 << 10;

/// The number of lookups in a larger fragment after which its keys are read. A program that writes once does not pay for it.
const LOOKUPS: u32 = 4;

/// The most fragments whose keys a read reads first. With more of them, the engine finds the rows faster.
const READ_FRAGMENTS: usize = 16;

/// The most keys in memory, at 16 bytes each: 64 MiB. Keys of fragments beyond are looked up by the engine.
const MOST_KEYS: usize = 4 << 20;

/// The keys of fragments.
#[derive(Default)]
pub(super) struct KeyCache(Mutex<Fragments>);

#[derive(Default)]
struct Fragments {
    keys: HashMap<u64, FragmentKeys>,
    /// The number of times that keys were looked up in a fragment that is not in memory.
    lookups: HashMap<u64, u32>,
}

struct FragmentKeys {
    /// The names of the fragment's data files.
    files: String,
    /// The key of each row and the row's offset, in the order of the keys.
    sorted: Arc<[(Fingerprint, u32)]>,
}

impl Core {
    /// Returns the addresses of the rows that have each of the keys.
    pub(super) async fn locate(&self, at: &DatasetVersion, keys: &Keys) -> Result<Vec<Vec<u64>>> {
        let mut found = vec![Vec::new(); keys.fingerprints.len()];
        let mut elsewhere = Vec::new();
        let columns = self.key_columns();
        let fragments: Vec<FragmentInfo> = at.fragments().collect();
        self.keys_in_memory.forget_all_but(&fragments);
        for fragment in &fragments {
            let sorted = match self.keys_in_memory.get(fragment) {
                Some(sorted) => sorted,
                None if self.keys_in_memory.should_read(fragment) => {
                    let sorted = self.read_keys(at, fragment, &columns).await?;
                    self.keys_in_memory.set(fragment, Arc::clone(&sorted));
                    sorted
                }
                None => {
                    elsewhere.push(fragment.id);
                    continue;
                }
            };
            for (key, found) in keys.fingerprints.iter().zip(&mut found) {
                found.extend(offsets(&sorted, *key).map(|offset| address(fragment.id, offset as usize)));
            }
        }
        if !elsewhere.is_empty() {
            let positions: HashMap<Fingerprint, usize> =
                keys.fingerprints.iter().enumerate().map(|(position, key)| (*key, position)).collect();
            let search = at.find(&elsewhere, &keys.columns, &columns, |batch, addresses| {
                for (key, address) in self.keys_of(&batch)?.fingerprints.iter().zip(addresses) {
                    if let Some(&position) = positions.get(key) {
                        found[position].push(address);
                    }
                }
                Ok(())
            });
            search.await?;
        }
        let addresses: Vec<u64> = found.iter().flatten().copied().collect();
        let mut present = at.present(&addresses).await?.into_iter();
        for found in &mut found {
            found.retain(|_| present.next() == Some(true));
        }
        Ok(found)
    }

    /// Returns the addresses of the rows that have one of the keys, in their order. Returns `None` if the keys of the table are
    /// not in memory and reading them would take longer than the engine does.
    pub(super) async fn locate_in_memory(
        &self,
        at: &DatasetVersion,
        keys: &Keys,
    ) -> Result<Option<Vec<u64>>> {
        let fragments: Vec<FragmentInfo> = at.fragments().collect();
        self.keys_in_memory.forget_all_but(&fragments);
        let mut sorted: Vec<Option<_>> =
            fragments.iter().map(|fragment| self.keys_in_memory.get(fragment)).collect();
        let unread = || fragments.iter().zip(&sorted).filter(|(_, keys)| keys.is_none());
        let rows: usize = unread().map(|(fragment, _)| fragment.rows).sum();
        if rows > READ_AT_ONCE || unread().count() > READ_FRAGMENTS || !self.keys_in_memory.has_room(rows) {
            return Ok(None);
        }
        let columns = self.key_columns();
        let mut found = Vec::new();
        for (fragment, sorted) in fragments.iter().zip(&mut sorted) {
            let sorted = match sorted.take() {
                Some(sorted) => sorted,
                None => {
                    let sorted = self.read_keys(at, fragment, &columns).await?;
                    self.keys_in_memory.set(fragment, Arc::clone(&sorted));
                    sorted
                }
            };
            for key in &keys.fingerprints {
                found.extend(offsets(&sorted, *key).map(|offset| address(fragment.id, offset as usize)));
            }
        }
        found.sort_unstable();
        let mut present = at.present(&found).await?.into_iter();
        found.retain(|_| present.next() == Some(true));
        Ok(Some(found))
    }

    async fn read_keys(
        &self,
        at: &DatasetVersion,
        fragment: &FragmentInfo,
        columns: &[&'static str],
    ) -> Result<Arc<[(Fingerprint, u32)]>> {
        let mut sorted = Vec::with_capacity(fragment.rows);
        let read = at.physical_rows(fragment, columns, |batch| {
            let keys = self.keys_of(&batch)?.fingerprints;
            let first = u32::try_from(sorted.len()).unwrap_or(u32::MAX);
            sorted.extend(keys.into_iter().zip(first..));
            Ok(())
        });
        read.await?;
        sorted.sort_unstable();
        Ok(sorted.into())
    }
}

impl KeyCache {
    fn get(&self, fragment: &FragmentInfo) -> Option<Arc<[(Fingerprint, u32)]>> {
        let fragments = self.lock();
        let keys = fragments.keys.get(&fragment.id).filter(|keys| keys.files == fragment.files)?;
        Some(Arc::clone(&keys.sorted))
    }

    fn set(&self, fragment: &FragmentInfo, sorted: Arc<[(Fingerprint, u32)]>) {
        let mut fragments = self.lock();
        fragments.lookups.remove(&fragment.id);
        fragments.keys.insert(fragment.id, FragmentKeys { files: fragment.files.clone(), sorted });
    }

    fn has_room(&self, rows: usize) -> bool {
        self.lock().have_room(rows)
    }

    /// Counts a lookup in a fragment whose keys are not in memory. Returns `true` if they should be.
    fn should_read(&self, fragment: &FragmentInfo) -> bool {
        let mut fragments = self.lock();
        if !fragments.have_room(fragment.rows) {
            return false;
        }
        let lookups = fragments.lookups.entry(fragment.id).or_default();
        *lookups += 1;
        fragment.rows <= READ_AT_ONCE || *lookups > LOOKUPS
    }

    /// Forgets fragments that the newest version does not have.
    fn forget_all_but(&self, present: &[FragmentInfo]) {
        let mut fragments = self.lock();
        if fragments.keys.len() + fragments.lookups.len() <= 2 * present.len() {
            return;
        }
        let ids: std::collections::HashSet<u64> = present.iter().map(|fragment| fragment.id).collect();
        fragments.keys.retain(|id, _| ids.contains(id));
        fragments.lookups.retain(|id, _| ids.contains(id));
    }

    fn lock(&self) -> MutexGuard<'_, Fragments> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Fragments {
    /// Returns `true` if the keys of this number of rows can be kept too.
    fn have_room(&self, rows: usize) -> bool {
        let in_memory: usize = self.keys.values().map(|keys| keys.sorted.len()).sum();
        in_memory + rows <= MOST_KEYS
    }
}

/// The offsets of the rows that have the key.
fn offsets(sorted: &[(Fingerprint, u32)], key: Fingerprint) -> impl Iterator<Item = u32> {
    let first = sorted.partition_point(|(other, _)| *other < key);
    sorted[first..].iter().take_while(move |(other, _)| *other == key).map(|(_, offset)| *offset)
}
