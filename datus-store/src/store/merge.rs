//! Rows that take the place of the rows with their keys: what changed is collected, then committed at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use arrow_array::BooleanArray;
use futures::stream::{Stream, TryStreamExt};

use super::compare::{Origin, arrow_failed};
use super::core::Core;
use super::ingest::{Chunk, KeySet, Keys, Meter, embedded};
use super::spill::Spill;
use super::unique::twice_in_input;
use super::upsert::Upserted;
use crate::backend::{Batches, Merge, Merged, Named, Turn};
use crate::error::{Error, ErrorKind, Result};

/// What becomes of several rows with one key in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    /// They are an error.
    Refused,
    /// The last one counts.
    LastWins,
}

/// The rows of an input that are new or changed, with their vectors.
pub(super) struct Changes {
    rows: Spill,
    /// All keys of the input.
    keys: KeySet,
    /// The version that the rows were compared with.
    version: u64,
    updated: usize,
    embedded: usize,
    reused: usize,
}

impl Changes {
    /// Reads all rows, compares them with the table, and embeds what is new or changed.
    pub(super) async fn collect(
        core: &Core,
        chunks: impl Stream<Item = Result<Chunk>> + Send,
        duplicates: Duplicates,
        meter: &Meter<'_>,
    ) -> Result<Self> {
        let version = core.table.version().await?;
        let comparing = Mutex::new(Comparing::default());
        let shared = &comparing;
        let changed = chunks.and_then(move |chunk| compare(core, chunk, duplicates, shared, meter));
        let mut embedded = Box::pin(embedded(core, changed, meter));
        let (mut rows, mut origins, mut texts) = (Spill::new(&core.schema), Vec::new(), 0);
        while let Some(made) = embedded.try_next().await? {
            let of_batch = lock(shared).origins.pop_front().unwrap_or_default();
            texts += made.texts;
            if made.batch.num_rows() > 0 {
                rows.push(made.batch)?;
                origins.push(of_batch);
            }
        }
        drop(embedded);
        let Comparing { keys, .. } =
            comparing.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        let mut changes = Self { rows, keys, version, updated: 0, embedded: texts, reused: 0 };
        for (batch, origins) in origins.iter().enumerate() {
            changes.count(batch, origins);
        }
        Ok(changes)
    }

    /// Counts the rows of a batch that are the last ones of their keys, and leaves the others out.
    fn count(&mut self, batch: usize, origins: &[Origin]) {
        let last = |origin: &&Origin| self.keys.is_last(origin.key, origin.number);
        let kept: BooleanArray = origins.iter().map(|origin| Some(last(&origin))).collect();
        for origin in origins.iter().filter(last) {
            self.updated += usize::from(!origin.new);
            self.reused += origin.reused;
        }
        if kept.has_false() {
            self.rows.keep(batch, kept);
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.rows() == 0
    }

    /// All keys of the input, also those of rows that did not change.
    pub(super) fn keys(&self) -> &KeySet {
        &self.keys
    }

    /// What there is to tell when nothing has to be written.
    pub(super) fn nothing(&self) -> Upserted {
        Upserted { unchanged: self.keys.len(), embedded: self.embedded, ..Upserted::default() }
    }

    /// Writes the rows, and deletes those of the other keys given, in one commit.
    pub(super) async fn commit(
        mut self,
        core: &Core,
        turn: Turn,
        delete: Option<Vec<Named>>,
        meter: &Meter<'_>,
    ) -> Result<(Upserted, usize)> {
        self.rows.leave_null(core.left_null().await?);
        let written = self.rows.rows();
        let unchanged = self.keys.len() - written;
        let (embedded, reused) = (self.embedded, self.reused);
        let merged = match delete.is_none() && self.can_append(core, &turn).await? {
            true => self.append(core, turn).await?,
            false => {
                let merge = Merge { on: core.key_columns(), rows: Arc::new(self.rows), delete };
                core.table.merge(turn, merge).await?
            }
        };
        let Merged { version, inserted, updated, deleted, index } = merged;
        meter.committed(version);
        meter.written(written);
        index?;
        Ok((Upserted { inserted, updated, unchanged, embedded, reused, version: Some(version) }, deleted))
    }

    /// Whether no row of the table has one of the keys and nobody can write one meanwhile: then nothing has to be
    /// looked for, and the engine reads nothing.
    async fn can_append(&self, core: &Core, turn: &Turn) -> Result<bool> {
        if self.updated > 0 || !turn.is_exclusive() {
            return Ok(false);
        }
        if core.table.version().await? == self.version {
            return Ok(true);
        }
        for batch in self.rows.open()? {
            if core.find_stored(&core.keys_of(&batch.map_err(arrow_failed)?)?).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn append(&self, core: &Core, turn: Turn) -> Result<Merged> {
        let append = core.table.append(self.rows.schema(), core.key_columns());
        for batch in self.rows.open()? {
            if !append.send(batch.map_err(arrow_failed)?).await {
                return Err(append.failed().await);
            }
        }
        let (version, index) = append.commit(Some(turn)).await?;
        Ok(Merged { version, inserted: self.rows.rows(), updated: 0, deleted: 0, index })
    }
}

/// What is known after the chunks so far.
#[derive(Default)]
struct Comparing {
    keys: KeySet,
    rows: u64,
    /// Those of the chunks that are being embedded.
    origins: VecDeque<Vec<Origin>>,
}

/// Reduces a chunk to the rows that are to be written.
async fn compare(
    core: &Core,
    chunk: Chunk,
    duplicates: Duplicates,
    so_far: &Mutex<Comparing>,
    meter: &Meter<'_>,
) -> Result<Chunk> {
    let Some(keys) = Keys::of(&core.record, &chunk.columns)? else {
        return Err(Error::new(
            ErrorKind::InvalidInput,
            "the record has no key: put `#[datus(key)]` on a field",
        ));
    };
    let rows = chunk.rows;
    let first = {
        let mut so_far = lock(so_far);
        let first = so_far.rows;
        let twice = so_far.keys.extend(&keys, first);
        if let (Duplicates::Refused, Some(&twice)) = (duplicates, twice.first()) {
            return Err(twice_in_input(&keys, twice));
        }
        so_far.rows += rows as u64;
        first
    };
    let compared = core.compare(chunk, &keys, first).await?;
    meter.written(rows - compared.chunk.rows);
    lock(so_far).origins.push_back(compared.origins);
    Ok(compared.chunk)
}

fn lock(so_far: &Mutex<Comparing>) -> std::sync::MutexGuard<'_, Comparing> {
    so_far.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
