//! Rows that take the place of the rows with their keys: what changed is collected, then committed at once.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use arrow_array::BooleanArray;
use futures::stream::{Stream, TryStreamExt};

use super::compare::{Origin, arrow_failed, filter};
use super::core::Core;
use super::ingest::{Chunk, ChunkRows, KeySet, Keys, LastRows, Meter, embedded};
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
        let mut embedded = Box::pin(embedded(core, changed, ChunkRows::Compared, meter));
        let mut changes = Self {
            rows: Spill::new(&core.schema),
            keys: KeySet::default(),
            version,
            updated: 0,
            embedded: 0,
            reused: 0,
        };
        let mut undecided = Vec::new();
        while let Some(made) = embedded.try_next().await? {
            let origins = lock(shared).origins.pop_front().unwrap_or_default();
            changes.embedded += made.texts;
            if made.batch.num_rows() == 0 {
                continue;
            }
            changes.rows.push(made.batch)?;
            match duplicates {
                Duplicates::Refused => changes.count(&origins),
                Duplicates::LastWins => undecided.push(origins),
            }
        }
        drop(embedded);
        let Comparing { keys, last, .. } =
            comparing.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
        changes.keys = keys;
        for (batch, origins) in undecided.iter().enumerate() {
            meter.written(changes.keep_last(batch, origins, &last));
        }
        Ok(changes)
    }

    fn count(&mut self, origins: &[Origin]) {
        self.updated += origins.iter().filter(|origin| !origin.new).count();
        self.reused += origins.iter().map(|origin| origin.reused).sum::<usize>();
    }

    /// Counts the rows of a batch that are the last ones of their keys, and leaves the others out. Returns how many those
    /// are.
    fn keep_last(&mut self, batch: usize, origins: &[Origin], last: &LastRows) -> usize {
        let kept: Vec<bool> = origins.iter().map(|origin| last.is_last(origin.key, origin.number)).collect();
        let counted: Vec<Origin> =
            origins.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(origin, _)| *origin).collect();
        self.count(&counted);
        if counted.len() < kept.len() {
            self.rows.keep(batch, BooleanArray::from(kept));
        }
        origins.len() - counted.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rows.rows() == 0
    }

    /// Whether the table had none of the keys.
    pub(super) fn are_new(&self) -> bool {
        self.updated == 0 && self.rows.rows() == self.keys.len()
    }

    pub(super) fn embedded(&self) -> usize {
        self.embedded
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
                let merge =
                    Merge { on: core.key_columns(), rows: Arc::new(self.rows), only_new: false, delete };
                core.table.merge(turn, merge).await?
            }
        };
        let Merged { version, inserted, updated, deleted, index } = merged;
        meter.committed(version);
        meter.written(written);
        index?;
        Ok((Upserted { inserted, updated, unchanged, embedded, reused, version: Some(version) }, deleted))
    }

    /// Writes the rows, all of which must be new, where no turn keeps another writer from inserting their keys. Returns
    /// how many were written, of how many.
    pub(super) async fn insert(self, core: &Core, meter: &Meter<'_>) -> Result<(Merged, usize)> {
        let rows = self.rows.rows();
        let merge = Merge { on: core.key_columns(), rows: Arc::new(self.rows), only_new: true, delete: None };
        let merged = core.table.merge(core.table.turn().await?, merge).await?;
        meter.committed(merged.version);
        meter.written(rows);
        Ok((merged, rows))
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
    /// Noted only where the last row of a key wins.
    last: LastRows,
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
    let (chunk, keys, numbers) = lock(so_far).admit(chunk, keys, duplicates)?;
    let compared = core.compare(chunk, &keys, &numbers).await?;
    meter.written(rows - compared.chunk.rows);
    lock(so_far).origins.push_back(compared.origins);
    Ok(compared.chunk)
}

impl Comparing {
    /// Notes the keys of a chunk. Of several rows of one key in it the last one alone is passed on, so that no text is
    /// embedded for nothing; a later chunk can still have another one. Returns the numbers of the rows too.
    fn admit(&mut self, chunk: Chunk, keys: Keys, duplicates: Duplicates) -> Result<(Chunk, Keys, Vec<u64>)> {
        let numbers: Vec<u64> = (self.rows..).take(chunk.rows).collect();
        let twice = self.keys.extend(&keys);
        match (duplicates, twice) {
            (Duplicates::Refused, Some(twice)) => return Err(twice_in_input(&keys, twice)),
            (Duplicates::Refused, None) => {}
            (Duplicates::LastWins, _) => self.last.extend(&keys, self.rows),
        }
        self.rows += chunk.rows as u64;
        if twice.is_none() {
            return Ok((chunk, keys, numbers));
        }
        let last = keys.fingerprints.iter().zip(&numbers);
        let last: Vec<bool> = last.map(|(&key, &number)| self.last.is_last(key, number)).collect();
        let numbers = numbers.into_iter().zip(&last).filter(|(_, last)| **last).map(|(number, _)| number);
        Ok((filter(&chunk, &last)?, keys.filter(&last)?, numbers.collect()))
    }
}

fn lock(so_far: &Mutex<Comparing>) -> std::sync::MutexGuard<'_, Comparing> {
    so_far.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}
