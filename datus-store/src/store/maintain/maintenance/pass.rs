//! One round of maintenance: steps until nothing is left to do, with a pause after each.

use std::time::{Duration, Instant};

use super::policy::Maintenance;
use super::status::MaintenanceState;
use crate::backend::{
    CheckLevel, Exclusions, MaintenanceStep, PlanSettings, Retention, Table, TableLock, WriterPolicy,
    next_step,
};
use crate::error::{Error, ErrorKind, Result};
use crate::store::maintain::optimized::{OptimizeStep, Optimized};
use crate::store::trace::catch_panic;

/// The maximum number of steps in a round. The round after the next write continues with the rest.
const STEPS: usize = 256;
/// The number of attempts at a step that conflicts with writers. From the second attempt, a small step holds the write lock.
const ATTEMPTS: u32 = 3;
/// The longest pause after a step.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);
/// The number of commits after which the table is checked for old versions again.
const VERSIONS_BETWEEN: u64 = 256;
/// The time after which the table is checked for old versions again.
const TIME_BETWEEN: Duration = Duration::from_secs(60 * 60);
/// The time after which even a few old versions are removed.
const FEW_AFTER: Duration = Duration::from_secs(24 * 60 * 60);

/// One round of maintenance.
pub(super) struct Pass<'a> {
    pub(super) table: &'a Table,
    pub(super) policy: &'a Maintenance,
    /// `true` if the table is idle.
    pub(super) is_idle: bool,
    /// Returns `true` if the round should end, because the table is no longer idle.
    pub(super) is_interrupted: &'a (dyn Fn() -> bool + Sync),
    pub(super) versions_checked: Option<(u64, Instant)>,
    pub(super) versions_removed: Option<Instant>,
}

/// The result of a round.
pub(super) struct PassResult {
    pub(super) done: Optimized,
    pub(super) state: MaintenanceState,
    pub(super) error: Option<Error>,
    /// The number of bytes of the fragments and index segments that the steps tried to rewrite.
    pub(super) rewritten: u64,
    pub(super) versions_checked: Option<(u64, Instant)>,
    pub(super) versions_removed: Option<Instant>,
}

/// The state of a round in progress.
struct Round {
    done: Optimized,
    rewritten: u64,
    state: MaintenanceState,
    error: Option<Error>,
    exclusions: Exclusions,
    attempts: u32,
    /// `true` once the indexes have been checked for damage.
    checked: bool,
    /// The last index update that succeeded.
    updated: Option<MaintenanceStep>,
}

/// The outcome of a step.
enum End {
    /// The round continues: the step changed the table, or must be planned again.
    Next,
    /// The round is over.
    Over,
}

