//! Detects indexes that cannot be read, because a file is missing or truncated, or has wrong contents.
//!
//! The engine caches the parts of an index that it has read, so an open table does not notice the damage. The check therefore
//! opens the newest version of the table on the same storage with empty caches.

use std::collections::{HashMap, HashSet};
use std::future::Future;
use std::sync::Arc;

use lancedb::Session;
use lancedb::index::IndexConfig;
use lancedb::table::{BaseTable, NativeTable, ReadParams};

use super::super::Table;
use super::super::error::{convert, is_full_disk};
use crate::error::{Error, ErrorKind, Result};

/// The maximum size in bytes of an index that a bounded check reads in full. Reading such an index takes about a second
/// from a slow object store and a few milliseconds from a disk.
const READ_WHOLE: u64 = 16 << 20;

/// The cache capacities of a check, in bytes, which are lance's defaults. They must hold a whole index, because the engine
/// reports an index that does not fit as unread.
const INDEX_CACHE: usize = 6 << 30;
const METADATA_CACHE: usize = 1 << 30;

/// An index that cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct IndexDamage {
    pub(crate) index: String,
    pub(crate) column: String,
    /// A description of the damage.
    pub(crate) cause: String,
}

impl IndexDamage {
    /// Returns the error for an operation that needs the index.
    pub(crate) fn to_error(&self) -> Error {
        let Self { index, column, cause } = self;
        Error::new(ErrorKind::Engine, format!("the index `{index}` of the column is damaged: {cause}"))
            .with_column(column)
            .with_help("build it again from the rows with `store.create_indexes().rebuild()`")
    }
}

/// The amount of data that a check reads.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CheckLevel {
    /// The lengths of all files, and the contents of indexes of up to 16 MiB.
    Quick,
    /// The contents of all indexes.
    Full,
}

impl Table {
    /// Returns the indexes of the newest version that cannot be read.
    pub(crate) async fn damaged_indexes(&self, level: CheckLevel) -> Result<Vec<IndexDamage>> {
        let Some(fresh) = self.without_caches().await? else { return Ok(Vec::new()) };
        let indexes = fresh.list_indices().await.map_err(convert)?;
        if indexes.is_empty() {
            return Ok(Vec::new());
        }
        let mut lengths = self.lengths(&fresh).await?;
        let mut found = Vec::new();
        for index in indexes {
            let length = lengths.remove(&index.name).flatten();
            if let Some(cause) = cause(&fresh, &index, length, level).await {
                found.push((index, cause));
            }
        }
        if found.is_empty() {
            return Ok(Vec::new());
        }
        // An index that was rebuilt in the meantime, and whose old files were removed, appears to have missing files.
        let Some(fresh) = self.without_caches().await? else { return Ok(Vec::new()) };
        let listed = fresh.list_indices().await.map_err(convert)?;
        let listed: HashSet<_> = listed.into_iter().map(|index| (index.name, index.index_uuid)).collect();
        let damage = found
            .into_iter()
            .filter(|(index, _)| listed.contains(&(index.name.clone(), index.index_uuid.clone())));
        Ok(damage
            .map(|(index, cause)| IndexDamage { index: index.name, column: column(&index.columns), cause })
            .collect())
    }

    /// Returns the error for a damaged index if the table has one, and otherwise the operation's original error. The
    /// engine's error names neither the index nor the column.
    pub(crate) async fn with_damage_cause(&self, error: Error) -> Error {
        if !is_unclear(&error) {
            return error;
        }
        // Boxed, because it is part of the future of every read.
        match Box::pin(self.damaged_indexes(CheckLevel::Quick)).await.as_deref() {
            Ok([damage, ..]) => damage.to_error().with_source(error),
            Ok([]) | Err(_) => error,
        }
    }

