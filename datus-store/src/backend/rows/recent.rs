use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::RecordBatch;
use lance::Dataset;

/// The most rows of one read that are kept.
const TAKEN: usize = 256;

/// Rows that this process wrote or read a moment ago, and that a small write needs next.
#[derive(Default)]
pub(in crate::backend) struct RecentRows(Mutex<Rows>);

#[derive(Default)]
struct Rows {
    tail: Option<Tail>,
    taken: Option<Taken>,
}

/// The rows of the newest small fragment. The next write appends its rows to them without reading the fragment.
struct Tail {
    /// The names of the fragment's data files.
    files: String,
    /// The ids of the table's fields.
    fields: Vec<i32>,
    /// All rows of the files, in their order, with the columns of the table.
    batch: RecordBatch,
}

/// The rows of the last read. A small write reads the rows of its keys before it waits for the lock, and again under the lock,
/// where most of the time the version is still the same.
struct Taken {
    dataset: Arc<Dataset>,
    addresses: Vec<u64>,
    batch: RecordBatch,
}

impl RecentRows {
    /// Returns the rows of the fragment with these files if they are in memory with these columns, including rows that were
    /// deleted since. The columns are compared because a column can be added and dropped without a change of files.
    pub(super) fn tail(&self, files: &str, fields: &[i32]) -> Option<RecordBatch> {
        let rows = self.lock();
        let tail = rows.tail.as_ref().filter(|tail| tail.files == files && tail.fields == fields)?;
        Some(tail.batch.clone())
    }

    pub(super) fn set_tail(&self, files: String, fields: Vec<i32>, batch: RecordBatch) {
        self.lock().tail = Some(Tail { files, fields, batch });
    }

    /// Returns the rows at these addresses if they were read last, and from this version.
    pub(super) fn taken(&self, dataset: &Dataset, addresses: &[u64]) -> Option<RecordBatch> {
        let rows = self.lock();
        // The dataset that is kept holds its manifest, so no other manifest can have the same place in memory.
        let taken = rows.taken.as_ref().filter(|taken| {
            std::ptr::eq(taken.dataset.manifest(), dataset.manifest()) && taken.addresses == addresses
        })?;
        Some(taken.batch.clone())
    }

    pub(super) fn set_taken(&self, dataset: &Arc<Dataset>, addresses: &[u64], batch: &RecordBatch) {
        if addresses.len() <= TAKEN {
            let (dataset, addresses, batch) = (Arc::clone(dataset), addresses.to_vec(), batch.clone());
            self.lock().taken = Some(Taken { dataset, addresses, batch });
        }
    }

    fn lock(&self) -> MutexGuard<'_, Rows> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
