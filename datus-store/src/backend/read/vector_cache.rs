//! Keeps the vectors of exact searches in memory, decoded.
//!
//! Reading and decoding a vector takes several times as long as computing its distance, even if its file is in the page cache
//! (`benches/README.md`, "Searches").

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use arrow_array::cast::AsArray;
use arrow_array::{Array, FixedSizeListArray, RecordBatch, new_empty_array};
use arrow_schema::DataType;
use arrow_select::concat::concat;
use futures::stream::BoxStream;
use futures::{StreamExt, TryStreamExt, stream};
use lance::Dataset;
use lance::dataset::fragment::{FileFragment, FragReadConfig};
use lance_core::datatypes::Field;
use lance_core::utils::deletion::DeletionVector;
use lance_core::utils::tokio::get_num_compute_intensive_cpus;
use lance_core::{Error, Result};
use lance_table::format::Fragment;
use lance_table::utils::stream::ReadBatchFutStream;
use lru::LruCache;
use tokio::sync::OnceCell;

use super::super::rows::{RecentRows, files};

/// The number of rows that are decoded at a time.
const BATCH: u32 = 8192;

/// The vectors of a connection's tables.
pub(in crate::backend) struct DecodedVectors {
    /// The maximum number of bytes.
    limit: usize,
    kept: Mutex<Kept>,
}

struct Kept {
    columns: LruCache<Key, Entry>,
    bytes: usize,
}

/// A vector column of a data file.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Key {
    /// The number of the table.
    table: u64,
    /// The name of the file. Lance never reuses a name.
    file: String,
    /// The id of the column's field.
    field: i32,
}

struct Entry {
    vectors: Arc<OnceCell<FixedSizeListArray>>,
    bytes: usize,
}

