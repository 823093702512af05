//! Rows that take the place of the rows with their keys: what changed is collected, then committed at once.

use std::sync::Mutex;

use arrow_array::{BooleanArray, RecordBatch};
use futures::stream::{Stream, TryStreamExt};
use tokio::sync::mpsc;

use super::compare::{Origin, arrow_failed};
use super::core::Core;
use super::ingest::{Chunk, KeySet, Keys, Meter, embedded};
use super::unique::twice_in_input;
use super::upsert::Upserted;
use crate::backend::{Merge, Message, Named, Turn};
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
    batches: Vec<RecordBatch>,
    /// All keys of the input.
    keys: KeySet,
    /// The version that the rows were compared with.
    version: u64,
    inserted: usize,
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
        let embedded: Vec<_> = embedded(core, changed, meter).try_collect().await?;
        let Comparing { keys, origins, reused, .. } =
            comparing.into_inner().unwrap_or_else(|poisoned| poisoned.into_inner());
        let mut changes =
            Self { batches: Vec::new(), keys, version, inserted: 0, updated: 0, embedded: 0, reused };
        for (made, origins) in embedded.into_iter().zip(origins) {
            changes.embedded += made.texts;
            changes.push(core, made.batch, &origins)?;
        }
        Ok(changes)
    }

    /// Takes the rows of a batch that are the last ones of their keys.
    fn push(&mut self, core: &Core, batch: RecordBatch, origins: &[Origin]) -> Result<()> {
        let keys = core.keys_of(&batch)?;
        let rows = keys.fingerprints.iter().zip(origins);
        let last: Vec<bool> = rows.map(|(&key, origin)| self.keys.is_last(key, origin.number)).collect();
        for (origin, _) in origins.iter().zip(&last).filter(|(_, last)| **last) {
            if origin.new { self.inserted += 1 } else { self.updated += 1 }
        }
        let batch = match last.contains(&false) {
            false => batch,
            true => arrow_select::filter::filter_record_batch(&batch, &BooleanArray::from(last))
                .map_err(arrow_failed)?,
        };
        if batch.num_rows() > 0 {
            self.batches.push(batch);
        }
        Ok(())
    }

    pub(super) fn is_empty(&self) -> bool {
        self.batches.is_empty()
    }

    /// All keys of the input, also those of rows that did not change.
    pub(super) fn keys(&self) -> &KeySet {
        &self.keys
    }

    pub(super) fn report(&self, version: Option<u64>) -> Upserted {
        let Self { batches: _, keys, version: _, inserted, updated, embedded, reused } = self;
        Upserted {
            inserted: *inserted,
            updated: *updated,
            unchanged: keys.len() - inserted - updated,
            embedded: *embedded,
            reused: *reused,
            version,
        }
    }

    /// Writes the rows in one commit, and returns its version.
    pub(super) async fn commit(&self, core: &Core, turn: &Turn) -> Result<u64> {
        if self.can_append(core, turn).await? {
            return self.append(core).await;
        }
        self.merge(core, turn, None).await
    }

    /// Writes the rows and deletes those of other keys, in one commit.
    pub(super) async fn merge(&self, core: &Core, turn: &Turn, delete: Option<&[Named]>) -> Result<u64> {
        let merge = Merge { on: core.key_columns(), rows: &self.batches, delete };
        core.table.merge(turn, merge).await
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
        for batch in &self.batches {
            if core.find_stored(&core.keys_of(batch)?).await?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    async fn append(&self, core: &Core) -> Result<u64> {
        let (sender, receiver) = mpsc::channel(1);
        let append = core.table.append(std::sync::Arc::clone(&core.schema), receiver);
        for batch in &self.batches {
            // A writer that is gone has its own error to tell.
            let _ = sender.send(Message::Batch(batch.clone())).await;
        }
        let _ = sender.send(Message::End).await;
        append.committed().await
    }
}

/// What is known after the chunks so far.
#[derive(Default)]
struct Comparing {
    keys: KeySet,
    rows: u64,
    /// One for each chunk.
    origins: Vec<Vec<Origin>>,
    reused: usize,
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
    let mut so_far = lock(so_far);
    so_far.origins.push(compared.origins);
    so_far.reused += compared.reused;
    Ok(compared.chunk)
}

fn lock(so_far: &Mutex<Comparing>) -> std::sync::MutexGuard<'_, Comparing> {
    so_far.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
