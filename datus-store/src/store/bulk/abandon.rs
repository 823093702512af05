use std::sync::Arc;

use super::job::{BulkJob, JobData};
use super::part::BulkPart;
use crate::backend::{Attempts, BulkOutcome, BulkVersion, PartFiles, StoredPart};
use crate::error::{Error, ErrorKind, Result};
use crate::record::EmbeddingRecord;
use crate::store::access::Writes;
use crate::store::core::Core;
use crate::store::restriction::Restriction;
use crate::store::{Store, traced};

impl<R: EmbeddingRecord> BulkJob<R> {
    /// Ends the job without adding its rows, and removes the files of all parts that were written.
    ///
    /// It creates a commit without rows, after which the job cannot be committed. The call can be repeated, and must be
    /// repeated after an error of kind `Engine`. Files of a worker that was killed, or that is still writing, are not
    /// removed. Repeat the call after the last worker has exited, or let [`optimize`](Store::optimize) remove them when they
    /// are seven days old.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(Clone, EmbeddingRecord)]
    /// struct Event {
    ///     name: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let events: Store<Event> = Database::connect("memory://").await?.store(()).await?;
    /// let job = events.bulk().parts(1).start().await?;
    /// let part = events.bulk_worker(&job).await?.write(0, [Event { name: "start".into() }]).await?;
    ///
    /// job.abandon(&events).await?;
    /// assert!(events.commit_bulk(&job, [part]).await.is_err());
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for a job that was committed, and for a job of another table or scope; `Conflict` when other
    /// writers changed the table first on every attempt; `Engine` when the storage fails.
    pub async fn abandon<A: Writes<R>>(&self, store: &Store<R, A>) -> Result<()> {
        let (core, restriction) = (store.core(), Arc::clone(&store.rows.restriction));
        let traced = traced!("abandon_bulk", core.table_name()).on(&core.table);
        let abandon = abandon(&core, &restriction, &self.data);
        Arc::clone(store.current()).run_write(traced.run(abandon, |()| 0)).await
    }
}

async fn abandon(core: &Core, restriction: &Restriction, job: &JobData) -> Result<()> {
    core.table.check_lockable().await?;
    let lock = Arc::new(core.table.write_lock().await?);
    let mut attempts = Attempts::new(&core.table);
    let mut looked = job.version;
    loop {
        attempts.start().await?;
        let at = core.table.bulk_version().await?;
        job.check_store(core, restriction, &at)?;
        let outcome = at.outcome(&job.id, looked, files(&at, job)).await?;
        let is_abandoned = match outcome {
            Some(BulkOutcome::Committed { .. }) => {
                let message = "the job was committed, so it cannot be abandoned";
                return Err(Error::new(ErrorKind::InvalidInput, message).with_help(
                    "delete the rows, or make an older version the newest with `store.restore(…)`",
                ));
            }
            Some(BulkOutcome::Abandoned) => true,
            None => core.table.abandon_bulk(&lock, &at, &job.id).await?.is_some(),
        };
        if is_abandoned {
            // From here on, no process commits the files. The outcome must be stored before the version can be removed.
            at.store_outcome(&job.id, BulkOutcome::Abandoned).await?;
            return remove_written(&at, job).await;
        }
        looked = at.version();
    }
}

/// Removes the files of the parts that were written. The description of a part is removed after its files, so that a call
/// that is repeated after a failure finds the remaining files.
async fn remove_written(at: &BulkVersion, job: &JobData) -> Result<()> {
    for (stored, files) in written(at, job).await? {
        if let Some(files) = files {
            at.remove_part(&files).await?;
        }
        at.remove_stored_part(&stored).await?;
    }
    Ok(())
}

/// Returns the files of the parts that were written.
async fn files(at: &BulkVersion, job: &JobData) -> Result<Vec<PartFiles>> {
    Ok(written(at, job).await?.into_iter().filter_map(|(_, files)| files).collect())
}

/// Returns the descriptions of the parts that were written, with their files. The files are `None` if a description cannot
/// be read.
async fn written(at: &BulkVersion, job: &JobData) -> Result<Vec<(StoredPart, Option<PartFiles>)>> {
    let with_files = |stored: StoredPart| {
        let part: std::result::Result<BulkPart, _> = serde_json::from_slice(&stored.text);
        if let Err(error) = &part {
            tracing::warn!(target: "datus_store", job = job.id, %error, "the files of a part stay, since its description cannot be read");
        }
        (stored, part.ok().map(|part| part.files))
    };
    Ok(at.stored_parts(&job.id).await?.into_iter().map(with_files).collect())
}
