use std::borrow::Borrow;
use std::sync::Arc;
use std::time::Duration;

use super::job::{BulkJob, JobData};
use super::keys::KeyCheck;
use super::part::{BulkPart, Parts};
use crate::backend::{Attempts, BulkOutcome, BulkVersion, PartFiles, PartState};
use crate::error::{Error, ErrorKind, Result};
use crate::record::EmbeddingRecord;
use crate::store::access::Writes;
use crate::store::changed::unwritable_error;
use crate::store::core::Core;
use crate::store::restriction::Restriction;
use crate::store::{Store, traced};

/// The age above which files are too old to be committed. After seven days, Lance removes files that no version refers to,
/// so a day remains for the commit.
const OLDEST: Duration = Duration::from_secs(6 * 24 * 60 * 60);

/// The result of [`Store::commit_bulk`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct BulkCommit {
    /// The number of rows in the job.
    pub rows: usize,
    /// The version of the table that contains the rows. `None` if the job has no rows, or if that version was removed.
    pub version: Option<u64>,
    /// `true` if an earlier call committed the job, in which case this call changed nothing.
    pub already_committed: bool,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Adds the rows of all parts of a bulk job to the table, in one commit.
    ///
    /// The job is committed exactly once, even if the call is repeated, or made by several processes at the same time.
    /// Readers see all rows or none. Other writers can continue during the call, since the keys are looked up in the version
    /// that the commit directly follows. If the record has a key and the table is not empty, the keys of the table are read.
    /// The keys of the table or of the job, whichever has fewer, are held in memory, at 10 to 11.5 bytes each.
    ///
    /// At first, the indexes do not cover the rows, but searches find them anyway, as after [`add`](Store::add).
    /// [`create_indexes`](Store::create_indexes), [`optimize`](Store::optimize) and maintenance add them to the indexes. See
    /// [`bulk`](Store::bulk).
    ///
    /// # Errors
    /// `InvalidInput` for a missing part, for a part of another job, for two writes of the same part, for a key that the
    /// table contains, and for an abandoned job; `Model` for a part with vectors from a different model; `Expired` if files of
    /// a part were removed or are older than six days; `SchemaMismatch` when a column has changed since the job started;
    /// `TableChanged` when another program changed the table; `Conflict` when other writers changed the table first on every
    /// attempt; `Engine` when the storage fails. After any error other than `Engine`, nothing was committed. After an error
    /// of kind `Engine`, repeat the call.
    pub async fn commit_bulk<P: Borrow<BulkPart>>(
        &self,
        job: &BulkJob<R>,
        parts: impl IntoIterator<Item = P>,
    ) -> Result<BulkCommit>
    where
        A: Writes<R>,
    {
        let parts: Vec<BulkPart> = parts.into_iter().map(|part| part.borrow().clone()).collect();
        let (core, restriction) = (self.core(), Arc::clone(&self.rows.restriction));
        let traced = traced!("commit_bulk", core.table_name()).on(&core.table);
        let commit = async {
            let parts = Parts::new(&job.data, parts)?;
            core.check_writable().await?;
            let keys = KeyCheck::new(&core, job.data.parts);
            let (looked, files_exist) = (job.data.version, false);
            let commit =
                Commit { core: &core, restriction, job: &job.data, parts, keys, looked, files_exist };
            commit.run().await
        };
        Arc::clone(self.current()).run_write(traced.run(commit, |done| done.rows)).await
    }

    /// Returns the parts of a bulk job that have been written so far, one for each number.
    ///
    /// Workers store a description of each part next to the table. So a program that has lost the values that
    /// [`write`](crate::BulkWorker::write) returned can resume: it writes the missing parts, and commits. If a part was
    /// written several times, this returns one of the writes. After the commit or after [`abandon`](BulkJob::abandon), it
    /// returns no parts.
    ///
    /// # Errors
    /// `InvalidInput` when the job is for another table or scope; `Decode` when a description cannot be read; `Engine`
    /// when the storage fails.
    pub async fn bulk_parts(&self, job: &BulkJob<R>) -> Result<Vec<BulkPart>>
    where
        A: Writes<R>,
    {
        let core = self.core();
        let read = async {
            let at = core.table.bulk_version().await?;
            job.data.check_store(&core, &self.rows.restriction, &at)?;
            let mut parts = stored_parts(&at, &job.data).await?;
            // The parts are ordered by number, so writes of the same part are adjacent.
            parts.dedup_by_key(|part| part.number);
            Ok(parts)
        };
        traced!("bulk_parts", core.table_name()).on(&core.table).run(read, Vec::len).await
    }
}

