//! Checks that the keys of added rows are unique.

use std::collections::HashSet;

use arrow_array::RecordBatch;

use super::ingest::{Chunk, KeySet};
use crate::error::{Error, ErrorKind, Result};
use crate::store::core::{Core, Fingerprint, Keys};

/// Checks that no two rows have the same key, and that the table does not have any of the keys. Does nothing for a
/// record without a key.
pub(in crate::store) struct Unique<'a> {
    core: &'a Core,
    seen: KeySet,
    /// The keys of the first chunk, if it is the only chunk. They are few enough to be looked up in the table.
    few: Option<Keys>,
    chunks: usize,
}

impl<'a> Unique<'a> {
    pub(in crate::store) fn new(core: &'a Core) -> Self {
        Self { core, seen: KeySet::default(), few: None, chunks: 0 }
    }

    /// Returns the chunk if no earlier row has one of its keys, and no key occurs twice in it.
    pub(in crate::store) fn admit(&mut self, chunk: Chunk) -> Result<Chunk> {
        let Some(keys) = Keys::from_columns(&self.core.record, &chunk.columns)? else { return Ok(chunk) };
        if let Some(row) = self.seen.extend(&keys) {
            return Err(duplicate_key(&keys, row));
        }
        self.chunks += 1;
        self.few = (self.chunks == 1).then_some(keys);
        Ok(chunk)
    }

    /// Checks that the table does not have any of the keys. The result is still valid for a commit that directly follows the
    /// version that was read.
    ///
    /// # Errors
    /// `InvalidInput` for a key that the table already contains.
    pub(in crate::store) async fn check_table(&self) -> Result<()> {
        if self.core.record.key.is_empty() {
            return Ok(());
        }
        let found = match &self.few {
            Some(keys) => self.core.find_stored(keys).await?,
            None => self.core.find_any(&self.seen).await?,
        };
        found.map_or(Ok(()), |name| Err(key_exists(&name)))
    }
}

pub(in crate::store) fn key_exists(name: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the key {name} is already in the table"))
        .with_help("use `upsert` to replace the row, because `add` only adds rows")
}

pub(in crate::store) fn duplicate_key(keys: &Keys, row: usize) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("two of the rows have the key {}", keys.display(row)))
        .with_help("leave one out, or let the last one win with `upsert(…).last_wins()`")
}

impl Core {
    /// Returns the name of one of these keys that the table contains, or `None` if it contains none of them.
    pub(in crate::store) async fn find_stored(&self, keys: &Keys) -> Result<Option<String>> {
        let looked_up: HashSet<Fingerprint> = keys.fingerprints.iter().copied().collect();
        let mut found = None;
        let columns = self.key_columns();
        let read = self.table.rows_of_keys(&keys.columns, &columns, &[], |batch| {
            self.find(&batch, |key| looked_up.contains(&key), &mut found)
        });
        read.await?;
        Ok(found)
    }

    /// Returns the name of one of these keys that the table has, after reading all keys of the table.
    async fn find_any(&self, keys: &KeySet) -> Result<Option<String>> {
        let mut found = None;
        let columns = self.key_columns();
        let read =
            self.table.all_rows(&columns, |batch| self.find(&batch, |key| keys.contains(key), &mut found));
        read.await?;
        Ok(found)
    }

    fn find(
        &self,
        batch: &RecordBatch,
        is_match: impl Fn(Fingerprint) -> bool,
        found: &mut Option<String>,
    ) -> Result<()> {
        if found.is_none() {
            let stored = self.keys_of(batch)?;
            let row = stored.fingerprints.iter().position(|&key| is_match(key));
            *found = row.map(|row| stored.display(row));
        }
        Ok(())
    }
}
