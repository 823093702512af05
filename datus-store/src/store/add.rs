use std::pin::pin;
use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::stream::{self, Stream, StreamExt};
use tokio::sync::mpsc::{self, Sender};

use super::core::Core;
use super::vectors::Source;
use super::{Store, traced};
use crate::backend::Message;
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::record::{self, EmbeddingRecord, IntoRow, WriteRow};

/// The most rows of one Arrow batch on its way to the table: memory is bounded by a few of them.
const BATCH_ROWS: usize = 4096;

/// The bytes of source text at which a batch is cut before it has [`BATCH_ROWS`] rows.
const BATCH_TEXT: usize = 16 << 20;

/// What [`Store::add`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Added {
    /// The rows added.
    pub rows: usize,
    /// The texts embedded: each different text of a batch once.
    pub embedded: usize,
    /// The version of the table that has the rows; `None` when there were none to add.
    pub version: Option<u64>,
}

impl<R: EmbeddingRecord> Store<R> {
    /// Adds rows, in one commit whatever their number. Texts are embedded on the way, equal ones of a batch once.
    ///
    /// A row is an `R`, an [`Embedded<R>`](crate::Embedded) that brings its vectors, or a reference to either. A row whose text is
    /// `None` or blank gets a null vector, which no search returns. Rows are added even where their key is in the table
    /// already.
    ///
    /// An error, or dropping the future, leaves the table as it was.
    ///
    /// # Errors
    /// `InvalidInput` for a value that does not fit its column, or a vector of another model or size; `Model` when the
    /// model fails or breaks its contract; `SchemaMismatch` when the table lacks a column; `Engine` when the storage
    /// fails. The message says how far the operation came.
    pub async fn add<W: IntoRow<R>>(&self, rows: impl IntoIterator<Item = W>) -> Result<Added> {
        let rows = stream::iter(rows.into_iter().map(Ok));
        traced!("add", R::TABLE).run(add::<R, W>(&self.core, rows), |added| added.rows).await
    }

    /// Adds the rows of a stream, as [`add`](Store::add) does. Memory does not grow with their number.
    ///
    /// # Errors
    /// As [`add`](Store::add), and `Source` for an error of the stream, which is its source; nothing is written.
    pub async fn add_stream<W, E>(&self, rows: impl Stream<Item = Result<W, E>>) -> Result<Added>
    where
        W: IntoRow<R>,
        E: Into<BoxError>,
    {
        let rows = rows.map(|row| {
            row.map_err(|source| {
                Error::new(ErrorKind::Source, "the stream of rows failed").with_source(source)
            })
        });
        traced!("add", R::TABLE).run(add::<R, W>(&self.core, rows), |added| added.rows).await
    }
}

async fn add<R: EmbeddingRecord, W: IntoRow<R>>(
    core: &Core,
    rows: impl Stream<Item = Result<W>>,
) -> Result<Added> {
    core.check_writable()?;
    let mut rows = pin!(rows.peekable());
    if rows.as_mut().peek().await.is_none() {
        return Ok(Added { rows: 0, embedded: 0, version: None });
    }
    // One batch waits while the next is embedded and the one before is written.
    let (sender, batches) = mpsc::channel(1);
    let write = core.table.append(Arc::clone(&core.schema), batches);
    let (written, made) = futures::join!(write, make_batches::<R, W>(core, rows, sender));
    // The maker's error first: without its end mark the writer fails too, and only says that it was given up.
    let Made { rows, embedded } = made?;
    Ok(Added { rows, embedded, version: Some(written?) })
}

struct Made {
    rows: usize,
    embedded: usize,
}

/// Reads the rows in batches, encodes and embeds them, and sends them to the writer.
async fn make_batches<R: EmbeddingRecord, W: IntoRow<R>>(
    core: &Core,
    mut rows: impl Stream<Item = Result<W>> + Unpin,
    sender: Sender<Message>,
) -> Result<Made> {
    let mut made = Made { rows: 0, embedded: 0 };
    loop {
        let batch = next_batch::<R, W>(core, &mut rows).await.map_err(|error| came_so_far(error, &made))?;
        if batch.is_empty() {
            break;
        }
        let (encoded, embedded) =
            encode::<R, W>(core, &batch).await.map_err(|error| came_so_far(error, &made))?;
        made.rows += batch.len();
        made.embedded += embedded;
        if sender.send(Message::Batch(encoded)).await.is_err() {
            // The writer stopped; its own error says why.
            return Ok(made);
        }
    }
    // A writer that is gone has its own error to tell.
    let _ = sender.send(Message::End).await;
    Ok(made)
}

async fn next_batch<R: EmbeddingRecord, W: IntoRow<R>>(
    core: &Core,
    rows: &mut (impl Stream<Item = Result<W>> + Unpin),
) -> Result<Vec<W>> {
    let (mut batch, mut text) = (Vec::new(), 0);
    while batch.len() < BATCH_ROWS && text < BATCH_TEXT {
        let Some(row) = rows.next().await else { break };
        let row = row?;
        let record = row.row().record;
        let texts = (0..core.record.vectors.len()).filter_map(|vector| record.source_text(vector));
        text += texts.map(str::len).sum::<usize>();
        batch.push(row);
    }
    Ok(batch)
}

/// The Arrow batch of some rows, and how many texts were embedded for it.
async fn encode<R: EmbeddingRecord, W: IntoRow<R>>(core: &Core, batch: &[W]) -> Result<(RecordBatch, usize)> {
    let rows: Vec<WriteRow<'_, R>> = batch.iter().map(IntoRow::row).collect();
    rows.iter().try_for_each(|row| core.check_count(row.vectors.len()))?;
    let records: Vec<&R> = rows.iter().map(|row| row.record).collect();
    let mut columns = record::encode_columns(&records)?;
    let mut embedded = 0;
    for vector in 0..core.record.vectors.len() {
        let sources: Vec<Source<'_>> = rows
            .iter()
            .map(|row| {
                Source::new(row.vectors.get(vector).and_then(Option::as_ref), row.record.source_text(vector))
            })
            .collect();
        let made = core.vector_column(vector, &sources).await?;
        columns.push(made.column);
        embedded += made.texts;
    }
    let batch = RecordBatch::try_new(Arc::clone(&core.schema), columns).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the rows do not make an Arrow batch").with_source(source)
    })?;
    Ok((batch, embedded))
}

fn came_so_far(error: Error, made: &Made) -> Error {
    error.with_note(format!("nothing was written; {} rows had been read and embedded before", made.rows))
}

impl Core {
    /// Fails for a row that brings more vectors than the record has.
    fn check_count(&self, given: usize) -> Result<()> {
        let wanted = self.record.vectors.len();
        if given <= wanted {
            return Ok(());
        }
        let message =
            format!("a row brings {given} vectors and its record has {wanted}: leave out the others");
        Err(Error::new(ErrorKind::InvalidInput, message))
    }

    fn check_writable(&self) -> Result<()> {
        if self.missing.is_empty() {
            return Ok(());
        }
        let message = format!(
            "the table lacks `{}`, which reading fills with defaults: add the columns before writing",
            self.missing.join("`, `")
        );
        Err(Error::new(ErrorKind::SchemaMismatch, message))
    }
}
