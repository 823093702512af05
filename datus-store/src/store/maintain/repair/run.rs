//! The steps of a repair, in order.

use super::duplicates::{Keep, SharedKeys};
use super::plan::{RepairPlan, RepairStep};
use super::vectors::VectorRepair;
use crate::backend::Request;
use crate::error::Result;
use crate::query::Predicate;
use crate::record::ColumnPath;
use crate::store::core::Core;
use crate::store::maintain::health::MissingVectors;
use crate::store::vectors::check_cosine;
use crate::store::write::ingest::{Meter, TextsOf};

/// The caller's settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// The rule for which of the rows that share a key stays; `None` to keep all of them.
    pub(super) keep: Option<Keep>,
    /// The cosine below which a vector is stale; `None` to compare no vectors.
    pub(super) threshold: Option<f32>,
    /// `true` to drop indexes that the struct does not declare.
    pub(super) drop_indexes: bool,
    /// The number of rows per step.
    pub(super) batch_size: usize,
}

/// The result of [`Store::repair`](crate::Store::repair).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Repaired {
    /// The number of missing vectors that were added.
    pub missing: usize,
    /// The number of vectors that were compared.
    pub compared: usize,
    /// The number of compared vectors that were stale and were replaced.
    pub stale: usize,
    /// The number of texts embedded.
    pub embedded: usize,
    /// The number of rows that were deleted because they shared a key.
    pub removed: usize,
    /// The names of the indexes that were dropped.
    pub dropped_indexes: Vec<String>,
    /// The faults that remain, as in [`RepairPlan::remaining`].
    pub remaining: Vec<RepairStep>,
    /// The version created by the last commit that changed rows, or `None` if no row was changed.
    pub version: Option<u64>,
}

impl Core {
    /// Returns the steps that a repair takes.
    pub(super) async fn plan_repair(&self, settings: &Settings) -> Result<RepairPlan> {
        self.check_repair(settings)?;
        self.check_models().await?;
        let mut plan = RepairPlan::default();
        match settings.keep {
            Some(keep) => {
                let at = self.table.newest_addressed_version().await?;
                let (step, remaining) = self.shared_keys(&at, keep).await?.steps();
                plan.steps.extend(step);
                plan.remaining.extend(remaining);
            }
            None => plan.remaining.extend(self.undecided_keys().await?),
        }
        for MissingVectors { column, rows } in self.missing_vectors().await? {
            if rows > 0 {
                plan.steps.push(RepairStep::EmbedMissing { column, rows });
            }
            let compared = self.present_vectors(column).await?;
            if settings.threshold.is_some() && compared > 0 {
                plan.steps.push(RepairStep::CompareVectors { column, rows: compared });
            }
        }
        let indexes = self.undeclared_indexes().await?;
        if settings.drop_indexes {
            plan.steps.extend(indexes)
        } else {
            plan.remaining.extend(indexes)
        }
        Ok(plan)
    }

    pub(super) async fn repair(
        &self,
        settings: &Settings,
        texts_of: TextsOf,
        meter: &Meter<'_>,
    ) -> Result<Repaired> {
        self.check_repair(settings)?;
        self.check_models().await?;
        let mut repaired = Repaired::default();
        // While this lock is held, no other program on this machine re-embeds the table with a different model.
        let _reembedding = self.table.reembed_lock().await?;
        match settings.keep {
            Some(keep) => {
                let (SharedKeys { delete, undecided, undecided_key, .. }, version) =
                    Box::pin(self.remove_duplicates(keep)).await?;
                repaired.removed = delete.len();
                repaired.version = version;
                if undecided > 0 {
                    repaired
                        .remaining
                        .push(RepairStep::RemoveDuplicates { rows: undecided, key: undecided_key });
                }
            }
            None => repaired.remaining.extend(self.undecided_keys().await?),
        }
        let mut vectors = VectorRepair::new(self, texts_of, settings.threshold, settings.batch_size, meter);
        Box::pin(vectors.run()).await?;
        repaired.missing = vectors.done.missing;
        repaired.compared = vectors.done.compared;
        repaired.stale = vectors.done.stale;
        repaired.embedded = vectors.done.texts;
        repaired.version = vectors.done.version.or(repaired.version);
        Box::pin(self.repair_indexes(settings, &mut repaired)).await?;
        Ok(repaired)
    }

    fn check_repair(&self, settings: &Settings) -> Result<()> {
        settings.threshold.map_or(Ok(()), check_cosine)?;
        settings.keep.map_or(Ok(()), |keep| self.check_keep(keep))
    }

    async fn repair_indexes(&self, settings: &Settings, repaired: &mut Repaired) -> Result<()> {
        if !settings.drop_indexes {
            repaired.remaining.extend(self.undeclared_indexes().await?);
            return Ok(());
        }
        if self.undeclared_indexes().await?.is_empty() {
            return Ok(());
        }
        let _lock = self.table.maintenance_lock().await?;
        for step in self.undeclared_indexes().await? {
            if let RepairStep::DropIndex { index, .. } = step {
                self.table.drop_index(&index).await?;
                repaired.dropped_indexes.push(index);
            }
        }
        Ok(())
    }

    /// Returns the step that remains for rows that share a key if no column decides which of them to keep. Returns `None` if
    /// there are no such rows.
    async fn undecided_keys(&self) -> Result<Option<RepairStep>> {
        let duplicates = self.duplicate_keys().await?.filter(|duplicates| duplicates.rows > 0);
        Ok(duplicates
            .map(|duplicates| RepairStep::RemoveDuplicates { rows: duplicates.rows, key: duplicates.key }))
    }

    async fn undeclared_indexes(&self) -> Result<Vec<RepairStep>> {
        let states = self.table.index_states().await?;
        let declared = self.declared_index_names().await?;
        let undeclared = states.into_iter().filter(|state| !declared.contains(&state.name));
        let step = undeclared.map(|state| RepairStep::DropIndex {
            column: state.column_names(),
            kind: state.kind.name().to_owned(),
            index: state.name,
        });
        Ok(step.collect())
    }

    /// Counts the rows that have a vector.
    async fn present_vectors(&self, column: &'static str) -> Result<usize> {
        let is_null = Predicate::IsNull { column: ColumnPath::column(column) };
        let filter = Some(Predicate::Not(Box::new(is_null)));
        self.table.count(Request { filter, ..Request::default() }).await
    }
}
