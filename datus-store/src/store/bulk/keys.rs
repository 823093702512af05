//! Compares the keys of a job with those of the table.

use std::collections::HashSet;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};

use super::part::Parts;
use super::partition::parts_of;
use crate::backend::{BulkVersion, FragmentInfo};
use crate::error::{Error, ErrorKind, Result};
use crate::store::core::{Core, Keys};
use crate::store::write::ingest::KeySet;

/// Checks that the table contains none of the keys of a job. If the check is repeated on a newer version, it reads only
/// fragments that are new or whose deletion file has changed. The deletion file matters because a restored version can
/// contain rows that had been deleted.
pub(super) struct KeyCheck<'a> {
    core: &'a Core,
    /// The number of parts in the job.
    parts: u32,
    /// The data files of the fragments that were read, and their deletion files.
    checked: HashSet<FragmentFiles>,
    /// The keys of the parts, if they were read.
    of_parts: Option<KeySet>,
}

/// The data files of a fragment, and its deletion file.
type FragmentFiles = (String, Option<(u64, u64)>);

fn files_of(fragment: &FragmentInfo) -> FragmentFiles {
    (fragment.files.clone(), fragment.deletions)
}

impl<'a> KeyCheck<'a> {
    pub(super) fn new(core: &'a Core, parts: u32) -> Self {
        Self { core, parts, checked: HashSet::new(), of_parts: None }
    }

    /// Reads the fragments that are new since the last check, and compares their keys with those of the parts. Keeps the
    /// keys of the smaller side in memory.
    ///
    /// # Errors
    /// `InvalidInput` for a key that the table already has, and for a key that two rows of the job share.
    pub(super) async fn check(&mut self, at: &BulkVersion, parts: &Parts) -> Result<()> {
        if self.core.record.key.is_empty() {
            return Ok(());
        }
        let mut new: Vec<FragmentInfo> = at.fragments().collect();
        new.retain(|fragment| !self.checked.contains(&files_of(fragment)));
        let rows: usize = new.iter().map(|fragment| fragment.rows).sum();
        if rows > 0 && parts.rows() > 0 {
            if self.of_parts.is_some() || parts.rows() <= rows {
                self.find_in_table(at, &new, parts).await?;
            } else {
                self.find_in_parts(at, &new, parts).await?;
            }
        }
        self.checked.extend(new.iter().map(files_of));
        Ok(())
    }

    /// Looks up the keys of these fragments among the keys of the parts, which are in memory.
    async fn find_in_table(
        &mut self,
        at: &BulkVersion,
        fragments: &[FragmentInfo],
        parts: &Parts,
    ) -> Result<()> {
        let columns = self.core.key_columns();
        let of_parts = match self.of_parts.take() {
            Some(keys) => keys,
            None => {
                let mut keys = KeySet::default();
                for files in parts.files() {
                    let read = at.rows_of_part(files, &columns, |batch| {
                        let of_batch = self.core.keys_of(&batch)?;
                        match keys.extend(&of_batch) {
                            Some(row) => Err(repeated_key(&of_batch, row)),
                            None => Ok(()),
                        }
                    });
                    read.await?;
                }
                keys
            }
        };
        let read =
            at.rows_of_fragments(fragments, &columns, |batch| find(&self.core.keys_of(&batch)?, &of_parts));
        read.await?;
        self.of_parts = Some(of_parts);
        Ok(())
    }

    /// Looks up the keys of the parts among the keys of these fragments, which are in memory. Skips parts to which no row of
    /// the fragments would belong.
    async fn find_in_parts(&self, at: &BulkVersion, fragments: &[FragmentInfo], parts: &Parts) -> Result<()> {
        let columns = self.core.key_columns();
        let (mut stored, mut concerned) = (KeySet::default(), HashSet::new());
        let read = at.rows_of_fragments(fragments, &columns, |batch| {
            let keys = self.core.keys_of(&batch)?;
            stored.extend(&keys);
            concerned.extend(self.parts_of(&batch, &keys)?);
            Ok(())
        });
        read.await?;
        let mut of_parts = parts.all();
        of_parts.retain(|part| concerned.contains(&part.number));
        for part in of_parts {
            let read =
                at.rows_of_part(&part.files, &columns, |batch| find(&self.core.keys_of(&batch)?, &stored));
            read.await?;
        }
        Ok(())
    }

    /// Returns the parts that stored rows would belong to.
    fn parts_of(&self, batch: &RecordBatch, keys: &Keys) -> Result<Vec<u32>> {
        if batch.num_rows() == 0 {
            return Ok(Vec::new());
        }
        let columns: Vec<ArrayRef> = keys.columns.iter().map(|(_, column)| Arc::clone(column)).collect();
        parts_of(self.parts, &columns)
    }
}

/// Fails if one of the keys is in the set.
fn find(keys: &Keys, set: &KeySet) -> Result<()> {
    match keys.fingerprints.iter().position(|key| set.contains(*key)) {
        None => Ok(()),
        Some(row) => {
            let message = format!("the key {} is already in the table", keys.display(row));
            Err(Error::new(ErrorKind::InvalidInput, message).with_help(
                "delete the row and commit the job again, or abandon the job and write changed rows with `upsert`",
            ))
        }
    }
}

fn repeated_key(keys: &Keys, row: usize) -> Error {
    let message = format!("two rows of the job have the key {}", keys.display(row));
    Error::new(ErrorKind::InvalidInput, message).with_help("abandon the job, and write its parts again")
}
