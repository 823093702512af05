//! Reads and extends the deleted rows of fragments.

use std::collections::BTreeMap;
use std::sync::Arc;

use lance_core::utils::deletion::DeletionVector;
use lance_table::format::Fragment;
use lance_table::io::deletion::write_deletion_file;

use super::super::error::convert;
use super::DatasetVersion;
use super::recent::DeletionKey;
use crate::error::{Error, ErrorKind, Result};

/// The fragments from which a change deleted rows.
#[derive(Default)]
pub(super) struct Deleted {
    /// The fragments that have no remaining rows.
    pub(super) removed: Vec<u64>,
    /// The fragments that have a new deletion file.
    pub(super) updated: Vec<Fragment>,
}

impl DatasetVersion {
    /// Returns the offsets of the deleted rows of a fragment.
    pub(super) async fn deleted_rows(&self, fragment: u64) -> Result<Arc<DeletionVector>> {
        let fragment = self.fragment(fragment)?;
        self.recent.deleted(&fragment).await.map_err(|error| convert(error.into()))
    }

    /// Writes the deletion files of fragments that lose the rows at these offsets.
    pub(super) async fn delete(&self, offsets: BTreeMap<u64, Vec<u32>>) -> Result<Deleted> {
        let mut deleted = Deleted::default();
        for (id, offsets) in offsets {
            let mut fragment = self.fragment(id)?.metadata().clone();
            let physical = fragment.physical_rows.unwrap_or_default();
            if let Some(offset) = offsets.iter().find(|offset| **offset as usize >= physical) {
                let message =
                    format!("fragment {id} has {physical} rows, but row {offset} was to be deleted");
                return Err(Error::new(ErrorKind::Engine, message));
            }
            // Lance compresses the file of a set, which takes longer than writing a bitmap.
            let mut rows = match &*self.deleted_rows(id).await? {
                DeletionVector::Bitmap(rows) => rows.clone(),
                rows => rows.iter().collect(),
            };
            rows.extend(offsets);
            let rows = DeletionVector::Bitmap(rows);
            if rows.len() == physical {
                deleted.removed.push(id);
                continue;
            }
            let store = self.dataset.object_store(None).await.map_err(|error| convert(error.into()))?;
            let base = self.dataset.branch_location().path;
            let file = write_deletion_file(&base, id, self.version(), &rows, &store).await;
            fragment.deletion_file = file.map_err(|error| convert(error.into()))?;
            if let Some(file) = &fragment.deletion_file {
                self.recent.set_deleted(DeletionKey::of(id, file), Arc::new(rows));
            }
            deleted.updated.push(fragment);
        }
        Ok(deleted)
    }
}
