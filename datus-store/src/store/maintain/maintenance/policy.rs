use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::backend::{PlanSettings, Retention};
use crate::error::Result;
use crate::store::maintain::optimized::{OLD, OptimizeStep, Optimized};

/// The number of versions above which versions older than an hour are removed. A service that commits every 10 ms creates
/// 10,000 in 100 seconds, and 360,000 in the hour that is always kept. A service that commits every minute creates about
/// 10,000 in the seven days for which versions are kept.
const MAX_VERSIONS: usize = 10_000;
/// The default fraction of the time during which maintenance runs. A step uses one or two cores and the disk, which are free
/// for the rest of the time.
const LOAD: f64 = 0.25;
/// The default time without writes after which a table is idle.
const IDLE_AFTER: Duration = Duration::from_secs(2);

/// The settings of background maintenance, for [`Connect::maintenance`](crate::Connect::maintenance).
///
/// Maintenance is on by default. After a write, a process checks the table for many small fragments, many deleted rows, rows
/// that an index does not cover, and many old versions. It optimizes the table step by step while writers and readers
/// continue. See the [guide](crate::guide::maintenance).
///
/// ```
/// use std::time::Duration;
///
/// use datus_store::{Database, Maintenance};
///
/// # datus_store::block_on(async {
/// let policy = Maintenance::new().keep_versions(Duration::from_secs(24 * 60 * 60)).max_load(0.1);
/// let db = Database::connect("memory://").maintenance(policy).await?;
/// # Ok::<(), datus_store::Error>(())
/// # }).unwrap();
/// ```
#[derive(Clone)]
#[must_use = "a policy does nothing until it is passed to `Connect::maintenance`"]
#[non_exhaustive]
pub struct Maintenance {
    /// The steps to run; empty if maintenance is off.
    pub(super) steps: Vec<OptimizeStep>,
    pub(super) plan: PlanSettings,
    pub(super) retention: Retention,
    pub(super) load: f64,
    pub(super) idle_after: Option<Duration>,
    pub(super) on_done: Option<OnDone>,
}

pub(super) type OnDone = Arc<dyn Fn(&Result<Optimized>) + Send + Sync>;

impl Maintenance {
    /// Returns the default policy, which runs all steps.
    pub fn new() -> Self {
        Self {
            steps: OptimizeStep::ALL.to_vec(),
            plan: PlanSettings::default(),
            retention: Retention { age: OLD, max_versions: MAX_VERSIONS, few: false },
            load: LOAD,
            idle_after: Some(IDLE_AFTER),
            on_done: None,
        }
    }

    /// Returns a policy that turns maintenance off. The program calls [`Store::optimize`](crate::Store::optimize) itself.
    ///
    /// ```
    /// use datus_store::{Database, Maintenance};
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").maintenance(Maintenance::off()).await?;
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn off() -> Self {
        Self { steps: Vec::new(), ..Self::new() }
    }

    /// Runs only these steps. All steps by default.
    pub fn only(mut self, steps: impl IntoIterator<Item = OptimizeStep>) -> Self {
        let steps: Vec<OptimizeStep> = steps.into_iter().collect();
        self.steps = OptimizeStep::ALL.into_iter().filter(|step| steps.contains(step)).collect();
        self
    }

    /// Sets the number of neighboring fragments of similar size that are merged into one. 3 by default, at least 2.
    /// Neighbors with at most 2,048 rows and 4 MiB together are merged when there is one fewer, but at least 2, unless an index
    /// covers them or one of them has more than four fifths of the rows.
    ///
    /// A lower number keeps fewer fragments and rewrites each row more often: a few times in small fragments, and then about
    /// `log(rows / 2048)` times, with this number as the base.
    pub fn compaction_fanout(mut self, fragments: usize) -> Self {
        self.plan.fanout = fragments.max(2);
        self
    }

    /// Sets the fraction of deleted rows at which a fragment is rewritten without them. 0.1 by default. With 1.0, only
    /// merges of fragments remove deleted rows.
    pub fn deletion_threshold(mut self, fraction: f64) -> Self {
        self.plan.deleted_fraction =
            if fraction.is_nan() { PlanSettings::default().deleted_fraction } else { fraction.max(0.0) };
        self
    }