impl Pass<'_> {
    pub(super) async fn run(mut self) -> PassResult {
        let skips = |step| !self.policy.steps.contains(&step);
        let exclusions = Exclusions {
            compaction: skips(OptimizeStep::Compact),
            index_updates: skips(OptimizeStep::UpdateIndexes),
            ..Exclusions::default()
        };
        let removes = !skips(OptimizeStep::RemoveVersions);
        let mut round = Round {
            done: Optimized::default(),
            rewritten: 0,
            state: MaintenanceState::Idle,
            error: None,
            exclusions,
            attempts: 0,
            checked: false,
            updated: None,
        };
        let steps = catch_panic(async {
            for _ in 0..STEPS {
                if (self.is_interrupted)() {
                    return Ok(());
                }
                if matches!(self.step(&mut round).await?, End::Over) {
                    break;
                }
            }
            if removes && round.error.is_none() {
                self.remove_versions(&mut round).await?;
            }
            Ok(())
        });
        if let Err(error) = steps.await {
            let error = self.table.with_drop_cause(error).await;
            match error.kind() {
                // A table that was dropped or replaced needs no maintenance.
                ErrorKind::TableNotFound | ErrorKind::TableChanged => round.state = MaintenanceState::Idle,
                _ => round.fail(error),
            }
        }
        let Self { versions_checked, versions_removed, .. } = self;
        let Round { done, rewritten, state, error, .. } = round;
        PassResult { done, state, error, rewritten, versions_checked, versions_removed }
    }

    /// Plans and runs the next step.
    async fn step(&self, round: &mut Round) -> Result<End> {
        let Some(layout) = self.table.layout().await? else { return Ok(End::Over) };
        let settings = PlanSettings { is_idle: self.is_idle, ..self.policy.plan };
        let Some(step) = next_step(&layout, &settings, &round.exclusions) else {
            return Ok(End::Over);
        };
        if round.is_repeated(&step) {
            round.exclusions.exclude(&step);
            return Ok(End::Next);
        }
        let Some(lock) = self.table.try_maintenance_lock().await? else {
            round.state = MaintenanceState::Locked;
            return Ok(End::Over);
        };
        let began = Instant::now();
        if needs_indexes(&step) && !round.checked {
            round.checked = true;
            for damage in self.table.damaged_indexes(CheckLevel::Quick).await? {
                round.fail(damage.to_error());
                round.exclusions.covered = true;
                round.exclusions.indexes.insert(damage.index);
            }
            if round.exclusions.covered {
                return Ok(End::Next);
            }
        }
        let made = catch_panic(self.make(&lock, &step, round)).await;
        drop(lock);
        tracing::debug!(
            target: "datus_store",
            table = self.table.raw().name(),
            ?step,
            elapsed_ms = began.elapsed().as_secs_f64() * 1000.0,
            "a maintenance step"
        );
        match made {
            Ok(()) => {
                round.attempts = 0;
                round.exclusions.count(&step);
            }
            Err(error) if error.kind() == ErrorKind::Conflict => {
                round.attempts += 1;
                tracing::debug!(target: "datus_store", attempt = round.attempts, %error, "a maintenance step conflicted with a writer");
                if round.attempts >= ATTEMPTS {
                    round.exclusions.exclude(&step);
                    round.record_conflict();
                }
            }
            Err(error) => match self.table.with_drop_cause(error).await {
                gone if matches!(gone.kind(), ErrorKind::TableNotFound | ErrorKind::TableChanged) => {
                    return Err(gone);
                }
                error => {
                    round.exclusions.exclude(&step);
                    round.fail(error);
                }
            },
        }
        self.pause(began).await;
        Ok(End::Next)
    }

    async fn make(&self, lock: &TableLock, step: &MaintenanceStep, round: &mut Round) -> Result<()> {
        let writers =
            if round.attempts == 0 { WriterPolicy::Continue } else { WriterPolicy::BlockForSmallSteps };
        match step {
            MaintenanceStep::Compact(compaction) => {
                round.rewritten += compaction.bytes + compaction.index_bytes;
                if let Some(compacted) = self.table.compact_fragments(lock, compaction, writers).await? {
                    round.done.fragments_removed += compacted.removed;
                    round.done.fragments_added += compacted.added;
                }
            }
            MaintenanceStep::UpdateIndexes(update) => {
                self.table.apply_index_update(lock, update, writers).await?;
                round.done.rows_indexed += usize::try_from(update.rows).unwrap_or(usize::MAX);
                round.updated = Some(step.clone());
            }
        }
        Ok(())
    }

    async fn remove_versions(&mut self, round: &mut Round) -> Result<()> {
        let version = self.table.version().await?;
        let is_due = self.versions_checked.is_none_or(|(checked, at)| {
            version.saturating_sub(checked) >= VERSIONS_BETWEEN || at.elapsed() >= TIME_BETWEEN
        });
        if !is_due {
            return Ok(());
        }
        let Some(lock) = self.table.try_maintenance_lock().await? else {
            round.state = MaintenanceState::Locked;
            return Ok(());
        };
        let began = Instant::now();
        self.versions_checked = Some((version, began));
        let since = *self.versions_removed.get_or_insert(began);
        let retention = Retention { few: since.elapsed() >= FEW_AFTER, ..self.policy.retention };
        let removed = self.table.remove_old_versions(&lock, &retention).await?;
        drop(lock);
        if let Some(removed) = removed {
            self.versions_removed = Some(began);
            round.done.versions_removed += removed.versions;
            round.done.bytes_removed += removed.bytes;
        }
        self.pause(began).await;
        Ok(())
    }

    /// Pauses in proportion to the time that the step took, as the policy's load requires.
    async fn pause(&self, began: Instant) {
        let pause = began.elapsed().mul_f64(1.0 / self.policy.load - 1.0);
        tokio::time::sleep(pause.min(LONGEST_PAUSE)).await;
    }
}

impl Round {
    /// Returns `true` for an update that succeeded before without reducing the number of rows to add: the engine skips
    /// indexes that it cannot change.
    fn is_repeated(&self, step: &MaintenanceStep) -> bool {
        match (&self.updated, step) {
            (Some(MaintenanceStep::UpdateIndexes(last)), MaintenanceStep::UpdateIndexes(update)) => {
                last.indexes == update.indexes && update.rows >= last.rows
            }
            _ => false,
        }
    }

    fn fail(&mut self, error: Error) {
        self.state = MaintenanceState::Failed { message: error.to_string() };
        self.error = Some(error);
    }

    /// Records a step that conflicted with writers on every attempt. An earlier failure is kept, since it is more
    /// informative.
    fn record_conflict(&mut self) {
        self.attempts = 0;
        if self.error.is_none() {
            self.state = MaintenanceState::Conflict { attempts: ATTEMPTS };
        }
    }
}

/// Returns `true` for a step that reads indexes.
fn needs_indexes(step: &MaintenanceStep) -> bool {
    match step {
        MaintenanceStep::Compact(compaction) => compaction.index_bytes > 0,
        MaintenanceStep::UpdateIndexes(_) => true,
    }
}