/// Returns all writes of all parts, ordered by part number.
pub(super) async fn stored_parts(at: &BulkVersion, job: &JobData) -> Result<Vec<BulkPart>> {
    let stored = at.stored_parts(&job.id).await?;
    let parts = stored.iter().map(|stored| {
        serde_json::from_slice(&stored.text).map_err(|source| {
            Error::new(ErrorKind::Decode, "the description of a part cannot be read")
                .with_help("abandon the job and start a new one")
                .with_source(source)
        })
    });
    parts.collect()
}

/// The commit of a job.
struct Commit<'a> {
    core: &'a Core,
    restriction: Arc<Restriction>,
    job: &'a JobData,
    parts: Parts,
    keys: KeyCheck<'a>,
    /// The newest version in which the outcome of the job was looked up.
    looked: u64,
    /// `true` once the files of all parts have been found.
    files_exist: bool,
}

impl Commit<'_> {
    async fn run(mut self) -> Result<BulkCommit> {
        // Most of the work is done before the lock is taken. Under the lock, only newer commits are examined.
        let at = self.core.table.bulk_version().await?;
        if let Some(done) = self.check(&at).await? {
            return Ok(done);
        }
        let rows = self.parts.rows();
        if rows == 0 {
            let outcome = BulkOutcome::Committed { version: None, rows: Some(rows) };
            at.end_stored_parts(&self.job.id, outcome).await;
            return Ok(BulkCommit { rows, version: None, already_committed: false });
        }
        let table = &self.core.table;
        let lock = Arc::new(table.write_lock().await?);
        let mut attempts = Attempts::new(table);
        loop {
            attempts.start().await?;
            let at = table.bulk_version().await?;
            if let Some(done) = self.check(&at).await? {
                return Ok(done);
            }
            let committed = table.commit_bulk(&lock, &at, &self.job.id, &self.parts.files()).await?;
            if let Some(version) = committed {
                table.index_key(&lock, &self.core.own_key_columns(), rows).await;
                let outcome = BulkOutcome::Committed { version: Some(version), rows: Some(rows) };
                at.end_stored_parts(&self.job.id, outcome).await;
                return Ok(BulkCommit { rows, version: Some(version), already_committed: false });
            }
        }
    }

    /// Checks that the job can be committed after this version. Returns the result if it has already been committed.
    async fn check(&mut self, at: &BulkVersion) -> Result<Option<BulkCommit>> {
        self.job.check_store(self.core, &self.restriction, at)?;
        let outcome = at.outcome(&self.job.id, self.looked, self.files(at)).await?;
        match outcome {
            None => self.looked = at.version(),
            Some(outcome @ BulkOutcome::Committed { version, rows }) => {
                // The process that committed the job may have been killed before it stored the outcome.
                at.end_stored_parts(&self.job.id, outcome).await;
                let rows = rows.unwrap_or_else(|| self.parts.rows());
                return Ok(Some(BulkCommit { rows, version, already_committed: true }));
            }
            Some(BulkOutcome::Abandoned) => {
                return Err(Error::new(ErrorKind::InvalidInput, "the job was abandoned")
                    .with_help("start a new job with `store.bulk()`"));
            }
        }
        self.parts.check_complete(self.job)?;
        self.job.check_columns(self.core, at)?;
        self.core.check_models_of(at.schema())?;
        unwritable_error(&self.core.record, at.schema()).map_or(Ok(()), Err)?;
        if !self.files_exist {
            self.check_files(at).await?;
            self.files_exist = true;
        }
        self.keys.check(at, &self.parts).await?;
        Ok(None)
    }

    /// Returns the files of all writes of the parts, both those given and those stored. A process that was killed may have
    /// committed writes other than the given ones.
    async fn files(&self, at: &BulkVersion) -> Result<Vec<PartFiles>> {
        let mut files: Vec<PartFiles> = self.parts.files().into_iter().cloned().collect();
        files.extend(stored_parts(at, self.job).await?.into_iter().map(|part| part.files));
        Ok(files)
    }

    async fn check_files(&self, at: &BulkVersion) -> Result<()> {
        for part in self.parts.all() {
            let message = match at.state_of(&part.files).await? {
                PartState::Complete { age } if age < OLDEST => continue,
                PartState::Complete { age } => format!(
                    "the files of part {} are {} days old, and cleanup removes such files after seven days",
                    part.number,
                    age.as_secs() / (24 * 60 * 60)
                ),
                PartState::Missing { file } => {
                    format!("the file `{file}` of part {} was removed or is incomplete", part.number)
                }
            };
            return Err(Error::new(ErrorKind::Expired, message)
                .with_help("write the part again, and commit the job within six days"));
        }
        Ok(())
    }
}
