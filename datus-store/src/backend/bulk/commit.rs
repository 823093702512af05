//! Ends a bulk job with a commit that either adds the rows of all parts or abandons the job.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use futures::{StreamExt, TryStreamExt, stream};
use lance::dataset::CommitBuilder;
use lance::dataset::transaction::{Operation, Transaction, TransactionBuilder};
use lance_table::format::Fragment;
use serde::{Deserialize, Serialize};

use super::super::commit::following;
use super::super::write::spawn_uncancellable;
use super::super::{Table, TableLock};
use super::{BulkVersion, PartFiles, failed};
use crate::error::{Error, Result};

/// The transaction property that holds the job's id in a commit of the job.
const COMMITTED: &str = "datus:bulk_job";

/// The transaction property that holds the job's id in a commit that abandons the job.
const ABANDONED: &str = "datus:bulk_abandoned";

/// The number of transactions that are read concurrently.
const AT_ONCE: usize = 16;

/// The maximum number of versions that are read without first listing the versions that exist.
const NEAR: u64 = 64;

/// The outcome of a job that has ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum BulkOutcome {
    /// The rows were committed.
    Committed {
        /// The version of the commit, or `None` if that version was removed.
        version: Option<u64>,
        /// The number of rows, or `None` if it is unknown because that version was removed.
        rows: Option<usize>,
    },
    /// The job was abandoned.
    Abandoned,
}

/// The relation of a version to a job.
enum VersionRole {
    /// The version ended the job.
    Ended(BulkOutcome),
    /// The version is unrelated to the job.
    Other,
    /// The version was removed.
    Removed,
}

impl BulkVersion {
    /// Returns the outcome of a job, or `None` if no version after `since` ended it.
    ///
    /// Reads the transaction of each of these versions. If some of the versions were removed, the outcome may be stored in a
    /// file. That file is missing if the process that ended the job was killed. In that case, a version that contains
    /// `files` shows that the job was committed. It is enough to examine the first version after each gap: if that version
    /// does not contain the files, no version does, and the files were removed too. `files` is awaited only in this case.
    ///
    /// # Errors
    /// `Engine` when the storage fails; `Decode` when the stored outcome cannot be read; any error from `files`.
    pub(crate) async fn outcome(
        &self,
        job: &str,
        since: u64,
        files: impl Future<Output = Result<Vec<PartFiles>>> + Send,
    ) -> Result<Option<BulkOutcome>> {
        let mut versions: Vec<u64> = if self.version().saturating_sub(since) <= NEAR {
            // A commit attempt must be fast, so it does not list the versions.
            (since + 1..=self.version()).collect()
        } else {
            let versions = self.dataset.version_refs().await.map_err(failed)?.into_iter();
            let after = |version: &u64| *version > since && *version <= self.version();
            versions.map(|version| version.version).filter(after).collect()
        };
        // The version that ended a job is usually among the newest.
        versions.sort_unstable_by(|a, b| b.cmp(a));
        let roles = stream::iter(versions).map(|version| async move {
            let role = self.role_of(job, version).await?;
            Ok::<_, Error>((version, role))
        });
        let mut roles = roles.buffered(AT_ONCE);
        let mut present = Vec::new();
        while let Some((version, role)) = roles.try_next().await? {
            match role {
                VersionRole::Ended(outcome) => return Ok(Some(outcome)),
                VersionRole::Other => present.push(version),
                VersionRole::Removed => {}
            }
        }
        present.reverse();
        let has_gap = present.iter().zip(since + 1..).any(|(version, next)| *version != next);
        if !has_gap {
            return Ok(None);
        }
        match self.stored_outcome(job).await? {
            // Versions up to this one were examined, so the version of the commit either was removed or is newer.
            Some(BulkOutcome::Committed { version, rows }) => {
                let version = version.filter(|version| *version > self.version());
                return Ok(Some(BulkOutcome::Committed { version, rows }));
            }
            Some(BulkOutcome::Abandoned) => return Ok(Some(BulkOutcome::Abandoned)),
            None => {}
        }
        let files = files.await?;
        let names: HashSet<&str> =
            files.iter().flat_map(PartFiles::data_files).map(|file| file.path.as_str()).collect();
        let mut previous = Some(since);
        for version in present {
            let follows_a_gap = previous.is_none_or(|previous| previous + 1 != version);
            previous = Some(version);
            if follows_a_gap {
                match self.has_files(version, &names).await? {
                    Some(true) => return Ok(Some(BulkOutcome::Committed { version: None, rows: None })),
                    Some(false) => {}
                    None => previous = None,
                }
            }
        }
        Ok(None)
    }

