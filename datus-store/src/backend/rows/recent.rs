use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use lance::Dataset;
use lance::dataset::fragment::FileFragment;
use lance_core::utils::deletion::DeletionVector;
use lance_table::format::{DeletionFile, Fragment};
use lru::LruCache;

use super::readers::TableReaders;

/// The maximum number of rows kept from one read.
const MAX_LAST_READ: usize = 256;

/// The maximum number of fragments whose deleted rows are kept.
const MAX_DELETED: usize = 16;

/// Rows that this process has just written or read, and that a small write needs next.
#[derive(Default)]
pub(in crate::backend) struct RecentRows {
    rows: Mutex<Rows>,
    readers: TableReaders,
}

struct Rows {
    tail: Option<Tail>,
    last_read: Option<LastRead>,
    /// The deleted rows in the deletion files that this process has written.
    deleted: LruCache<DeletionKey, Arc<DeletionVector>>,
}

impl Default for Rows {
    fn default() -> Self {
        // A bounded cache would allocate all its entries up front.
        Self { tail: None, last_read: None, deleted: LruCache::unbounded() }
    }
}

/// The rows of the newest small fragment. The next write appends its rows to them without reading the fragment from storage.
struct Tail {
    /// The names of the fragment's data files.
    files: String,
    /// The ids of the table's fields.
    fields: Vec<i32>,
    /// All rows in the files, in order, with the columns of the table.
    batch: RecordBatch,
}

/// The rows from the last read. A small write reads the rows of its keys before it waits for the lock, and again under the
/// lock. Usually the version is still the same by then.
struct LastRead {
    dataset: Arc<Dataset>,
    addresses: Vec<u64>,
    batch: RecordBatch,
}

/// The identity of a deletion file: its fragment, and the version and random id in its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct DeletionKey(u64, u64, u64);

impl DeletionKey {
    pub(super) fn of(fragment: u64, file: &DeletionFile) -> Self {
        Self(fragment, file.read_version, file.id)
    }
}

impl RecentRows {
    /// Returns the rows of the fragment with these files if they are in memory with these columns, including rows that have
    /// been deleted since. The columns are compared because a column can be added or dropped without a change to the files.
    pub(in crate::backend) fn tail(&self, files: &str, fields: &[i32]) -> Option<RecordBatch> {
        let rows = self.lock();
        let tail = rows.tail.as_ref().filter(|tail| tail.files == files && tail.fields == fields)?;
        Some(tail.batch.clone())
    }

    pub(super) fn set_tail(&self, files: String, fields: Vec<i32>, batch: RecordBatch) {
        self.lock().tail = Some(Tail { files, fields, batch });
    }

    /// Returns the rows at these addresses if the last read returned these rows from this version.
    pub(super) fn last_read(&self, dataset: &Dataset, addresses: &[u64]) -> Option<RecordBatch> {
        let rows = self.lock();
        // The cached dataset keeps its manifest alive, so no other manifest can have the same address in memory.
        let last_read = rows.last_read.as_ref().filter(|last_read| {
            std::ptr::eq(last_read.dataset.manifest(), dataset.manifest()) && last_read.addresses == addresses
        })?;
        Some(last_read.batch.clone())
    }

    pub(super) fn set_last_read(&self, dataset: &Arc<Dataset>, addresses: &[u64], batch: &RecordBatch) {
        if addresses.len() <= MAX_LAST_READ {
            let (dataset, addresses, batch) = (Arc::clone(dataset), addresses.to_vec(), batch.clone());
            self.lock().last_read = Some(LastRead { dataset, addresses, batch });
        }
    }

    /// Returns the readers of the table's data files.
    pub(super) fn readers(&self) -> &TableReaders {
        &self.readers
    }

    /// Returns the offsets of the deleted rows of a fragment.
    pub(in crate::backend) async fn deleted(
        &self,
        fragment: &FileFragment,
    ) -> lance_core::Result<Arc<DeletionVector>> {
        let Some(file) = &fragment.metadata().deletion_file else { return Ok(Arc::default()) };
        let key = DeletionKey::of(fragment.metadata().id, file);
        let written = self.lock().deleted.get(&key).cloned();
        match written {
            Some(rows) => Ok(rows),
            None => Ok(fragment.get_deletion_vector().await?.unwrap_or_default()),
        }
    }

    pub(super) fn set_deleted(&self, file: DeletionKey, rows: Arc<DeletionVector>) {
        let mut kept = self.lock();
        kept.deleted.put(file, rows);
        while kept.deleted.len() > MAX_DELETED {
            kept.deleted.pop_lru();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.rows.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Returns the names of the data files of a fragment.
pub(in crate::backend) fn files(fragment: &Fragment) -> String {
    fragment.files.iter().map(|file| file.path.as_str()).collect::<Vec<_>>().join(",")
}
