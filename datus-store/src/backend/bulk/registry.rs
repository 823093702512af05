//! Stores the written parts of a job and its outcome as files in the folder of the table. The engine's cleanup ignores these
//! files.

use futures::TryStreamExt;
use object_store::path::Path;

use super::{BulkOutcome, BulkVersion, failed};
use crate::error::{Error, ErrorKind, Result};

/// The subfolder for bulk jobs in a table's folder. It contains a folder of parts for each running job, and a file with the
/// outcome of each job that has ended.
const FOLDER: &str = "_bulk";

/// The description of a part.
#[derive(Debug)]
pub(crate) struct StoredPart {
    file: Path,
    /// The description as JSON.
    pub(crate) text: Vec<u8>,
}

impl BulkVersion {
    /// Stores the description of a part.
    pub(crate) async fn store_part(&self, job: &str, name: &str, text: &str) -> Result<()> {
        let storage = self.dataset.object_store(None).await.map_err(failed)?;
        storage.put(&self.folder().join(job).join(name), text.as_bytes()).await.map_err(failed)?;
        Ok(())
    }

    /// Returns the descriptions of the stored parts, ordered by name.
    pub(crate) async fn stored_parts(&self, job: &str) -> Result<Vec<StoredPart>> {
        let storage = self.dataset.object_store(None).await.map_err(failed)?;
        let listed = storage.list(Some(self.folder().join(job))).map_ok(|file| file.location).try_collect();
        let mut files: Vec<Path> = match listed.await {
            Ok(files) => files,
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        files.sort_unstable();
        let mut parts = Vec::with_capacity(files.len());
        for file in files {
            match storage.read_one_all(&file).await {
                Ok(text) => parts.push(StoredPart { file, text: text.to_vec() }),
                // Another process ended the job and removed the part after it was listed.
                Err(error) if error.is_not_found() => {}
                Err(error) => return Err(failed(error)),
            }
        }
        Ok(parts)
    }

    /// Removes the description of a part. The description may already have been removed.
    pub(crate) async fn remove_stored_part(&self, part: &StoredPart) -> Result<()> {
        let storage = self.dataset.object_store(None).await.map_err(failed)?;
        match storage.delete(&part.file).await {
            Err(error) if !error.is_not_found() => Err(failed(error)),
            _ => Ok(()),
        }
    }

    /// Stores the outcome of a job, which is needed once the version that ended it has been removed.
    pub(crate) async fn store_outcome(&self, job: &str, outcome: BulkOutcome) -> Result<()> {
        let text = serde_json::to_vec(&outcome).map_err(|source| {
            Error::new(ErrorKind::Engine, "the outcome of the job cannot be written as JSON")
                .with_source(source)
        })?;
        let storage = self.dataset.object_store(None).await.map_err(failed)?;
        storage.put(&self.outcome_file(job), &text).await.map_err(failed)?;
        Ok(())
    }

    /// Returns the stored outcome of a job. The version in the outcome may have been removed, or may be newer than this
    /// version.
    pub(super) async fn stored_outcome(&self, job: &str) -> Result<Option<BulkOutcome>> {
        let storage = self.dataset.object_store(None).await.map_err(failed)?;
        let text = match storage.read_one_all(&self.outcome_file(job)).await {
            Ok(text) => text,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(error) => return Err(failed(error)),
        };
        let outcome = serde_json::from_slice(&text).map_err(|source| {
            Error::new(ErrorKind::Decode, "the stored outcome of the job cannot be read").with_source(source)
        })?;
        Ok(Some(outcome))
    }

    /// Stores the outcome of a job that was committed, and removes the descriptions of its parts. If a step fails, the next
    /// call completes it, because the descriptions are kept until the outcome is stored.
    pub(crate) async fn end_stored_parts(&self, job: &str, outcome: BulkOutcome) {
        let ended = async {
            self.store_outcome(job, outcome).await?;
            let storage = self.dataset.object_store(None).await.map_err(failed)?;
            match storage.remove_dir_all(self.folder().join(job)).await {
                Err(error) if !error.is_not_found() => Err(failed(error)),
                _ => Ok(()),
            }
        };
        if let Err(error) = ended.await {
            tracing::debug!(target: "datus_store", job, %error, "the descriptions of parts were not removed");
        }
    }

    fn folder(&self) -> Path {
        self.dataset.branch_location().path.join(FOLDER)
    }

    fn outcome_file(&self, job: &str) -> Path {
        self.folder().join(format!("{job}.json"))
    }
}
