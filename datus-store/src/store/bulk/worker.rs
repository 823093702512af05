use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::stream::Stream;

use super::job::{BulkJob, JobData};
use super::models::{check_models, models_of_store};
use super::write::BulkWrite;
use crate::error::{BoxError, Result};
use crate::record::{EmbeddingRecord, IntoRow};
use crate::store::access::Writes;
use crate::store::write::ingest::{RowSource, fallible, infallible};
use crate::store::{Store, TableRows, traced};

/// A process that writes parts of a bulk job. Created by [`Store::bulk_worker`].
pub struct BulkWorker<R> {
    table: TableRows,
    job: Arc<JobData>,
    record: PhantomData<fn() -> R>,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Joins a bulk job, after comparing the table, the columns and the models with those of the job.
    ///
    /// The store must have the same table and scope as the job. See [`bulk`](Store::bulk).
    ///
    /// # Errors
    /// `Model` when a model of the store differs from the job's in its identity, or embeds differently; `InvalidInput`
    /// when the job is for another table or scope; `SchemaMismatch` when a column has changed since the job started;
    /// `TableChanged` when another program changed the table; `Unsupported` for a job from another version of this crate;
    /// `Engine` when the storage fails.
    pub async fn bulk_worker(&self, job: &BulkJob<R>) -> Result<BulkWorker<R>>
    where
        A: Writes<R>,
    {
        let core = self.core();
        let restriction = Arc::clone(&self.rows.restriction);
        let join = async {
            core.check_writable().await?;
            let at = core.table.bulk_version().await?;
            job.data.check_store(&core, &restriction, &at)?;
            job.data.check_columns(&core, &at)?;
            core.check_models_of(at.schema())?;
            check_models(&job.data.models, &models_of_store(&core).await?, "the worker", "the job")
        };
        traced!("bulk_worker", core.table_name()).on(&core.table).run(join, |()| 0).await?;
        Ok(BulkWorker { table: self.rows.clone(), job: Arc::new(job.data.clone()), record: PhantomData })
    }
}

impl<R: EmbeddingRecord> BulkWorker<R> {
    /// Embeds the rows of a part and writes them to files, without committing them.
    ///
    /// `part` is the number of the part, from 0. If the record has a key, `rows` must be exactly the rows that
    /// [`BulkJob::part_of`] assigns to the part. A part without rows must be written too. Rows are read, encoded, embedded
    /// and written concurrently, as in [`add`](Store::add). Memory does not grow with the number of rows, except for 10 to
    /// 11.5 bytes per row if the record has a key.
    ///
    /// If the call fails or its process is killed, write the part again. The failed call leaves only files behind, which
    /// [`optimize`](Store::optimize) removes when they are seven days old. Different parts can be written at the same time.
    ///
    /// # Errors
    /// `InvalidInput` for a row of another part or scope, for two rows with the same key, for a value that does not fit its
    /// column, and for a part that the job does not have; `Model` when a model fails, or is no longer the job's model;
    /// `SchemaMismatch` when a column has changed since the job started; `TableChanged` when another program changed the
    /// table; `Engine` when the storage fails.
    pub fn write<'a, W, I>(&'a self, part: u32, rows: I) -> BulkWrite<'a, R>
    where
        W: IntoRow<R> + 'a,
        I: IntoIterator<Item = W>,
        I::IntoIter: Send + 'a,
    {
        let rows = RowSource::new::<R, _, _>(infallible(rows.into_iter()));
        BulkWrite::new(&self.table, &self.job, part, rows)
    }

    /// Writes the rows of a stream, as [`write`](Self::write) does.
    ///
    /// # Errors
    /// Fails with the same errors as [`write`](Self::write), and with `Source` when the stream fails. The stream's error is
    /// the source.
    pub fn write_stream<'a, W, E, S>(&'a self, part: u32, rows: S) -> BulkWrite<'a, R>
    where
        W: IntoRow<R> + 'a,
        E: Into<BoxError> + 'a,
        S: Stream<Item = Result<W, E>> + Send + 'a,
    {
        let rows = RowSource::new::<R, _, _>(fallible(rows));
        BulkWrite::new(&self.table, &self.job, part, rows)
    }
}

impl<R> Clone for BulkWorker<R> {
    fn clone(&self) -> Self {
        Self { table: self.table.clone(), job: Arc::clone(&self.job), record: PhantomData }
    }
}

impl<R> fmt::Debug for BulkWorker<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkWorker").field("table", &self.table).field("job", &self.job.id).finish()
    }
}
