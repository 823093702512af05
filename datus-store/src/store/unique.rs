//! Keys that `add` must not find twice.

use std::collections::HashSet;

use arrow_array::RecordBatch;

use super::core::Core;
use super::ingest::{Chunk, Fingerprint, KeySet, Keys};
use crate::backend::Turn;
use crate::error::{Error, ErrorKind, Result};

/// Sees to it that no key of the rows is there twice. Does nothing for a record without a key.
pub(super) struct Unique<'a> {
    core: &'a Core,
    seen: KeySet,
    /// The keys, as long as they are those of one chunk: few enough to ask the table for.
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
        if let Some(twice) = self.seen.extend(&keys) {
            return Err(twice_in_input(&keys, twice));
        }
        self.chunks += 1;
        self.few = (self.chunks == 1).then_some(keys);
        Ok(chunk)
    }

    /// Waits for the write lock and makes sure that the table has none of the keys. The commit comes before the lock is
    /// released. Rows without a key need it too: a drop of the table waits for it.
    pub(super) async fn settle(self) -> Result<Option<Turn>> {
        let turn = self.core.table.turn().await?;
        if self.core.record.key.is_empty() {
            return Ok(Some(turn));
        }
        let found = match &self.few {
            Some(keys) => self.core.find_stored(keys).await?,
            None => self.core.find_any(&self.seen).await?,
        };
        match found {
            None => Ok(Some(turn)),
            Some(name) => Err(there_already(&name)),
        }
    }
}

pub(super) fn there_already(name: &str) -> Error {
    let message =
        format!("the key {name} is in the table already: `upsert` replaces the row, `add` only adds");
    Error::new(ErrorKind::InvalidInput, message)
}

pub(super) fn twice_in_input(keys: &Keys, row: usize) -> Error {
    let message = format!(
        "two of the rows have the key {}: leave one out, or let the last one win with `upsert(…).last_wins()`",
        keys.name(row)
    );
    Error::new(ErrorKind::InvalidInput, message)
}

impl Core {
    /// The name of a key of these that the table has.
    pub(super) async fn find_stored(&self, keys: &Keys) -> Result<Option<String>> {
        let wanted: HashSet<Fingerprint> = keys.fingerprints.iter().copied().collect();
        let mut found = None;
        let columns = self.key_columns();
        let read = self.table.rows_of_keys(&keys.columns, &columns, |batch| {
            self.find(&batch, |key| wanted.contains(&key), &mut found)
        });
        read.await?;
        Ok(found)
    }

    /// The name of a key of these that the table has, found by reading all the keys of the table.
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
