//! Finds the addresses of rows by their keys.

use std::collections::HashMap;
use std::sync::Arc;

use super::core::{Core, Fingerprint, Keys};
use crate::backend::{DatasetVersion, FragmentInfo, address};
use crate::error::Result;

impl Core {
    /// Returns the addresses of the rows that have each of the keys.
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

/// The offsets of the rows that have the key.
fn offsets(sorted: &[(Fingerprint, u32)], key: Fingerprint) -> impl Iterator<Item = u32> {
    let first = sorted.partition_point(|(other, _)| *other < key);
    sorted[first..].iter().take_while(move |(other, _)| *other == key).map(|(_, offset)| *offset)
}
