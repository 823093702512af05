//! Waits for a lock with a time limit, and logs long waits.

use std::future::Future;
use std::path::Path;
use std::pin::pin;
use std::time::{Duration, Instant};

use futures::FutureExt;
use tokio::time::timeout;
use tracing::Span;

use super::name::LockName;
use crate::error::{Error, ErrorKind, Result};

/// The time after which a wait is logged.
const LONG_WAIT: Duration = Duration::from_secs(1);

/// A wait for a lock.
pub(super) struct Wait<'a> {
    pub(super) lock: &'a LockName<'a>,
    pub(super) file: Option<&'a Path>,
}

impl Wait<'_> {
    /// Waits for the lock, logs the start and the end of a long wait, and gives up after `limit`.
    pub(super) async fn bounded<T>(
        &self,
        limit: Option<Duration>,
        acquire: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        let mut acquire = pin!(acquire);
        // A lock that is free needs no timer.
        if let Some(acquired) = acquire.as_mut().now_or_never() {
            return acquired;
        }
        let started = Instant::now();
        let quiet = limit.map_or(LONG_WAIT, |limit| limit.min(LONG_WAIT));
        if let Ok(acquired) = timeout(quiet, acquire.as_mut()).await {
            return acquired;
        }
        if let Some(limit) = limit.filter(|limit| *limit <= LONG_WAIT) {
            return Err(self.timeout_error(limit));
        }
        let mut log = Log::begin(self, started);
        let acquired = match limit {
            None => acquire.await,
            Some(limit) => timeout(limit.saturating_sub(started.elapsed()), acquire)
                .await
                .unwrap_or_else(|_| Err(self.timeout_error(limit))),
        };
        log.obtained = acquired.is_ok();
        acquired
    }

    fn timeout_error(&self, limit: Duration) -> Error {
        let what = self.lock.describe();
        let mut help = "run the operation again, or wait longer with `Connect::lock_timeout`".to_owned();
        if let Some(file) = self.file {
            help.push_str(&format!("; the lock is the file {}", file.display()));
        }
        Error::new(ErrorKind::Conflict, format!("other writers held the {what} for {limit:?}"))
            .with_help(help)
    }
}

/// Logs the end of a long wait when it is dropped. This also covers a wait whose future is dropped.
struct Log<'a> {
    wait: &'a Wait<'a>,
    operation: &'static str,
    started: Instant,
    obtained: bool,
}

impl<'a> Log<'a> {
    fn begin(wait: &'a Wait<'a>, started: Instant) -> Self {
        // If a subscriber is installed, the current span is the span of the store's operation.
        let span = Span::current();
        let operation = span.metadata().filter(|span| span.target() == "datus_store").map(|span| span.name());
        let log =
            Self { wait, operation: operation.unwrap_or(wait.lock.describe()), started, obtained: false };
        log.write("waiting for a lock that another writer holds");
        log
    }

    fn write(&self, event: &str) {
        let file = self.wait.file.map(|file| tracing::field::display(file.display()));
        let waited_ms = u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX);
        let (table, operation) = (self.wait.lock.table(), self.operation);
        tracing::warn!(target: "datus_store", lock_file = file, table, operation, waited_ms, "{event}");
    }
}

impl Drop for Log<'_> {
    fn drop(&mut self) {
        self.write(if self.obtained {
            "the lock was obtained"
        } else {
            "the wait for the lock was abandoned"
        });
    }
}
