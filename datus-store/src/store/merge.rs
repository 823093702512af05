//! Writes rows by key: collects and embeds them first, and commits them under the lock.
//!
//! Most rows are compared with the table before the lock is taken, because comparing and embedding take long. If the
//! table's rows have changed since, all rows are compared again under the lock, including those that were equal
//! before. So the effect of a merge is as if all of it had happened at the moment of its commit.

mod collect;
mod input;

use std::sync::Arc;

use futures::stream::Stream;

use self::collect::{Again, Collected, Comparing};
use self::input::InputRows;
use super::compare::arrow_failed;
use super::core::Core;
use super::ingest::{Chunk, KeySet, Keys, MadeVectors, Meter, TextsOf};
use super::spill::{Spill, Widened};
use super::upsert::Upserted;
use crate::backend::{Attempts, Batches, Merge, Merged, Named, Turn};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;

/// The treatment of several rows with one key in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Duplicates {
    /// Fails.
    Refused,
    /// Uses the last row.
    LastWins,
}

/// The rows of an input, and the plan to write those that are new or changed.
pub(super) struct PendingMerge {
    input: InputRows,
    plan: Plan,
    /// All keys of the input.
    keys: KeySet,
    embedded: usize,
    texts_of: TextsOf,
}

/// The rows to write into one version of the table.
struct Plan {
    /// A version after which the rows of the keys have not changed.
    version: u64,
    rows: Arc<Spill>,
    updated: usize,
    reused: usize,
}

impl PendingMerge {
    /// Reads all rows, compares them with the table, and embeds those that are new or changed. Texts whose
    /// vectors are in `made` are not embedded again.
    pub(super) async fn collect(
        core: &Core,
        chunks: impl Stream<Item = Result<Chunk>> + Send,
        duplicates: Duplicates,
        made: &MadeVectors,
        texts_of: TextsOf,
        meter: &Meter<'_>,
    ) -> Result<Self> {
        core.check_models().await?;
        let version = core.table.version().await?;
        let comparing = Comparing::new(core, duplicates);
        let collected = comparing.collect(core, chunks, made, meter).await?;
        let Collected { input, keys, rows, updated, reused, embedded } = collected;
        let plan = Plan { version, rows: Arc::new(rows), updated, reused };
        Ok(Self { input, plan, keys, embedded, texts_of })
    }

    /// Returns all keys of the input, including those of unchanged rows.
    pub(super) fn keys(&self) -> &KeySet {
        &self.keys
    }

    pub(super) fn embedded(&self) -> usize {
        self.embedded
    }

    /// Returns `true` if no row is new or changed.
    pub(super) fn is_empty(&self) -> bool {
        self.plan.rows.rows() == 0
    }

    /// Returns the result if no row is new or changed, and the rows of the table have not changed since the plan was
    /// made. Otherwise returns `None`.
    pub(super) async fn nothing_to_write(&self, core: &Core) -> Result<Option<Upserted>> {
        if self.plan.rows.rows() > 0 || core.table.rows_changed_since(self.plan.version).await? {
            return Ok(None);
        }
        Ok(Some(Upserted { unchanged: self.keys.len(), embedded: self.embedded, ..Upserted::default() }))
    }

    /// Writes the rows that are new or changed, in one commit. With a scope it also deletes the rows of the scope
    /// whose keys the input does not have, and returns their number.
    ///
    /// # Errors
    /// `Conflict` when other writers changed the table first in every attempt.
    pub(super) async fn commit(
        mut self,
        core: &Core,
        lock: &Arc<Turn>,
        scope: Option<&Predicate>,
        meter: &Meter<'_>,
    ) -> Result<(Upserted, usize)> {
        let mut attempts = Attempts::new(&core.table);
        loop {
            let version = attempts.next().await?;
            core.check_models().await?;
            if core.table.rows_changed_since(self.plan.version).await? {
                self.compare_again(core, meter).await?;
            }
            self.plan.version = version;
            let delete = match scope {
                Some(scope) => keys_to_delete(core, scope, &self.keys).await?,
                None => None,
            };
            if delete.is_none()
                && let Some(nothing) = self.nothing_to_write(core).await?
            {
                return Ok((nothing, 0));
            }
            let delete = delete.map(|keys| keys.columns);
            if let Some(done) = self.commit_after(core, lock, version, delete).await? {
                meter.committed(done.version);
                meter.written(self.plan.rows.rows());
                return Ok((self.result(&done), done.deleted));
            }
        }
    }