    /// Runs `work` on the table, and replaces its error as [`with_damage_cause`](Self::with_damage_cause) does.
    pub(crate) async fn check_damage<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        match work.await {
            Err(error) => Err(self.with_damage_cause(error).await),
            done => done,
        }
    }

    /// Opens the newest version with separate, empty caches. Returns `None` for a table on LanceDB's service.
    async fn without_caches(&self) -> Result<Option<Arc<NativeTable>>> {
        let Some(dataset) = self.raw().dataset() else { return Ok(None) };
        let dataset = dataset.get().await.map_err(convert)?;
        let mut params = ReadParams::default();
        // For equal parameters, the registry returns the same store, including the store of an in-memory database.
        let registry = dataset.session().store_registry();
        params.session(Arc::new(Session::new(INDEX_CACHE, METADATA_CACHE, registry)));
        params.store_options = dataset.store_params().cloned();
        let (uri, name) = (dataset.uri(), self.raw().name());
        let opened = NativeTable::open_with_params(
            uri,
            name,
            vec![],
            None,
            Some(params),
            None,
            None,
            HashSet::new(),
            None,
        );
        Ok(Some(Arc::new(opened.await.map_err(convert)?)))
    }

    /// Returns the size of each index's files in bytes, or `None` if it cannot be determined, for example because the files
    /// belong to a different table.
    async fn lengths(&self, fresh: &NativeTable) -> Result<HashMap<String, Option<u64>>> {
        let mut lengths: HashMap<String, Option<u64>> = HashMap::new();
        let Some(dataset) = self.raw().dataset() else { return Ok(lengths) };
        let dataset = dataset.get().await.map_err(convert)?;
        let store = dataset.object_store(None).await.map_err(|error| convert(error.into()))?;
        for segment in fresh.load_indices().await.map_err(convert)? {
            let folder = dataset.indices_dir().join(segment.index_uuid);
            // Listing a folder without files is an error on some storage systems and returns an empty list on others.
            let files = store.read_dir(folder.clone()).await.unwrap_or_default();
            let total = lengths.entry(segment.index_name).or_insert(Some(0));
            if files.is_empty() {
                *total = None;
            }
            for file in files {
                let length =
                    store.size(&folder.clone().join(file)).await.map_err(|error| convert(error.into()))?;
                *total = total.map(|total| total + length);
            }
        }
        Ok(lengths)
    }
}

/// Returns a description of the damage to an index, or `None` if the index is intact.
async fn cause(
    fresh: &Arc<NativeTable>,
    index: &IndexConfig,
    length: Option<u64>,
    level: CheckLevel,
) -> Option<String> {
    if let (Some(length), Some(written)) = (length, index.size_bytes)
        && length < written
    {
        return Some(format!("its files have {length} bytes, but {written} were written"));
    }
    let small = index.size_bytes.is_none_or(|bytes| bytes <= READ_WHOLE);
    if level == CheckLevel::Quick && !small && length.is_some() {
        return None;
    }
    let (table, name) = (Arc::clone(fresh), index.name.clone());
    // This runs on a separate task, because wrong contents can make the engine panic.
    match tokio::spawn(async move { table.prewarm_index(&name).await }).await {
        Ok(Ok(())) => None,
        Ok(Err(error)) => Some(format!("the engine cannot read it ({})", root_cause(&error))),
        Err(_) => Some("the engine cannot interpret its contents".to_owned()),
    }
}

/// Returns the message of the innermost cause of an error, without the location in the engine's source.
fn root_cause(error: &(dyn std::error::Error + 'static)) -> String {
    let causes = std::iter::successors(Some(error), |&error| error.source());
    let text = causes.last().map(ToString::to_string).unwrap_or_default();
    let text = text.lines().next().unwrap_or_default();
    let text = text.split(", /").next().unwrap_or_default();
    text.chars().take(200).collect()
}

fn column(columns: &[String]) -> String {
    // The engine puts some names in backticks. A record's column names never contain backticks.
    columns.iter().map(|column| column.trim_matches('`')).collect::<Vec<_>>().join(",")
}

/// Returns `true` if a damaged index may be the cause of the error.
fn is_unclear(error: &Error) -> bool {
    let source = std::error::Error::source(error);
    let unclear = match error.kind() {
        ErrorKind::Engine | ErrorKind::Expired => true,
        // The engine reports a corrupt file as an unsupported format or as invalid input.
        ErrorKind::InvalidInput | ErrorKind::Unsupported => source.is_some(),
        _ => false,
    };
    unclear && !source.is_some_and(is_full_disk)
}