    /// Sets the number of rows outside an index at which these rows are added to it. By default, a twentieth of the table's
    /// rows, at least 1,024 and at most 8,192.
    pub fn index_threshold(mut self, rows: usize) -> Self {
        self.plan.unindexed = Some(u64::try_from(rows).unwrap_or(u64::MAX));
        self
    }

    /// Sets how long a version is kept. Seven days by default. The newest version and tagged versions are always kept.
    ///
    /// A cursor or reader of a removed version fails with an error of kind [`Expired`](crate::ErrorKind::Expired).
    pub fn keep_versions(mut self, age: Duration) -> Self {
        self.retention.age = age;
        self
    }

    /// Sets the approximate number of versions that are kept. 10,000 by default.
    ///
    /// The number can be higher: this limit removes no version that is less than an hour old, and versions are removed in
    /// batches of at least a quarter of them.
    pub fn max_versions(mut self, versions: usize) -> Self {
        self.retention.max_versions = versions.max(1);
        self
    }

    /// Sets the fraction of the time during which maintenance of a table runs, from 0.01 to 1.0. 0.25 by default: after a
    /// step of one second, maintenance pauses for three seconds.
    pub fn max_load(mut self, fraction: f64) -> Self {
        self.load = if fraction.is_nan() { LOAD } else { fraction.clamp(0.01, 1.0) };
        self
    }

    /// Sets the time without writes after which a table is idle, or `None` for never. Two seconds by default. More than an hour
    /// counts as never.
    ///
    /// An idle table is compacted further, in steps of at most 64 MiB: neighboring fragments of any size become one if at least
    /// one byte in 32 belongs to deleted rows or is outside the largest fragment. Indexes are first updated if they
    /// leave out that fraction of the rows, but at least 256 and at most 1,024 rows. So a burst of writes leaves few fragments.
    /// On average, a process rewrites at most 256 KiB of fragments per second: after 64 MiB, the table does not become idle
    /// for four minutes.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use datus_store::Maintenance;
    ///
    /// let patient = Maintenance::new().idle_after(Duration::from_secs(60));
    /// let never = Maintenance::new().idle_after(None);
    /// ```
    pub fn idle_after(mut self, delay: impl Into<Option<Duration>>) -> Self {
        self.idle_after = delay.into();
        self
    }

    /// Sets a callback that is called after each round of steps that changed the table or failed. It runs in a background
    /// task, so keep it short.
    ///
    /// ```
    /// use datus_store::{Database, Maintenance};
    ///
    /// # datus_store::block_on(async {
    /// let policy = Maintenance::new().on_done(|done| match done {
    ///     Ok(done) => println!("{} fragments became {}", done.fragments_removed, done.fragments_added),
    ///     Err(error) => eprintln!("{error}"),
    /// });
    /// let db = Database::connect("memory://").maintenance(policy).await?;
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn on_done(mut self, callback: impl Fn(&Result<Optimized>) + Send + Sync + 'static) -> Self {
        self.on_done = Some(Arc::new(callback));
        self
    }

    /// Passes the result of a round to the callback, or logs it.
    pub(super) fn report(&self, table: &str, done: &Result<Optimized>) {
        match (&self.on_done, done) {
            (Some(callback), done) => callback(done),
            (None, Ok(done)) => {
                tracing::info!(target: "datus_store", table, ?done, "the table was maintained");
            }
            (None, Err(error)) => {
                tracing::error!(target: "datus_store", table, %error, "the table could not be maintained");
            }
        }
    }

    /// Returns `true` if the policy runs any step.
    pub(in crate::store) fn is_on(&self) -> bool {
        !self.steps.is_empty()
    }
}

impl Default for Maintenance {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for Maintenance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { steps, plan, retention, load, idle_after, on_done: _ } = self;
        f.debug_struct("Maintenance")
            .field("steps", steps)
            .field("plan", plan)
            .field("retention", retention)
            .field("load", load)
            .field("idle_after", idle_after)
            .finish_non_exhaustive()
    }
}
