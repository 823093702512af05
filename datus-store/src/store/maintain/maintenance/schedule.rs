//! The background task of a table. Each process runs at most one task per table, and a write starts it.

use std::collections::HashMap;
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant, SystemTime};

use super::pass::{Pass, PassResult};
use super::policy::Maintenance;
use super::status::{MaintenanceState, MaintenanceStatus};
use crate::backend::Table;
use crate::error::Result;
use crate::store::background::spawn;
use crate::store::maintain::optimized::{OptimizeStep, Optimized};

/// The delay between a write and the check of the table, so that many writes cost one check.
const DELAY: Duration = Duration::from_millis(250);
/// The delay before the retry after the first failed round. It doubles with each further failure, up to `LAST_RETRY`.
const FIRST_RETRY: Duration = Duration::from_secs(1);
const LAST_RETRY: Duration = Duration::from_secs(600);
/// The longest time without writes after which a table can become idle. The task keeps the table open until then.
const LONGEST_IDLE: Duration = Duration::from_secs(60 * 60);
/// The maximum number of times that a task waits for the table to become idle, because another program wrote to it or held
/// the maintenance lock.
const IDLE_ATTEMPTS: usize = 10;
/// The number of bytes per second that an idle table may rewrite on average. Old versions keep the rewritten files for days:
/// at this rate, a table whose rows are constantly replaced adds 22 GB of them a day.
const IDLE_RATE: u64 = 256 << 10;

/// The tables of this process. Stores, clones and connections share a table's entry.
static TABLES: LazyLock<Mutex<HashMap<Key, Weak<Shared>>>> = LazyLock::new(Mutex::default);

/// The database, the scope of the locks if the database does not determine it, and the table.
type Key = (String, usize, String);

/// The maintenance of a store's table.
pub(in crate::store) struct Schedule {
    policy: Maintenance,
    shared: Arc<Shared>,
}

/// The state that all stores of a table share.
#[derive(Default)]
struct Shared(Mutex<State>);

#[derive(Default)]
struct State {
    has_task: bool,
    /// The number of tasks that were started. Only the last of them runs rounds.
    tasks: u64,
    /// `true` while the task waits for the table to become idle.
    is_waiting: bool,
    /// The table and the policy of the last write after the last check. The table may have replaced the one that the task
    /// checked before.
    requested: Option<(Table, Maintenance)>,
    /// The time before which no round starts.
    retry_at: Option<Instant>,
    failures: u32,
    /// The time before which the table does not become idle.
    idle_from: Option<Instant>,
    /// The version and the time of the last check for old versions.
    versions_checked: Option<(u64, Instant)>,
    /// The time of the last removal of old versions, or else of the first check for them.
    versions_removed: Option<Instant>,
    last: Option<MaintenanceState>,
    last_run: Option<SystemTime>,
    last_done: Option<Optimized>,
}

impl Schedule {
    pub(in crate::store) fn new(policy: Maintenance, table: &Table) -> Self {
        Self { policy, shared: shared(table) }
    }

    /// Requests a check of the table, and starts its task if it is not running. Takes two uncontended locks.
    pub(in crate::store) fn request(&self, table: &Table) {
        if !self.policy.is_on() || table.is_service() {
            return;
        }
        let number = {
            let mut state = self.shared.state();
            state.requested = Some((table.clone(), self.policy.clone()));
            let is_running = state.has_task && !state.is_waiting;
            if is_running || state.retry_at.is_some_and(|at| Instant::now() < at) {
                return;
            }
            // A waiting task may belong to a runtime that is about to shut down, so it is replaced.
            (state.has_task, state.is_waiting) = (true, false);
            state.tasks += 1;
            state.tasks
        };
        let task = Task { shared: Arc::clone(&self.shared), number, is_over: false };
        spawn(task.run(table.clone(), self.policy.clone()));
    }

    /// Requests a check of the table if its task is not running.
    pub(in crate::store) fn request_if_stopped(&self, table: &Table) {
        if !self.shared.state().has_task {
            self.request(table);
        }
    }

    pub(in crate::store) fn status(&self, table: &Table) -> MaintenanceStatus {
        let state = self.shared.state();
        let now = match &state.last {
            _ if !self.policy.is_on() => MaintenanceState::Off,
            _ if table.is_service() => MaintenanceState::Server,
            _ if state.has_task && !state.is_waiting => MaintenanceState::Running,
            None => MaintenanceState::Idle,
            Some(last) => last.clone(),
        };
        MaintenanceStatus { state: now, last_run: state.last_run, last_done: state.last_done }
    }

