use std::fmt;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::current::Current;
use super::optimize::Settings;
use super::{OptimizeStep, Optimized, Store};
use crate::error::Result;

/// When a store mends its table by itself: set with [`Store::maintained`], off otherwise.
///
/// A write that leaves at least so many fragments calls [`optimize`](Store::optimize) before it returns. The write has been
/// committed by then and its result stands, whatever becomes of the mending: that is told to
/// [`on_done`](Maintenance::on_done), and without it to `tracing`, as an error where it failed.
#[derive(Clone)]
pub struct Maintenance {
    fragments: usize,
    settings: Settings,
    on_done: Option<OnDone>,
}

type OnDone = Arc<dyn Fn(&Result<Optimized>) + Send + Sync>;

impl Maintenance {
    /// Mends a table from so many fragments on; at least two.
    pub fn from_fragments(fragments: usize) -> Self {
        Self { fragments: fragments.max(2), settings: Settings::default(), on_done: None }
    }

    /// Sets for how long a version is kept after the next one was made: seven days by default.
    pub fn keep_versions(mut self, age: Duration) -> Self {
        self.settings.keep_versions = age;
        self
    }

    /// Does these steps alone.
    pub fn only(mut self, steps: impl IntoIterator<Item = OptimizeStep>) -> Self {
        let steps: Vec<OptimizeStep> = steps.into_iter().collect();
        self.settings.steps = OptimizeStep::ALL.into_iter().filter(|step| steps.contains(step)).collect();
        self
    }

    /// Calls back with what became of each mending, from the task that awaits the write: keep it short.
    pub fn on_done(mut self, callback: impl Fn(&Result<Optimized>) + Send + Sync + 'static) -> Self {
        self.on_done = Some(Arc::new(callback));
        self
    }
}

/// From 64 fragments on.
impl Default for Maintenance {
    fn default() -> Self {
        Self::from_fragments(64)
    }
}

impl fmt::Debug for Maintenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fragments, settings, on_done: _ } = self;
        f.debug_struct("Maintenance")
            .field("fragments", fragments)
            .field("settings", settings)
            .finish_non_exhaustive()
    }
}

impl<R> Store<R> {
    /// Lets this store and its clones mend the table after writes, as the policy says.
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
    /// let db = Database::connect("memory://").await?;
    /// let events: Store<Event> = db.store(()).await?;
    /// let events = events.maintained(Maintenance::from_fragments(8));
    /// for second in 0..20 {
    ///     events.add([Event { name: format!("second {second}") }]).await?;
    /// }
    /// assert!(events.health().await?.fragments < 8);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn maintained(self, policy: Maintenance) -> Self {
        self.current.maintain(policy);
        self
    }
}

impl Current {
    /// Runs a write, and mends the table after it where the policy says so.
    pub(super) async fn written<T>(
        self: Arc<Self>,
        write: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        let done = match write.await {
            Ok(done) => done,
            // A table that is dropped during a write fails it in many ways.
            Err(error) => return Err(self.core().table.trace_to_drop(error).await),
        };
        if let Some(policy) = self.policy() {
            self.mend(&policy).await;
        }
        Ok(done)
    }

    async fn mend(&self, policy: &Maintenance) {
        let core = self.core();
        let mended = match core.table.fragments().await {
            Ok(fragments) if fragments < policy.fragments => return,
            Ok(_) => core.optimize(&policy.settings, |_| ()).await,
            Err(error) => Err(error),
        };
        match (&policy.on_done, &mended) {
            (Some(callback), mended) => callback(mended),
            (None, Ok(done)) => {
                tracing::info!(target: "datus_store", table = core.record.table, ?done, "the table was mended")
            }
            (None, Err(error)) => {
                tracing::error!(target: "datus_store", table = core.record.table, %error, "the table could not be mended");
            }
        }
    }
}
