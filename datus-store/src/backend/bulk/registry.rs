//! The parts of a job that were written, as files in the folder of the table. No cleanup of the engine reads this folder.

use futures::TryStreamExt;
use object_store::path::Path;

use super::{BulkVersion, failed};
use crate::error::Result;

/// The folder in the folder of a table.
const FOLDER: &str = "_bulk";

impl BulkVersion {
    /// Stores the description of a part.
    pub(crate) async fn store_part(&self, job: &str, name: &str, text: &str) -> Result<()> {
        let storage = self.dataset.object_store(None).await.map_err(failed)?;
        storage.put(&self.folder(job).join(name), text.as_bytes()).await.map_err(failed)?;
        Ok(())
    }

    /// Returns the descriptions of the stored parts, in the order of their names.
    pub(crate) async fn stored_parts(&self, job: &str) -> Result<Vec<Vec<u8>>> {
        let storage = self.dataset.object_store(None).await.map_err(failed)?;
        let listed = storage.list(Some(self.folder(job))).map_ok(|file| file.location).try_collect();
        let mut files: Vec<Path> = match listed.await {
            Ok(files) => files,
            Err(error) if error.is_not_found() => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        files.sort_unstable();
        let mut parts = Vec::with_capacity(files.len());
        for file in files {
            parts.push(storage.read_one_all(&file).await.map_err(failed)?.to_vec());
        }
        Ok(parts)
    }

    /// Removes the descriptions of the stored parts. A failure leaves small files that nothing reads.
    pub(crate) async fn remove_stored_parts(&self, job: &str) {
        let removed = async {
            let storage = self.dataset.object_store(None).await?;
            storage.remove_dir_all(self.folder(job)).await
        };
        match removed.await {
            Err(error) if !error.is_not_found() => {
                tracing::debug!(target: "datus_store", job, %error, "the descriptions of parts were not removed");
            }
            _ => {}
        }
    }

    fn folder(&self, job: &str) -> Path {
        self.dataset.branch_location().path.join(FOLDER).join(job)
    }
}