    /// Returns the steps that need no advice because maintenance runs them.
    pub(in crate::store) fn steps(&self, status: &MaintenanceStatus) -> &[OptimizeStep] {
        let failed_before = self.shared.state().last.as_ref().is_some_and(|last| !last.is_healthy());
        if status.state.is_healthy() && !failed_before { &self.policy.steps } else { &[] }
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn shared(table: &Table) -> Arc<Shared> {
    let key = (table.database().to_owned(), table.lock_scope(), table.raw().name().to_owned());
    let mut tables = TABLES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(shared) = tables.get(&key).and_then(Weak::upgrade) {
        return shared;
    }
    tables.retain(|_, shared| shared.strong_count() > 0);
    let shared = Arc::<Shared>::default();
    tables.insert(key, Arc::downgrade(&shared));
    shared
}

/// The task. If it is dropped, because its runtime shuts down or it panics, a later write starts a new task.
struct Task {
    shared: Arc<Shared>,
    number: u64,
    is_over: bool,
}

impl Drop for Task {
    fn drop(&mut self) {
        let mut state = self.shared.state();
        if !self.is_over && state.tasks == self.number {
            (state.has_task, state.is_waiting) = (false, false);
        }
    }
}

impl Task {
    async fn run(mut self, mut table: Table, mut policy: Maintenance) {
        loop {
            // A random delay, so that processes that write at the same time do not check the table at the same time.
            tokio::time::sleep(DELAY.mul_f64(1.0 + fastrand::f64() / 4.0)).await;
            if let Some(requested) = self.shared.state().requested.take() {
                (table, policy) = requested;
            }
            self.round(&table, &policy, false).await;
            for _ in 0..IDLE_ATTEMPTS {
                if !self.becomes_idle(&table, &policy).await || self.round(&table, &policy, true).await {
                    break;
                }
            }
            if self.ends() {
                return;
            }
        }
    }

    /// Runs a round, and reports its result. Returns `false` if the maintenance lock was held.
    async fn round(&self, table: &Table, policy: &Maintenance, is_idle: bool) -> bool {
        let is_interrupted = || is_idle && self.shared.state().requested.is_some();
        let pass = {
            let state = self.shared.state();
            let State { versions_checked, versions_removed, .. } = *state;
            Pass {
                table,
                policy,
                is_idle,
                is_interrupted: &is_interrupted,
                versions_checked,
                versions_removed,
            }
        };
        let result = pass.run().await;
        let was_locked = result.state == MaintenanceState::Locked;
        if let Some(report) = self.note(result, is_idle) {
            policy.report(table.raw().name(), &report);
        }
        !was_locked
    }

    /// Waits until the table is idle. Returns `false` if this process writes to it first, which starts another task.
    async fn becomes_idle(&self, table: &Table, policy: &Maintenance) -> bool {
        let Some(after) = policy.idle_after.filter(|after| *after <= LONGEST_IDLE) else { return false };
        let Ok(mut version) = table.newest_version().await else { return false };
        let wait = {
            let mut state = self.shared.state();
            if state.requested.is_some() || state.retry_at.is_some() {
                return false;
            }
            state.is_waiting = true;
            let rest =
                state.idle_from.map_or(Duration::ZERO, |at| at.saturating_duration_since(Instant::now()));
            after.max(rest)
        };
        for _ in 0..IDLE_ATTEMPTS {
            if !self.waits(wait).await {
                return false;
            }
            match table.newest_version().await {
                Ok(now) if now == version => {
                    let mut state = self.shared.state();
                    let is_last = state.tasks == self.number;
                    state.is_waiting &= !is_last;
                    return is_last;
                }
                Ok(now) => version = now,
                Err(_) => return false,
            }
        }
        false
    }

    /// Waits. Returns `false` as soon as another task has been started.
    async fn waits(&self, wait: Duration) -> bool {
        let started = Instant::now();
        while let Some(rest) = wait.checked_sub(started.elapsed()).filter(|rest| !rest.is_zero()) {
            tokio::time::sleep(rest.min(DELAY)).await;
            if self.shared.state().tasks != self.number {
                return false;
            }
        }
        true
    }

    /// Returns `true`, and ends the task, if no write has requested another round of it.
    fn ends(&mut self) -> bool {
        let mut state = self.shared.state();
        if state.tasks == self.number {
            if state.requested.is_some() && state.retry_at.is_none() {
                return false;
            }
            // Set under the same lock as the check of `requested`, so a write either finds the task or starts a new one.
            (state.has_task, state.is_waiting) = (false, false);
        }
        self.is_over = true;
        true
    }

    /// Stores the result of the round. Returns the result to report; `None` if the round found no work.
    fn note(&self, result: PassResult, is_idle: bool) -> Option<Result<Optimized>> {
        let PassResult { done, state: last, error, rewritten, versions_checked, versions_removed } = result;
        let mut state = self.shared.state();
        state.last_run = Some(SystemTime::now());
        state.versions_checked = versions_checked;
        state.versions_removed = versions_removed;
        let changed = done != Optimized::default();
        if changed {
            state.last_done = Some(done);
        }
        if is_idle {
            // The rounds after writes do not retry this work, so its failure does not delay them.
            let rate = Duration::from_secs(rewritten / IDLE_RATE);
            let wait = if last.is_healthy() { rate } else { LAST_RETRY };
            state.idle_from = Some(Instant::now() + wait);
        } else if last.is_healthy() {
            (state.failures, state.retry_at) = (0, None);
        } else {
            let wait = FIRST_RETRY.saturating_mul(1 << state.failures.min(10)).min(LAST_RETRY);
            state.failures = state.failures.saturating_add(1);
            state.retry_at = Some(Instant::now() + wait);
        }
        // If an idle round conflicts with writers, they run the next round.
        let is_conflict = matches!(last, MaintenanceState::Conflict { .. });
        state.last = Some(if is_idle && is_conflict { MaintenanceState::Idle } else { last });
        error.map(Err).or(changed.then_some(Ok(done)))
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;

    use arrow_array::{Int64Array, RecordBatch};
    use arrow_schema::{DataType, Field, Schema};

    use super::*;
    use crate::backend::{ConnectOptions, Connection};
    use crate::error::{Error, ErrorKind};

    fn task() -> Task {
        Task { shared: Arc::default(), number: 0, is_over: true }
    }

    fn result(state: MaintenanceState, rewritten: u64) -> PassResult {
        let failed = matches!(state, MaintenanceState::Failed { .. });
        let error = failed.then(|| Error::new(ErrorKind::Engine, "the disk is full"));
        let done = Optimized::default();
        PassResult { done, state, error, rewritten, versions_checked: None, versions_removed: None }
    }

    #[test]
    fn an_idle_table_rewrites_a_limited_number_of_bytes_per_second() {
        let task = task();
        let wait = |rewritten, is_idle| {
            task.shared.state().idle_from = None;
            task.note(result(MaintenanceState::Idle, rewritten), is_idle);
            let from = task.shared.state().idle_from;
            from.map(|from| from.saturating_duration_since(Instant::now()).as_secs_f64().round())
        };
        assert_eq!(wait(64 << 20, true), Some(256.0));
        assert_eq!(wait(100 << 10, true), Some(0.0));
        assert_eq!(wait(64 << 20, false), None);
    }

    #[test]
    fn a_failure_in_an_idle_table_does_not_delay_the_rounds_after_writes() {
        let task = task();
        let failed = || result(MaintenanceState::Failed { message: "the disk is full".to_owned() }, 0);
        assert!(task.note(failed(), true).unwrap().is_err());
        assert_eq!(task.shared.state().retry_at, None);
        assert!(task.shared.state().idle_from.unwrap() > Instant::now() + LAST_RETRY / 2);
        task.note(failed(), false);
        assert!(task.shared.state().retry_at.is_some());
        task.note(result(MaintenanceState::Conflict { attempts: 3 }, 0), true);
        assert_eq!(task.shared.state().last, Some(MaintenanceState::Idle));
    }

    #[tokio::test]
    async fn a_write_ends_an_idle_round() {
        let connection = Connection::open(Path::new("memory://"), ConnectOptions::default()).await.unwrap();
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
        let table = connection.open_or_create("rows", Arc::clone(&schema)).await.unwrap();
        for rows in [3000, 300, 300] {
            let batch =
                RecordBatch::try_new(Arc::clone(&schema), vec![Arc::new(Int64Array::from(vec![7; rows]))]);
            table.raw().add(batch.unwrap()).execute().await.unwrap();
        }
        let fragments = async || table.raw().stats().await.unwrap().fragment_stats.num_fragments;
        let (task, policy) = (task(), Maintenance::new());
        task.shared.state().requested = Some((table.clone(), policy.clone()));
        task.round(&table, &policy, true).await;
        assert_eq!(fragments().await, 3);
        task.shared.state().requested = None;
        task.round(&table, &policy, true).await;
        assert_eq!(fragments().await, 1);
    }
}
