use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::ArrayRef;
use futures::future::BoxFuture;
use futures::stream::{Stream, StreamExt};

use super::job::JobData;
use super::models::{check_models, models_of_store};
use super::part::BulkPart;
use super::partition::parts_of;
use crate::backend::{BulkVersion, PartFiles};
use crate::error::{Error, ErrorKind, Result};
use crate::record::EmbeddingRecord;
use crate::store::core::{Core, Keys};
use crate::store::restriction::Restriction;
use crate::store::write::files::{Files, write_files};
use crate::store::write::ingest::{
    Chunk, ChunkSize, KeySet, Meter, Progress, RowSource, with_write_progress,
};
use crate::store::{TableRows, traced};

/// Writes a part of a bulk job when awaited. Created by [`BulkWorker::write`](crate::BulkWorker::write) and
/// [`BulkWorker::write_stream`](crate::BulkWorker::write_stream).
#[must_use = "nothing is written until it is awaited"]
pub struct BulkWrite<'a, R> {
    table: &'a TableRows,
    job: &'a Arc<JobData>,
    part: u32,
    source: RowSource<'a>,
    record: PhantomData<fn() -> R>,
}

impl<'a, R> BulkWrite<'a, R> {
    pub(super) fn new(table: &'a TableRows, job: &'a Arc<JobData>, part: u32, source: RowSource<'a>) -> Self {
        Self { table, job, part, source, record: PhantomData }
    }

    /// Calls `callback` after every step, from the task that awaits the write. Keep the callback short.
    pub fn progress(self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        Self { source: self.source.progress(callback), ..self }
    }

    /// Sets the number of rows for [`Progress::total`], for a source that cannot report it.
    pub fn total(self, rows: usize) -> Self {
        Self { source: self.source.total(rows), ..self }
    }
}

impl<R> fmt::Debug for BulkWrite<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BulkWrite")
            .field("job", &self.job.id)
            .field("part", &self.part)
            .finish_non_exhaustive()
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for BulkWrite<'a, R> {
    type Output = Result<BulkPart>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { table, job, part, source, record: _ } = self;
        let (core, restriction) = (table.core(), Arc::clone(&table.restriction));
        let (rows, meter) = source.open(&restriction);
        let traced = traced!("bulk_write", core.table_name()).on(&core.table);
        Box::pin(traced.run(
            async move {
                let chunks = rows.chunks(&core, ChunkSize::Added, &meter);
                write(&core, &restriction, job, part, chunks, &meter)
                    .await
                    .map_err(|error| with_write_progress(error, &meter))
            },
            |part| part.rows,
        ))
    }
}

async fn write(
    core: &Core,
    restriction: &Restriction,
    job: &JobData,
    number: u32,
    chunks: impl Stream<Item = Result<Chunk>> + Send,
    meter: &Meter<'_>,
) -> Result<BulkPart> {
    if number >= job.parts {
        let message = format!("the job has {} parts, so the last part is {}", job.parts, job.parts - 1);
        return Err(Error::new(ErrorKind::InvalidInput, message).with_help("parts are numbered from 0"));
    }
    core.check_writable().await?;
    let at = core.table.bulk_version().await?;
    job.check_store(core, restriction, &at)?;
    job.check_columns(core, &at)?;
    core.check_models_of(at.schema())?;
    // An endpoint can serve a different model from one part to the next.
    let models = models_of_store(core).await?;
    check_models(&job.models, &models, "the worker", "the job")?;
    let mut keys = PartKeys { core, parts: job.parts, number, seen: KeySet::default() };
    let admitted = chunks.map(|chunk| {
        let chunk = chunk?;
        keys.admit(&chunk.columns)?;
        Ok(chunk)
    });
    let (files, rows, embedded) = match write_files(core, admitted, meter).await? {
        None => (PartFiles::default(), 0, 0),
        Some(Files { append, rows, texts }) => {
            (PartFiles::of(&append.finish(&core.table).await?)?, rows, texts)
        }
    };
    let write = format!("{:016x}", fastrand::u64(..));
    let part = BulkPart { job: job.id.clone(), number, write, rows, embedded, models, files };
    store(&at, &part).await?;
    Ok(part)
}

/// Stores the description of the part in the table's folder.
async fn store(at: &BulkVersion, part: &BulkPart) -> Result<()> {
    let text = serde_json::to_string(part).map_err(|source| {
        Error::new(ErrorKind::Engine, "the description of the part cannot be written as JSON")
            .with_source(source)
    })?;
    let name = format!("{:07}-{}.json", part.number, part.write);
    at.store_part(&part.job, &name, &text).await
}

/// The keys of the rows in a part.
struct PartKeys<'a> {
    core: &'a Core,
    parts: u32,
    number: u32,
    seen: KeySet,
}

impl PartKeys<'_> {
    /// Fails if a row belongs to another part, or has the same key as an earlier row. Does nothing if the record has no key.
    fn admit(&mut self, columns: &[ArrayRef]) -> Result<()> {
        let Some(keys) = Keys::from_columns(&self.core.record, columns)? else { return Ok(()) };
        let columns: Vec<ArrayRef> = keys.columns.iter().map(|(_, column)| Arc::clone(column)).collect();
        let parts = parts_of(self.parts, &columns)?;
        if let Some((row, part)) = parts.iter().enumerate().find(|(_, part)| **part != self.number) {
            let message = format!(
                "the row with the key {} belongs to part {part}, not to part {}",
                keys.display(row),
                self.number
            );
            return Err(Error::new(ErrorKind::InvalidInput, message)
                .with_help("pass only the rows of the part: `job.part_of(&row)` returns the part of a row"));
        }
        if let Some(row) = self.seen.extend(&keys) {
            let message = format!("two rows of part {} have the key {}", self.number, keys.display(row));
            return Err(Error::new(ErrorKind::InvalidInput, message).with_help("leave one of them out"));
        }
        Ok(())
    }
}
