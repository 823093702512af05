//! Keeps the readers of data files from which rows were read by address.
//!
//! Lance keeps the metadata of files in memory, but it opens a file and prepares the decoders of its columns for each read.
//! For one row, that takes longer than reading and decoding the row.

use std::collections::HashSet;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use lance::dataset::fragment::FragmentReader;
use lance_core::datatypes::Schema;
use lance_table::format::Fragment;
use tokio::runtime::{Handle, Id};

/// The maximum number of files that this process keeps open.
const MAX_FILES: usize = 32;

/// The maximum number of fragments in a table whose readers are kept. A reader also keeps the metadata of its version, which
/// contains all fragments.
const MAX_FRAGMENTS: usize = 4096;

/// The readers that are not in use, the last used one at the end.
static READERS: Mutex<Vec<Kept>> = Mutex::new(Vec::new());

/// A reader, and what it reads.
struct Kept {
    /// The number of the table.
    table: u64,
    files: Vec<String>,
    projection: Schema,
    /// The runtime that runs the reader's I/O. A reader waits forever if its runtime has ended.
    runtime: Id,
    reader: FragmentReader,
}

impl Kept {
    fn reads(&self, table: u64, fragment: &Fragment, projection: &Schema) -> bool {
        self.table == table && self.files.iter().eq(paths(fragment)) && self.projection == *projection
    }
}

/// The readers of an open table. They ignore deleted rows.
#[derive(Debug)]
pub(super) struct TableReaders {
    table: u64,
    /// The version of the last call of [`close_removed`](Self::close_removed).
    swept: AtomicU64,
}

impl Default for TableReaders {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { table: NEXT.fetch_add(1, Ordering::Relaxed), swept: AtomicU64::default() }
    }
}

impl TableReaders {
    /// Takes a reader of this fragment and these columns. No two reads use one reader at the same time, and the reader of a
    /// canceled read is not put back.
    pub(super) fn take(&self, fragment: &Fragment, projection: &Schema) -> Option<FragmentReader> {
        let runtime = Handle::current().id();
        let mut readers = readers();
        let position = readers.iter().rposition(|kept| kept.reads(self.table, fragment, projection))?;
        let kept = readers.remove(position);
        drop(readers);
        // The reader of a different runtime is closed, so a program that starts a runtime for each read keeps only one.
        (kept.runtime == runtime).then_some(kept.reader)
    }

    /// Puts back the reader of this fragment and these columns.
    pub(super) fn put(&self, fragment: &Fragment, projection: &Schema, reader: FragmentReader) {
        let (table, runtime) = (self.table, Handle::current().id());
        let files = paths(fragment).cloned().collect();
        let mut readers = readers();
        readers.push(Kept { table, files, projection: projection.clone(), runtime, reader });
        let mut open: usize = readers.iter().map(|kept| kept.files.len()).sum();
        let surplus = readers.iter().take_while(|kept| {
            let is_surplus = open > MAX_FILES;
            open -= kept.files.len();
            is_surplus
        });
        let surplus = surplus.count();
        let closed: Vec<Kept> = readers.drain(..surplus).collect();
        drop(readers);
        drop(closed);
    }

    /// Returns `true` if the readers of a version with these fragments may be kept.
    pub(super) fn keeps(fragments: &[Fragment]) -> bool {
        fragments.len() <= MAX_FRAGMENTS
    }

    /// Closes the files that are not in this version of the table, unless this was already done. An open file keeps its space
    /// on the disk after it is deleted.
    pub(super) fn close_removed(&self, version: u64, fragments: &[Fragment]) {
        if self.swept.swap(version, Ordering::Relaxed) != version {
            let files: HashSet<&String> = fragments.iter().flat_map(paths).collect();
            self.close_except(|kept| kept.files.iter().all(|file| files.contains(file)));
        }
    }

    fn close_except(&self, keep: impl Fn(&Kept) -> bool) {
        let closed: Vec<Kept> =
            readers().extract_if(.., |kept| kept.table == self.table && !keep(kept)).collect();
        drop(closed);
    }
}

impl Drop for TableReaders {
    fn drop(&mut self) {
        self.close_except(|_| false);
    }
}

/// Returns the names of the data files of a fragment. Lance never reuses a name.
fn paths(fragment: &Fragment) -> impl Iterator<Item = &String> {
    fragment.files.iter().map(|file| &file.path)
}

fn readers() -> MutexGuard<'static, Vec<Kept>> {
    READERS.lock().unwrap_or_else(PoisonError::into_inner)
}
