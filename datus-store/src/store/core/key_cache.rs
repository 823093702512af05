//! The keys of fragments, in memory.
//!
//! The values in the files of a fragment never change, so the keys of a fragment are read once. Only the set of its deleted
//! rows differs between versions. A key is found by a binary search in each fragment, without a query.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::keys::Fingerprint;
use crate::backend::FragmentInfo;

/// The maximum number of rows in a fragment whose keys are read at the first lookup, which takes a few milliseconds.
pub(in crate::store) const READ_AT_ONCE: usize = 16 << 10;

/// The number of lookups in a larger fragment after which its keys are read, so that a program that writes once does not
/// read them.
const LOOKUPS: u32 = 4;

/// The maximum number of keys in memory. A key takes about 16 bytes, so the maximum is 64 MiB. The engine looks up keys in
/// the remaining fragments.
const MAX_KEYS: usize = 4 << 20;

/// The keys of fragments.
#[derive(Default)]
pub(in crate::store) struct KeyCache(Mutex<Fragments>);

#[derive(Default)]
struct Fragments {
    keys: HashMap<u64, FragmentKeys>,
    /// The number of lookups in each fragment whose keys are not in memory.
    lookups: HashMap<u64, u32>,
}

struct FragmentKeys {
    /// The names of the fragment's data files.
    files: String,
    /// The key and offset of each row, sorted by key.
    sorted: Arc<[(Fingerprint, u32)]>,
}

impl KeyCache {
    pub(in crate::store) fn get(&self, fragment: &FragmentInfo) -> Option<Arc<[(Fingerprint, u32)]>> {
        let fragments = self.lock();
        let keys = fragments.keys.get(&fragment.id).filter(|keys| keys.files == fragment.files)?;
        Some(Arc::clone(&keys.sorted))
    }

    pub(in crate::store) fn set(&self, fragment: &FragmentInfo, sorted: Arc<[(Fingerprint, u32)]>) {
        let mut fragments = self.lock();
        fragments.lookups.remove(&fragment.id);
        fragments.keys.insert(fragment.id, FragmentKeys { files: fragment.files.clone(), sorted });
    }

    pub(in crate::store) fn has_room(&self, rows: usize) -> bool {
        self.lock().have_room(rows)
    }

    /// Counts a lookup in a fragment whose keys are not in memory. Returns `true` if they should be read.
    pub(in crate::store) fn should_read(&self, fragment: &FragmentInfo) -> bool {
        let mut fragments = self.lock();
        if !fragments.have_room(fragment.rows) {
            return false;
        }
        let lookups = fragments.lookups.entry(fragment.id).or_default();
        *lookups += 1;
        fragment.rows <= READ_AT_ONCE || *lookups > LOOKUPS
    }

    /// Removes fragments that are not in the newest version.
    pub(in crate::store) fn forget_all_but(&self, present: &[FragmentInfo]) {
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
    /// Returns `true` if the keys of this many additional rows fit into memory.
    fn have_room(&self, rows: usize) -> bool {
        let in_memory: usize = self.keys.values().map(|keys| keys.sorted.len()).sum();
        in_memory + rows <= MAX_KEYS
    }
}
