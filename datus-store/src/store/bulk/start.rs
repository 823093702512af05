use std::fmt;
use std::marker::PhantomData;

use super::job::{BulkJob, JobData};
use super::models::models_of_job;
use crate::error::{Error, ErrorKind, Result};
use crate::record::EmbeddingRecord;
use crate::store::access::Writes;
use crate::store::{Store, TableRows, traced};

/// The default number of parts.
const PARTS: u32 = 64;

/// The maximum number of parts in a job. The commit reads a description of each part.
const MAX_PARTS: u32 = 1 << 20;

/// Starts a bulk job. Created by [`Store::bulk`].
#[must_use = "nothing happens until `start` is called"]
pub struct Bulk<'a, R> {
    table: &'a TableRows,
    parts: u32,
    record: PhantomData<fn() -> R>,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Prepares a bulk job: many processes embed rows and write files, and one commit adds all rows to the table.
    ///
    /// Use it for tables that a single process would take too long to fill. Embedding is most of the work, so it is
    /// distributed: each part of the job can be written by a different machine with access to the same storage, and a part can
    /// be written again if a process fails. No lock is held while parts are written, and readers see none of the job's
    /// rows before [`commit_bulk`](Store::commit_bulk). The guide has a page on [large
    /// tables](crate::guide::large_tables).
    ///
    /// ```
    /// use datus_store::{BulkJob, BulkPart, Database, EmbeddingRecord, Store, model::HashingModel};
    ///
    /// #[derive(Debug, Clone, EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(key)]
    ///     path: String,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// # let folder = std::env::temp_dir().join(format!("datus-bulk-{}", std::process::id()));
    /// # let input: Vec<Page> = (0..20).map(|n| Page { path: format!("{n}"), text: format!("page {n}") }).collect();
    /// let db = Database::connect(&folder).await?;
    /// let pages: Store<Page> = db.store(HashingModel::default()).await?;
    /// let job = pages.bulk().parts(4).start().await?;
    /// let job = serde_json::to_string(&job).expect("a job is JSON"); // to all workers
    ///
    /// // On any machine: part 3.
    /// # let mut parts: Vec<BulkPart> = Vec::new();
    /// # for number in 0..4 {
    /// let job: BulkJob<Page> = serde_json::from_str(&job).expect("a job");
    /// let rows = input.iter().zip(job.parts_of(&input)?).filter(|(_, part)| *part == number).map(|(row, _)| row);
    /// let worker = pages.bulk_worker(&job).await?;
    /// let part: BulkPart = worker.write(number, rows).await?;
    /// # parts.push(part);
    /// # }
    ///
    /// // Where the job was started, with the parts of all workers.
    /// # let job: BulkJob<Page> = serde_json::from_str(&job).expect("a job");
    /// let done = pages.commit_bulk(&job, &parts).await?;
    /// assert_eq!((done.rows, pages.count().await?), (20, 20));
    /// assert_eq!(pages.commit_bulk(&job, &parts).await?.version, done.version); // repeating it changes nothing
    /// # std::fs::remove_dir_all(&folder).ok();
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn bulk(&self) -> Bulk<'_, R>
    where
        A: Writes<R>,
    {
        Bulk { table: &self.rows, parts: PARTS, record: PhantomData }
    }
}

impl<R: EmbeddingRecord> Bulk<'_, R> {
    /// Sets the number of parts. 64 by default.
    ///
    /// One call writes one part, and after a failure the whole part is written again. Choose several parts per process, so
    /// that all processes finish at about the same time. Choose at least 100,000 rows per part, so that files are large.
    pub fn parts(mut self, parts: u32) -> Self {
        self.parts = parts;
        self
    }

    /// Starts the job. This writes nothing.
    ///
    /// # Errors
    /// `InvalidInput` for 0 parts, and for more than 1,048,576; `Model` when a model of the store is not the one that
    /// computed the table's vectors; `SchemaMismatch` when the table lacks a column; `TableChanged` when another program
    /// changed the table; `Unsupported` on LanceDB's service, `db://`; `Engine` when the storage fails.
    pub async fn start(self) -> Result<BulkJob<R>> {
        let Self { table, parts, record: _ } = self;
        let core = table.core();
        let start = async {
            if !(1..=MAX_PARTS).contains(&parts) {
                let message = format!("the job has {parts} parts, but must have 1 to {MAX_PARTS}");
                return Err(Error::new(ErrorKind::InvalidInput, message).with_help("change `.parts(…)`"));
            }
            core.check_writable().await?;
            let at = core.table.bulk_version().await?;
            core.check_models_of(at.schema())?;
            let models = models_of_job(&core, at.schema()).await?;
            Ok(BulkJob::new(JobData::new(&core, &table.restriction, &at, parts, models)))
        };
        traced!("bulk", core.table_name()).on(&core.table).run(start, |_| 0).await
    }
}

impl<R> fmt::Debug for Bulk<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bulk").field("table", self.table).field("parts", &self.parts).finish()
    }
}
