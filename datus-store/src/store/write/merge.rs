//! Writes rows by key: collects and embeds them first, and commits them under the lock.
//!
//! Most rows are compared with the table before the lock is taken, because comparing and embedding take a long time. If the
//! table's rows have changed since, all rows are compared again under the lock, including those that were equal before. So
//! the effect of a merge is as if all of it had happened at the moment of its commit.

mod collect;
mod input;

use std::sync::Arc;

use futures::stream::Stream;
use serde::Serialize;

use self::collect::{Collected, Collector, Recompared};
pub(in crate::store) use self::collect::{Duplicates, no_key};
use self::input::InputRows;
use super::ingest::{Chunk, KeySet, Meter, TextsOf, VectorCache};
use super::spill::{Spill, WithNullColumns};
use crate::backend::{Attempts, Batches, KeyColumn, Merge, Merged, TableLock};
use crate::error::Result;
use crate::query::Predicate;
use crate::store::arrow::arrow_failed;
use crate::store::core::{Core, Keys};

/// The number of vectors kept from earlier plans at which no more are added. They take a few megabytes.
const KEPT_VECTORS: usize = 2048;

/// The result of [`Store::upsert`](crate::Store::upsert).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Upserted {
    /// The number of rows whose key was new.
    pub inserted: usize,
    /// The number of rows that replaced a row that differed in some column.
    pub updated: usize,
    /// The number of rows that the table already had, equal in every column. They were not written.
    pub unchanged: usize,
    /// The number of texts embedded. Identical texts that are new or changed are embedded once.
    pub embedded: usize,
    /// The number of vectors that were kept because the table had the text in the same row, or in a row with a different key
    /// that is also in the input.
    pub reused: usize,
    /// The version of the table that contains the rows, or `None` if nothing had to be written.
    pub version: Option<u64>,
}

/// The rows of an input, and the plan to write those that are new or changed.
pub(in crate::store) struct PendingMerge {
    input: InputRows,
    plan: WritePlan,
    /// All keys of the input.
    keys: KeySet,
    embedded: usize,
    /// Vectors from earlier plans, since a row can leave the plan and come back: another writer writes an equal row, and then
    /// a third writer changes it.
    made: VectorCache,
    texts_of: TextsOf,
}

/// The rows to write into one version of the table.
struct WritePlan {
    /// A version after which the rows with these keys have not changed.
    version: u64,
    rows: Arc<Spill>,
    updated: usize,
    reused: usize,
}

impl PendingMerge {
    /// Reads all rows, compares them with the table, and embeds those that are new or changed. Texts whose vectors are in
    /// `cache` are not re-embedded.
    pub(in crate::store) async fn collect(
        core: &Core,
        chunks: impl Stream<Item = Result<Chunk>> + Send,
        duplicates: Duplicates,
        cache: &VectorCache,
        texts_of: TextsOf,
        meter: &Meter<'_>,
    ) -> Result<Self> {
        core.check_models().await?;
        let version = core.table.version().await?;
        let collector = Collector::new(core, duplicates);
        let collected = collector.collect(core, chunks, cache, meter).await?;
        let Collected { input, keys, rows, updated, reused, embedded } = collected;
        let plan = WritePlan { version, rows: Arc::new(rows), updated, reused };
        Ok(Self { input, plan, keys, embedded, made: VectorCache::default(), texts_of })
    }

    /// Returns all keys of the input, including those of unchanged rows.
    pub(in crate::store) fn keys(&self) -> &KeySet {
        &self.keys
    }

    pub(in crate::store) fn embedded(&self) -> usize {
        self.embedded
    }

    /// Returns `true` if no row is new or changed.
    pub(in crate::store) fn is_empty(&self) -> bool {
        self.plan.rows.rows() == 0
    }

    /// Returns the result if no row is new or changed, and the rows of the table have not changed since the plan was
    /// computed. Otherwise returns `None`.
    pub(in crate::store) async fn nothing_to_write(&self, core: &Core) -> Result<Option<Upserted>> {
        if self.plan.rows.rows() > 0 || core.table.rows_changed_since(self.plan.version).await? {
            return Ok(None);
        }
        Ok(Some(Upserted { unchanged: self.keys.len(), embedded: self.embedded, ..Upserted::default() }))
    }

    /// Writes the rows that are new or changed, in one commit. With `part`, also deletes the rows of that part whose keys
    /// are not in the input, and returns their number.
    ///
    /// # Errors
    /// `Conflict` when other writers changed the table first on every attempt.
    pub(in crate::store) async fn commit(
        mut self,
        core: &Core,
        lock: &Arc<TableLock>,
        part: Option<&Predicate>,
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
            let delete = match part {
                Some(part) => keys_to_delete(core, part, &self.keys).await?,
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

    /// Commits the plan if no other commit follows `version`, the version for which the plan was computed.
    pub(in crate::store) async fn commit_after(
        &self,
        core: &Core,
        lock: &Arc<TableLock>,
        version: u64,
        delete: Option<Vec<KeyColumn>>,
    ) -> Result<Option<Merged>> {
        let count = self.plan.rows.rows();
        let rows = WithNullColumns::new(&self.plan.rows, core.unfillable_standby_columns().await?);
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

    /// Returns the result of committing the plan.
    pub(in crate::store) fn result(&self, done: &Merged) -> Upserted {
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

    /// Computes a new plan for the newest version of the table, with the vectors of the old plan.
    async fn compare_again(&mut self, core: &Core, meter: &Meter<'_>) -> Result<()> {
        self.keep_vectors(core)?;
        let Self { input, plan, made, texts_of, .. } = &*self;
        let recompared = collect::compare_again(core, input, &plan.rows, made, *texts_of, meter).await?;
        let Recompared { rows, updated, reused, embedded, planned } = recompared;
        self.plan = WritePlan { version: self.plan.version, rows: Arc::new(rows), updated, reused };
        self.embedded += embedded;
        self.input.planned(planned);
        Ok(())
    }

    /// Keeps the vectors of the plan for all later plans, up to a limit.
    fn keep_vectors(&mut self, core: &Core) -> Result<()> {
        // A vector that the caller provides belongs to its row, not to all rows with the text.
        if self.input.provides_vectors() {
            return Ok(());
        }
        for batch in self.plan.rows.open()? {
            if self.made.len() >= KEPT_VECTORS {
                break;
            }
            self.made.extend(core, &batch.map_err(arrow_failed)?, self.texts_of)?;
        }
        Ok(())
    }

    /// Adds the vectors of the rows to write to a cache, for a write that reads its rows again.
    pub(in crate::store) fn add_vectors(&self, core: &Core, cache: &mut VectorCache) -> Result<()> {
        for batch in self.plan.rows.open()? {
            cache.extend(core, &batch.map_err(arrow_failed)?, self.texts_of)?;
        }
        Ok(())
    }
}

async fn append(
    core: &Core,
    lock: &Arc<TableLock>,
    version: u64,
    rows: &WithNullColumns,
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
    core.table.index_key(lock, &core.own_key_columns(), count).await;
    Ok(Some(Merged { version, inserted: count, updated: 0, deleted: 0 }))
}

/// Returns the keys of the part that the input lacks, or `None` if it has all of them.
async fn keys_to_delete(core: &Core, part: &Predicate, input: &KeySet) -> Result<Option<Keys>> {
    let mut missing = Vec::new();
    let columns = core.key_columns();
    let read = core.table.rows_of(part, &columns, |batch| {
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
