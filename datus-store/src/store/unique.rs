//! Keys that `add` must not find twice.

use std::collections::HashSet;

use arrow_array::RecordBatch;

use super::core::Core;
use super::ingest::{Chunk, Fingerprint, KeySet, Keys};
use crate::error::{Error, ErrorKind, Result};

/// Checks that no two rows have one key, and that the table has none of the keys. Does nothing for a record without a
/// key.
pub(super) struct Unique<'a> {
    core: &'a Core,
    seen: KeySet,
    /// The keys, as long as they are those of one chunk: few enough to look them up in the table.
    few: Option<Keys>,
    chunks: usize,
}

impl<'a> Unique<'a> {
    pub(super) fn new(core: &'a Core) -> Self {
        Self { core, seen: KeySet::default(), few: None, chunks: 0 }
    }

    /// Passes a chunk on whose keys are new among the rows.
    pub(super) fn admit(&mut self, chunk: Chunk) -> Result<Chunk> {
        let Some(keys) = Keys::of(&self.core.record, &chunk.columns)? else { return Ok(chunk) };
        if let Some(row) = self.seen.extend(&keys) {
            return Err(duplicate_key(&keys, row));
        }
        self.chunks += 1;
        self.few = (self.chunks == 1).then_some(keys);
        Ok(chunk)
    }

    /// Checks that the table has none of the keys. A commit that follows the version that was read keeps that true.
    ///
    /// # Errors
    /// `InvalidInput` for a key that the table has.
    pub(super) async fn check_table(&self) -> Result<()> {
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

pub(super) fn key_exists(name: &str) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("the key {name} is in the table already"))
        .with_help("`upsert` replaces the row, `add` only adds")
}

pub(super) fn duplicate_key(keys: &Keys, row: usize) -> Error {
    Error::new(ErrorKind::InvalidInput, format!("two of the rows have the key {}", keys.name(row)))
        .with_help("leave one out, or let the last one win with `upsert(…).last_wins()`")
}

impl Core {
    /// Returns the name of one of these keys that the table has.
    pub(super) async fn find_stored(&self, keys: &Keys) -> Result<Option<String>> {
        let wanted: HashSet<Fingerprint> = keys.fingerprints.iter().copied().collect();
        let mut found = None;
        let columns = self.key_columns();
        let read = self.table.rows_of_keys(&keys.columns, &columns, &[], |batch| {
            self.find(&batch, |key| wanted.contains(&key), &mut found)
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
        wanted: impl Fn(Fingerprint) -> bool,
        found: &mut Option<String>,
    ) -> Result<()> {
        if found.is_none() {
            let stored = self.keys_of(batch)?;
            let row = stored.fingerprints.iter().position(|&key| wanted(key));
            *found = row.map(|row| stored.name(row));
        }
        Ok(())
    }
}