    async fn role_of(&self, job: &str, version: u64) -> Result<VersionRole> {
        let transaction = match self.dataset.read_transaction_by_version(version).await {
            Ok(transaction) => transaction,
            Err(error) if is_removed(&error) => return Ok(VersionRole::Removed),
            Err(error) => return Err(failed(error)),
        };
        let Some(Transaction { operation, transaction_properties: Some(properties), .. }) = transaction
        else {
            return Ok(VersionRole::Other);
        };
        let is_job = |key: &str| properties.get(key).is_some_and(|id| id == job);
        if is_job(ABANDONED) {
            return Ok(VersionRole::Ended(BulkOutcome::Abandoned));
        }
        if !is_job(COMMITTED) {
            return Ok(VersionRole::Other);
        }
        let rows = match operation {
            Operation::Append { fragments } => Some(fragments.iter().filter_map(Fragment::num_rows).sum()),
            _ => None,
        };
        Ok(VersionRole::Ended(BulkOutcome::Committed { version: Some(version), rows }))
    }

    /// Returns `true` if the version contains one of these files, or `None` if the version was removed.
    async fn has_files(&self, version: u64, names: &HashSet<&str>) -> Result<Option<bool>> {
        let dataset = match self.dataset.checkout_version(version).await {
            Ok(dataset) => dataset,
            Err(error) if is_removed(&error) => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let mut files = dataset.fragments().iter().flat_map(|fragment| &fragment.files);
        Ok(Some(files.any(|file| names.contains(file.path.as_str()))))
    }
}

fn is_removed(error: &lance::Error) -> bool {
    error.is_not_found() || matches!(error.find_root(), lance::Error::DatasetNotFound { .. })
}

impl Table {
    /// Commits the files of a job and returns the new version. Returns `None` and changes nothing if another commit follows
    /// `at`.
    pub(crate) async fn commit_bulk(
        &self,
        lock: &Arc<TableLock>,
        at: &BulkVersion,
        job: &str,
        files: &[&PartFiles],
    ) -> Result<Option<u64>> {
        let fragments = files.iter().flat_map(|files| files.fragments()).cloned().collect();
        self.end_bulk(lock, at, COMMITTED, job, fragments).await
    }

    /// Makes a commit without rows, so that the job can no longer be committed. Returns the same as
    /// [`commit_bulk`](Self::commit_bulk).
    pub(crate) async fn abandon_bulk(
        &self,
        lock: &Arc<TableLock>,
        at: &BulkVersion,
        job: &str,
    ) -> Result<Option<u64>> {
        self.end_bulk(lock, at, ABANDONED, job, Vec::new()).await
    }

    async fn end_bulk(
        &self,
        lock: &Arc<TableLock>,
        at: &BulkVersion,
        property: &str,
        job: &str,
        fragments: Vec<Fragment>,
    ) -> Result<Option<u64>> {
        let (table, lock, at) = (self.clone(), Arc::clone(lock), at.clone());
        let properties = Arc::new(HashMap::from([(property.to_owned(), job.to_owned())]));
        spawn_uncancellable(async move {
            let _lock = lock;
            let transaction = TransactionBuilder::new(at.version(), Operation::Append { fragments })
                .transaction_properties(Some(properties))
                .build();
            let commit = CommitBuilder::new(Arc::clone(&at.dataset)).execute(transaction);
            let Some(committed) = following(at.version(), commit).await? else { return Ok(None) };
            let version = committed.version().version;
            if let Some(current) = table.raw().dataset() {
                current.update(committed);
            }
            Ok(Some(version))
        })
        .await
    }
}
