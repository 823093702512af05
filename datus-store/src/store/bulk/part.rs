use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::job::JobData;
use super::models::{PinnedModel, check_models};
use crate::backend::PartFiles;
use crate::error::{Error, ErrorKind, Result};

/// The maximum number of missing parts that an error message lists.
const LISTED: usize = 10;

/// A part of a bulk job, whose rows have been written but not yet committed. Returned by
/// [`BulkWorker::write`](crate::BulkWorker::write).
///
/// It is a small value that lists the names of the files. serde can serialize it for the process that commits the job.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct BulkPart {
    pub(super) job: String,
    pub(super) number: u32,
    /// A random id that distinguishes this write from other writes of the same part.
    pub(super) write: String,
    pub(super) rows: usize,
    pub(super) embedded: usize,
    pub(super) models: Vec<PinnedModel>,
    pub(super) files: PartFiles,
}

impl BulkPart {
    /// Returns the number of the part, from 0.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// Returns the number of rows.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Returns the number of texts that were embedded. Identical texts among the rows in flight are embedded once.
    pub fn embedded(&self) -> usize {
        self.embedded
    }

    /// Returns the id of the job.
    pub fn job_id(&self) -> &str {
        &self.job
    }
}

/// The parts of a job, keyed by number.
#[derive(Debug)]
pub(super) struct Parts(BTreeMap<u32, BulkPart>);

impl Parts {
    /// Collects parts. A part that is given several times counts once.
    ///
    /// # Errors
    /// `InvalidInput` for a part of another job, and for two writes of the same part; `Model` for a part with vectors from a
    /// different model.
    pub(super) fn new(job: &JobData, parts: impl IntoIterator<Item = BulkPart>) -> Result<Self> {
        let mut by_number: BTreeMap<u32, BulkPart> = BTreeMap::new();
        for part in parts {
            let number = part.number;
            if part.job != job.id || number >= job.parts {
                let message = format!("part {number} belongs to the job {}, not to {}", part.job, job.id);
                return Err(Error::new(ErrorKind::InvalidInput, message)
                    .with_help("pass only parts that were written for this job"));
            }
            check_models(&job.models, &part.models, format_args!("part {number}"), "the job")?;
            if part.rows != part.files.rows() {
                let message = format!(
                    "part {number} has {} rows, but its files contain {}",
                    part.rows,
                    part.files.rows()
                );
                return Err(Error::new(ErrorKind::InvalidInput, message).with_help("write the part again"));
            }
            match by_number.get(&number) {
                Some(other) if *other != part => {
                    let message = format!("part {number} was written twice");
                    return Err(Error::new(ErrorKind::InvalidInput, message)
                        .with_help("pass one of the two: each contains all rows of the part"));
                }
                _ => {
                    by_number.insert(number, part);
                }
            }
        }
        Ok(Self(by_number))
    }

    /// Fails if a part is missing.
    ///
    /// # Errors
    /// `InvalidInput`, with the numbers of the missing parts.
    pub(super) fn check_complete(&self, job: &JobData) -> Result<()> {
        let missing: Vec<u32> = (0..job.parts).filter(|number| !self.0.contains_key(number)).collect();
        if missing.is_empty() {
            return Ok(());
        }
        let listed: Vec<String> = missing.iter().take(LISTED).map(u32::to_string).collect();
        let more = match missing.len().saturating_sub(LISTED) {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        let message = format!("of the {} parts, these are missing: {}{more}", job.parts, listed.join(", "));
        Err(Error::new(ErrorKind::InvalidInput, message)
            .with_help("write each part with `worker.write(number, rows)`, including parts without rows"))
    }

    /// Returns the parts in the order of their numbers.
    pub(super) fn all(&self) -> Vec<&BulkPart> {
        self.0.values().collect()
    }

    /// Returns the files of the parts, in the order of the part numbers.
    pub(super) fn files(&self) -> Vec<&PartFiles> {
        self.0.values().map(|part| &part.files).collect()
    }

    /// Returns the number of rows.
    pub(super) fn rows(&self) -> usize {
        self.0.values().map(|part| part.rows).sum()
    }
}