    /// Commits the plan if no other commit follows `version`, which the plan was made for.
    pub(super) async fn commit_after(
        &self,
        core: &Core,
        lock: &Arc<Turn>,
        version: u64,
        delete: Option<Vec<Named>>,
    ) -> Result<Option<Merged>> {
        let count = self.plan.rows.rows();
        let rows = Widened::new(&self.plan.rows, core.left_null().await?);
        match delete {
            Some(keys) if count == 0 => core.table.delete_keys(lock, version, &keys).await,
            // The table has none of the keys, so the engine does not have to look for them.
            None if self.plan.updated == 0 => append(core, lock, version, &rows, count).await,
            delete => {
                let rows = Arc::new(rows);
                let merge = Merge { on: core.key_columns(), rows, delete };
                core.table.merge(lock, version, merge).await
            }
        }
    }

    /// Returns the result of a commit of the plan.
    pub(super) fn result(&self, done: &Merged) -> Upserted {
        let Merged { version, inserted, updated, deleted: _ } = *done;
        Upserted {
            inserted,
            updated,
            unchanged: self.keys.len() - self.plan.rows.rows(),
            embedded: self.embedded,
            reused: self.plan.reused,
            version: Some(version),
        }
    }

    /// Makes a new plan for the newest version of the table, with the vectors of the old plan.
    async fn compare_again(&mut self, core: &Core, meter: &Meter<'_>) -> Result<()> {
        let Self { input, plan, texts_of, .. } = &*self;
        let again = collect::again(core, input, &plan.rows, *texts_of, meter).await?;
        let Again { rows, updated, reused, embedded, planned } = again;
        self.plan = Plan { version: self.plan.version, rows: Arc::new(rows), updated, reused };
        self.embedded += embedded;
        self.input.planned(planned);
        Ok(())
    }

    /// Returns the vectors of the rows to write, for a write that reads its rows again.
    pub(super) fn made_vectors(&self, core: &Core) -> Result<MadeVectors> {
        let mut made = MadeVectors::default();
        for batch in self.plan.rows.open()? {
            made.extend(core, &batch.map_err(arrow_failed)?, self.texts_of)?;
        }
        Ok(made)
    }
}

async fn append(
    core: &Core,
    lock: &Arc<Turn>,
    version: u64,
    rows: &Widened,
    count: usize,
) -> Result<Option<Merged>> {
    let append = core.table.append(rows.schema());
    for batch in rows.open()? {
        if !append.send(batch.map_err(arrow_failed)?).await {
            break;
        }
    }
    let written = append.finish(&core.table).await?;
    let Some(version) = written.commit(lock, Some(version)).await? else {
        written.discard().await;
        return Ok(None);
    };
    core.table.index_key(lock, &core.key_columns(), count).await;
    Ok(Some(Merged { version, inserted: count, updated: 0, deleted: 0 }))
}

/// Returns the keys of the scope that the input lacks, or `None` if it has all of them.
async fn keys_to_delete(core: &Core, scope: &Predicate, input: &KeySet) -> Result<Option<Keys>> {
    let mut missing = Vec::new();
    let columns = core.key_columns();
    let read = core.table.rows_of(scope, &columns, |batch| {
        let keys = core.keys_of(&batch)?;
        let is_missing: Vec<bool> = keys.fingerprints.iter().map(|&key| !input.contains(key)).collect();
        if is_missing.contains(&true) {
            missing.push(keys.filter(&is_missing)?);
        }
        Ok(())
    });
    read.await?;
    Keys::concat(&missing)
}

pub(super) fn no_key() -> Error {
    Error::new(ErrorKind::InvalidInput, "the record has no key").with_help("put `#[datus(key)]` on a field")
}
