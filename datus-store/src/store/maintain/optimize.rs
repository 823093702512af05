use std::fmt;
use std::future::IntoFuture;
use std::time::{Duration, Instant};

use futures::future::BoxFuture;

use super::optimized::{OLD, OptimizeProgress, OptimizeStep, Optimized};
use crate::backend::{CheckLevel, Compacted, IndexState, Removed};
use crate::error::Result;
use crate::record::EmbeddingRecord;
use crate::store::core::Core;
use crate::store::{Store, traced};

/// Optimizes the files and indexes of a table when awaited. Created by [`Store::optimize`].
#[must_use = "nothing is done until it is awaited"]
pub struct Optimize<'a, R> {
    store: &'a Store<R>,
    settings: Settings,
    progress: Option<Box<dyn FnMut(OptimizeProgress) + Send + 'a>>,
}

/// The caller's settings.
#[derive(Debug, Clone)]
pub(in crate::store) struct Settings {
    pub(in crate::store) steps: Vec<OptimizeStep>,
    pub(in crate::store) keep_versions: Duration,
}

impl Default for Settings {
    fn default() -> Self {
        Self { steps: OptimizeStep::ALL.to_vec(), keep_versions: OLD }
    }
}

impl<R: EmbeddingRecord> Store<R> {
    /// Merges all small fragments, adds all new rows to the indexes, and removes all versions older than seven days.
    ///
    /// [Maintenance](crate::guide::maintenance) does this in the background when needed. Call this method after a large
    /// load, or if maintenance is off. Readers and writers continue during the call. If an attempt fails because
    /// writers changed the same rows, writers have to wait during the last attempt. Only one process optimizes at a
    /// time. Each step creates its own commit, so the operation can be interrupted at any point.
    ///
    /// A reader of a version that is removed fails with [`Expired`](crate::ErrorKind::Expired) and has to start
    /// again. Keep versions for longer than any reader takes.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Maintenance, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Event {
    ///     name: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").maintenance(Maintenance::off()).await?;
    /// let events: Store<Event> = db.store(()).await?;
    /// for name in ["started", "stopped", "started"] {
    ///     events.add((0..300).map(|_| Event { name: name.into() })).await?;
    /// }
    /// let done = events.optimize().await?;
    /// assert_eq!((done.fragments_removed, done.fragments_added), (3, 1));
    /// assert_eq!(events.health().await?.fragments, 1);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `Conflict` when other writers changed the table on every attempt; `InvalidInput` for an age that is out
    /// of range; `Engine` when the storage fails, and when an index is damaged, with the name of the index. The other
    /// indexes and steps are still processed, and [`create_indexes`](Store::create_indexes) rebuilds the damaged index. The
    /// effects of completed steps are kept.
    pub fn optimize(&self) -> Optimize<'_, R> {
        Optimize { store: self, settings: Settings::default(), progress: None }
    }
}

impl<'a, R> Optimize<'a, R> {
    /// Sets how long a version is kept. Seven days by default. The newest version and versions with a tag are always
    /// kept.
    pub fn keep_versions(mut self, age: Duration) -> Self {
        self.settings.keep_versions = age;
        self
    }

    /// Runs only these steps, in the order of [`OptimizeStep::ALL`].
    pub fn only(mut self, steps: impl IntoIterator<Item = OptimizeStep>) -> Self {
        let steps: Vec<OptimizeStep> = steps.into_iter().collect();
        self.settings.steps = OptimizeStep::ALL.into_iter().filter(|step| steps.contains(step)).collect();
        self
    }

    /// Calls `callback` when a step begins and when it ends, from the task that awaits the operation. Keep the callback
    /// short.
    pub fn progress(mut self, callback: impl FnMut(OptimizeProgress) + Send + 'a) -> Self {
        self.progress = Some(Box::new(callback));
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Optimize<'a, R> {
    type Output = Result<Optimized>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { store, settings, mut progress } = self;
        let core = store.core();
        let traced = traced!("optimize", core.table_name());
        let optimize = async move {
            let report = |now| {
                if let Some(callback) = &mut progress {
                    callback(now);
                }
            };
            core.optimize(&settings, report).await
        };
        Box::pin(traced.run(optimize, |done| done.rows_indexed))
    }
}

impl<R> fmt::Debug for Optimize<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Optimize").field("settings", &self.settings).finish_non_exhaustive()
    }
}

impl Core {
    pub(in crate::store) async fn optimize(
        &self,
        settings: &Settings,
        mut report: impl FnMut(OptimizeProgress) + Send,
    ) -> Result<Optimized> {
        let started = Instant::now();
        let lock = self.table.maintenance_lock().await?;
        let mut optimized = Optimized::default();
        let mut damage = Vec::new();
        for &step in &settings.steps {
            report(OptimizeProgress { step, done: false, elapsed: started.elapsed() });
            match step {
                OptimizeStep::Compact => {
                    let Compacted { removed, added } = self.table.compact(&lock).await?;
                    (optimized.fragments_removed, optimized.fragments_added) = (removed, added);
                }
                OptimizeStep::UpdateIndexes => {
                    damage = self.table.damaged_indexes(CheckLevel::Quick).await?;
                    let readable =
                        |state: &IndexState| damage.iter().all(|damage| damage.index != state.name);
                    let incomplete = self.table.index_states().await?.into_iter();
                    let incomplete: Vec<_> =
                        incomplete.filter(|state| state.unindexed_rows > 0 && readable(state)).collect();
                    if !incomplete.is_empty() {
                        let names = incomplete.iter().map(|state| state.name.clone()).collect();
                        self.table.update_indexes(&lock, names).await?;
                    }
                    optimized.rows_indexed = incomplete.iter().map(|state| state.unindexed_rows).sum();
                }
                OptimizeStep::RemoveVersions => {
                    let Removed { versions, bytes } =
                        self.table.remove_versions(&lock, settings.keep_versions).await?;
                    (optimized.versions_removed, optimized.bytes_removed) = (versions, bytes);
                }
            }
            report(OptimizeProgress { step, done: true, elapsed: started.elapsed() });
        }
        match damage.first() {
            Some(damage) => Err(damage.to_error()),
            None => Ok(optimized),
        }
    }
}