impl DecodedVectors {
    /// Returns an empty cache for at most this number of bytes.
    pub(in crate::backend) fn new(limit: usize) -> Self {
        Self { limit, kept: Mutex::new(Kept { columns: LruCache::unbounded(), bytes: 0 }) }
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Kept {
    /// Removes the entries for which `keep` returns `false`.
    fn retain(&mut self, keep: impl Fn(&Key) -> bool) {
        let removed: Vec<Key> =
            self.columns.iter().filter(|(key, _)| !keep(key)).map(|(key, _)| key.clone()).collect();
        for key in removed {
            self.bytes -= self.columns.pop(&key).map_or(0, |entry| entry.bytes);
        }
    }
}

/// The vectors of an open table.
pub(in crate::backend) struct TableVectors {
    cache: Arc<DecodedVectors>,
    recent_rows: Arc<RecentRows>,
    table: u64,
    /// The newest version whose vectors were requested.
    newest: AtomicU64,
}

/// The vectors of some fragments in their files, including those of deleted rows.
pub(super) type FragmentVectors = HashMap<u64, FixedSizeListArray>;

/// A vector column of some fragments that fit into the cache.
pub(super) struct VectorColumn {
    pub(super) dataset: Arc<Dataset>,
    pub(super) fragments: Arc<Vec<Fragment>>,
    field: Field,
    files: Vec<(Key, usize)>,
}

impl VectorColumn {
    /// Returns the size of the column in memory, in bytes.
    pub(super) fn size(&self) -> usize {
        self.files.iter().map(|(_, bytes)| bytes).sum()
    }

    /// Returns the id of the column's field.
    pub(super) fn field(&self) -> i32 {
        self.field.id
    }
}

impl TableVectors {
    pub(in crate::backend) fn new(cache: Arc<DecodedVectors>, recent_rows: Arc<RecentRows>) -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        let table = NEXT.fetch_add(1, Ordering::Relaxed);
        Self { cache, recent_rows, table, newest: AtomicU64::default() }
    }

    /// Returns the column if its vectors in these fragments fit into the cache, and Lance returns them as they are in the
    /// files.
    pub(super) fn column(
        &self,
        dataset: &Arc<Dataset>,
        fragments: &Arc<Vec<Fragment>>,
        column: &str,
    ) -> Option<VectorColumn> {
        let field = dataset.schema().fields.iter().find(|field| field.name == column)?;
        let DataType::FixedSizeList(item, dimension) = field.data_type() else { return None };
        let row = item.data_type().primitive_width()? * usize::try_from(dimension).ok()?;
        let file = |fragment: &Fragment| {
            let mut files = fragment.files.iter().filter(|file| file.fields.contains(&field.id));
            let file = files.next().filter(|file| file.base_id.is_none() && fragment.overlays.is_empty())?;
            let key = Key { table: self.table, file: file.path.clone(), field: field.id };
            Some((key, fragment.physical_rows? * row))
        };
        let files: Vec<(Key, usize)> = fragments.iter().map(file).collect::<Option<_>>()?;
        let (dataset, fragments, field) = (Arc::clone(dataset), Arc::clone(fragments), field.clone());
        let column = VectorColumn { dataset, fragments, field, files };
        if column.size() <= self.cache.limit {
            return Some(column);
        }
        self.cache.kept().retain(|key| key.table != self.table || key.field != column.field.id);
        None
    }

    /// Removes the vectors of files that are not in this version, unless a newer version was seen.
    pub(super) fn remove_replaced(&self, dataset: &Dataset) {
        let version = dataset.version().version;
        let mut kept = self.cache.kept();
        if self.newest.fetch_max(version, Ordering::Relaxed) < version {
            let files = dataset.fragments().iter().flat_map(|fragment| &fragment.files);
            let files: HashSet<&str> = files.map(|file| file.path.as_str()).collect();
            kept.retain(|key| key.table != self.table || files.contains(key.file.as_str()));
        }
    }

    /// Removes all vectors of the table.
    pub(in crate::backend) fn clear(&self) {
        self.cache.kept().retain(|key| key.table != self.table);
    }

    /// Returns the number of bytes of the column that are not in memory.
    pub(super) fn missing(&self, column: &VectorColumn) -> usize {
        let kept = self.cache.kept();
        let is_missing = |key: &Key| !kept.columns.peek(key).is_some_and(|entry| entry.vectors.initialized());
        column.files.iter().filter(|(key, _)| is_missing(key)).map(|(_, bytes)| bytes).sum()
    }

    /// Returns the vectors of the column. Those that are not in memory are read; two searches do not read the same ones.
    pub(super) async fn get(&self, column: &VectorColumn) -> Result<FragmentVectors> {
        let (mut in_memory, mut missing) = (FragmentVectors::new(), Vec::new());
        for (fragment, cell) in column.fragments.iter().zip(self.reserve(column)) {
            match cell.get() {
                Some(vectors) => drop(in_memory.insert(fragment.id, vectors.clone())),
                None => missing.push((fragment.clone(), cell)),
            }
        }
        let read = stream::iter(missing).map(|(fragment, cell)| {
            let written = self.just_written(column, &fragment);
            let (dataset, field) = (Arc::clone(&column.dataset), column.field.clone());
            // Others may wait for the result, so it must not depend on whether this search is polled or dropped.
            tokio::spawn(async move {
                let id = fragment.id;
                let vectors = cell.get_or_try_init(|| async {
                    match written {
                        Some(vectors) => Ok(vectors),
                        None => read(dataset, fragment, field).await,
                    }
                });
                vectors.await.map(|vectors| (id, vectors.clone()))
            })
        });
        let mut read = read.buffer_unordered(get_num_compute_intensive_cpus());
        while let Some(vectors) = read.next().await {
            let vectors = vectors.map_err(|error| Error::execution(error.to_string())).flatten();
            let (id, vectors) = vectors.inspect_err(|_| self.forget_unread(column))?;
            in_memory.insert(id, vectors);
        }
        Ok(in_memory)
    }

    /// Removes the entries of the column whose vectors were not read.
    fn forget_unread(&self, column: &VectorColumn) {
        let files: HashSet<&Key> = column.files.iter().map(|(key, _)| key).collect();
        let mut kept = self.cache.kept();
        let unread = kept.columns.iter().filter(|(_, entry)| !entry.vectors.initialized());
        let unread: HashSet<Key> = unread.map(|(key, _)| key.clone()).collect();
        kept.retain(|key| !(unread.contains(key) && files.contains(key)));
    }

    /// Returns the vectors of a fragment if the table's last small write left its rows in memory.
    fn just_written(&self, column: &VectorColumn, fragment: &Fragment) -> Option<FixedSizeListArray> {
        let schema = column.dataset.schema();
        let batch = self.recent_rows.tail(&files(fragment), &schema.field_ids())?;
        let position = schema.fields.iter().position(|field| field.id == column.field.id)?;
        as_stored(&column.field, batch.columns().get(position)?).ok()
    }

    /// Returns the offsets of the deleted rows of a fragment.
    pub(super) async fn deleted_rows(&self, fragment: &FileFragment) -> Result<Arc<DeletionVector>> {
        self.recent_rows.deleted(fragment).await
    }

    /// Returns the entry of each fragment's vectors, and makes room for those that are not in memory.
    fn reserve(&self, column: &VectorColumn) -> Vec<Arc<OnceCell<FixedSizeListArray>>> {
        let mut kept = self.cache.kept();
        let mut added = 0;
        let cells = column.files.iter().map(|(key, bytes)| {
            if let Some(entry) = kept.columns.get(key) {
                return Arc::clone(&entry.vectors);
            }
            added += bytes;
            let vectors = Arc::new(OnceCell::new());
            kept.columns.put(key.clone(), Entry { vectors: Arc::clone(&vectors), bytes: *bytes });
            vectors
        });
        let cells = cells.collect();
        kept.bytes += added;
        while kept.bytes > self.cache.limit {
            let Some((_, entry)) = kept.columns.pop_lru() else { break };
            kept.bytes -= entry.bytes;
        }
        cells
    }
}

impl Drop for TableVectors {
    fn drop(&mut self) {
        self.clear();
    }
}

/// Reads the vectors of all rows in the files of a fragment.
async fn read(dataset: Arc<Dataset>, mut fragment: Fragment, field: Field) -> Result<FixedSizeListArray> {
    fragment.deletion_file = None;
    let projection = dataset.schema().project(&[&field.name])?;
    let fragment = FileFragment::new(dataset, fragment);
    let reader = fragment.open(&projection, FragReadConfig::default()).await?;
    let batches: Vec<RecordBatch> = in_parallel(reader.read_all(BATCH).await?).try_collect().await?;
    if batches.is_empty() {
        return as_stored(&field, &new_empty_array(&field.data_type()));
    }
    let columns = batches.iter().map(|batch| batch.column(0).as_ref());
    as_stored(&field, &concat(&columns.collect::<Vec<&dyn Array>>())?)
}

/// Returns the vectors with the type of the field.
fn as_stored(field: &Field, vectors: &dyn Array) -> Result<FixedSizeListArray> {
    let (DataType::FixedSizeList(item, dimension), Some(vectors)) =
        (field.data_type(), vectors.as_fixed_size_list_opt())
    else {
        return Err(Error::schema(format!("the column {} has the type {}", field.name, vectors.data_type())));
    };
    let (values, nulls) = (Arc::clone(vectors.values()), vectors.nulls().cloned());
    Ok(FixedSizeListArray::try_new(item, dimension, values, nulls)?)
}

fn in_parallel(batches: ReadBatchFutStream) -> BoxStream<'static, Result<RecordBatch>> {
    let batches = batches.map(|batch| tokio::spawn(batch)).buffered(get_num_compute_intensive_cpus());
    batches.map(|joined| joined.map_err(|error| Error::execution(error.to_string()))?).boxed()
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
