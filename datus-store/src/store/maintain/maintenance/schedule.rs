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
    /// `true` if a write came after the last check of the table.
    is_requested: bool,
    /// The time before which no round starts.
    retry_at: Option<Instant>,
    failures: u32,
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
        {
            let mut state = self.shared.state();
            state.is_requested = true;
            if state.has_task || state.retry_at.is_some_and(|at| Instant::now() < at) {
                return;
            }
            state.has_task = true;
        }
        let guard = Task { shared: Arc::clone(&self.shared), is_over: false };
        spawn(guard.run(table.clone(), self.policy.clone()));
    }

    pub(in crate::store) fn status(&self, table: &Table) -> MaintenanceStatus {
        let state = self.shared.state();
        let now = match &state.last {
            _ if !self.policy.is_on() => MaintenanceState::Off,
            _ if table.is_service() => MaintenanceState::Server,
            _ if state.has_task => MaintenanceState::Running,
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
    is_over: bool,
}

impl Drop for Task {
    fn drop(&mut self) {
        if !self.is_over {
            self.shared.state().has_task = false;
        }
    }
}

impl Task {
    async fn run(mut self, table: Table, policy: Maintenance) {
        loop {
            // A random delay, so that processes that write at the same time do not check the table at the same time.
            tokio::time::sleep(DELAY.mul_f64(1.0 + fastrand::f64() / 4.0)).await;
            let pass = {
                let mut state = self.shared.state();
                state.is_requested = false;
                Pass {
                    table: &table,
                    policy: &policy,
                    versions_checked: state.versions_checked,
                    versions_removed: state.versions_removed,
                }
            };
            let result = pass.run().await;
            if let Some(report) = self.note(result) {
                policy.report(table.raw().name(), &report);
            }
            let mut state = self.shared.state();
            if !state.is_requested || state.retry_at.is_some() {
                // Set under the same lock as the check of `is_requested`, so a write either finds the task or starts a new
                // one.
                state.has_task = false;
                self.is_over = true;
                return;
            }
        }
    }

    /// Stores the result of the round. Returns the result to report; `None` if the round found no work.
    fn note(&self, result: PassResult) -> Option<Result<Optimized>> {
        let PassResult { done, state: last, error, versions_checked, versions_removed } = result;
        let mut state = self.shared.state();
        state.last_run = Some(SystemTime::now());
        state.versions_checked = versions_checked;
        state.versions_removed = versions_removed;
        let changed = done != Optimized::default();
        if changed {
            state.last_done = Some(done);
        }
        if last.is_healthy() {
            (state.failures, state.retry_at) = (0, None);
        } else {
            let wait = FIRST_RETRY.saturating_mul(1 << state.failures.min(10)).min(LAST_RETRY);
            state.failures = state.failures.saturating_add(1);
            state.retry_at = Some(Instant::now() + wait);
        }
        state.last = Some(last);
        error.map(Err).or(changed.then_some(Ok(done)))
    }
}
