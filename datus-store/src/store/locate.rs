//! Finds the addresses of rows by their keys.

use std::collections::HashMap;
use std::sync::Arc;

use super::core::{Core, Fingerprint, Keys, READ_AT_ONCE};
use crate::backend::{DatasetVersion, FragmentInfo, address};
use crate::error::Result;

/// The maximum number of fragments whose keys a query reads into memory. If the keys of more fragments are missing, the
/// engine finds the rows faster.
const READ_FRAGMENTS: usize = 16;

impl Core {
    /// Returns, for each key, the addresses of the rows that have it.
    pub(in crate::store) async fn locate(&self, at: &DatasetVersion, keys: &Keys) -> Result<Vec<Vec<u64>>> {
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

    /// Returns the addresses of the rows that have one of the keys, in ascending order. Returns `None` if the keys of the
    /// table are not in memory and reading them would take longer than a query by the engine.
    pub(in crate::store) async fn locate_in_memory(
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

/// Returns the offsets of the rows that have the key.
fn offsets(sorted: &[(Fingerprint, u32)], key: Fingerprint) -> impl Iterator<Item = u32> {
    let first = sorted.partition_point(|(other, _)| *other < key);
    sorted[first..].iter().take_while(move |(other, _)| *other == key).map(|(_, offset)| *offset)
}
