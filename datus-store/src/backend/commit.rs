//! Commits that must directly follow the version that their write read.
//!
//! If other commits come first, Lance rebases a commit onto the newest version, unless the written rows conflict with those
//! commits. But Lance does not know what the writer read to decide which rows to write. A write that skipped an equal row,
//! or that found a key to be new, could be wrong on a newer version. So tables are opened with a commit handler that refuses
//! a commit unless it directly follows the version that the write named. This works on any storage that supports
//! put-if-absent, with and without locks.

mod folder_state;
mod handler;
mod newest;
mod whole_files;

use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use lance::dataset::transaction::Operation;
use lance_io::object_store::ObjectStoreParams;
use lance_table::io::commit::{CommitHandler, commit_handler_from_url};
use lancedb::Error as LanceDbError;

use self::handler::{FollowingCommits, READ, Superseded};
pub(super) use self::whole_files::whole_files;
use super::Table;
use super::error::{causes, convert};
use crate::error::{Error, ErrorKind, Result};
use crate::retry;

/// The minimum and maximum wait before a write reads the table again.
const WAIT: Duration = Duration::from_millis(5);
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// The minimum number of attempts, and the time after which no further attempt is made. Without a lock, each writer competes
/// with all others, and one of them always succeeds.
const ATTEMPTS: u32 = 16;
const PATIENCE: Duration = Duration::from_secs(60);

/// The maximum number of commits whose operations are read to check whether they changed rows.
const EXAMINED: u64 = 64;

/// Returns the commit handler for tables at this URI, which must not be the URI of LanceDB's service. `in_folder` is `true` for
/// a folder on this machine.
pub(super) async fn following_commits(
    uri: &str,
    in_folder: bool,
    storage: &ObjectStoreParams,
) -> std::result::Result<Arc<dyn CommitHandler>, LanceDbError> {
    let handler = commit_handler_from_url(uri, &Some(storage.clone())).await?;
    Ok(Arc::new(FollowingCommits::new(handler, in_folder)))
}

/// Returns the commit handler for a table whose versions another service manages. `handler` is the handler for those versions.
pub(super) fn following_commits_of(handler: Arc<dyn CommitHandler>) -> Arc<dyn CommitHandler> {
    Arc::new(FollowingCommits::new(handler, false))
}

/// Runs a write that read `version` and commits once. Returns `None`, and leaves the table unchanged, if another commit
/// follows that version. For the creation of a table, `version` is 0.
///
/// The task that calls this must make the commit, as Lance does for `merge_insert`, `delete`, `update` and `CommitBuilder`.
pub(super) async fn following<T, E>(
    version: u64,
    write: impl Future<Output = std::result::Result<T, E>>,
) -> Result<Option<T>>
where
    LanceDbError: From<E>,
{
    match READ.scope(version, write).await {
        Ok(done) => Ok(Some(done)),
        Err(error) => {
            let error = LanceDbError::from(error);
            let exists = matches!(error, LanceDbError::TableAlreadyExists { .. });
            if exists || causes(&error).any(|cause| cause.is::<Superseded>()) {
                return Ok(None);
            }
            match convert(error) {
                error if error.kind() == ErrorKind::Conflict => Ok(None),
                error => Err(error),
            }
        }
    }
}

/// One write's attempts to commit directly after the version that it read.
pub(crate) struct Attempts<'a> {
    table: &'a Table,
    made: u32,
    started: Instant,
}

impl<'a> Attempts<'a> {
    pub(crate) fn new(table: &'a Table) -> Self {
        Self { table, made: 0, started: Instant::now() }
    }

    /// Starts an attempt and returns the version to read; the write must commit directly after it.
    ///
    /// # Errors
    /// As for [`start`](Self::start).
    pub(crate) async fn next(&mut self) -> Result<u64> {
        self.start().await?;
        self.table.version().await
    }

    /// Starts an attempt. Every call except the first waits, with jitter, and then looks for a newer version.
    ///
    /// # Errors
    /// `Conflict` if other writers committed first on every attempt; `Engine` if the storage fails.
    pub(crate) async fn start(&mut self) -> Result<()> {
        if self.made > 0 {
            if self.made >= ATTEMPTS && self.started.elapsed() > PATIENCE {
                let message = format!(
                    "other writers changed the table first in each of {} attempts, so nothing was written",
                    self.made
                );
                return Err(Error::new(ErrorKind::Conflict, message).with_help("run the operation again"));
            }
            let wait = retry::delay(self.made - 1, WAIT, LONGEST_WAIT, fastrand::f64());
            tracing::debug!(target: "datus_store", attempt = self.made, ?wait, "another commit was first");
            tokio::time::sleep(wait).await;
            self.table.raw().checkout_latest().await.map_err(convert)?;
        }
        self.made += 1;
        Ok(())
    }
}

impl Table {
    /// Returns `true` if a commit after `version` may have changed rows, and `false` if all of them built indexes,
    /// compacted files or changed settings.
    pub(crate) async fn rows_changed_since(&self, version: u64) -> Result<bool> {
        // The connection can be configured to let reads lag behind other programs. A write always reads the newest version.
        self.raw().checkout_latest().await.map_err(convert)?;
        let Some(dataset) = self.raw().dataset() else { return Ok(self.version().await? != version) };
        let dataset = dataset.get().await.map_err(convert)?;
        let newest = dataset.version().version;
        if newest == version {
            return Ok(false);
        }
        if newest < version || newest - version > EXAMINED {
            return Ok(true);
        }
        for version in version + 1..=newest {
            // If its transaction cannot be read, the version may have changed rows.
            let Ok(Some(transaction)) = dataset.read_transaction_by_version(version).await else {
                return Ok(true);
            };
            let keeps_rows = matches!(
                transaction.operation,
                Operation::CreateIndex { .. }
                    | Operation::Rewrite { .. }
                    | Operation::ReserveFragments { .. }
                    | Operation::UpdateConfig { .. }
            );
            if !keeps_rows {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

#[cfg(test)]
mod tests;
