use std::sync::Arc;

use futures::stream::{Stream, TryStreamExt};

use super::ingest::{Chunk, ChunkSize, Meter, embed_chunks};
use crate::backend::Append;
use crate::error::Result;
use crate::store::core::Core;

/// The files that the rows of a write were sent to.
pub(in crate::store) struct Files {
    /// The files, which still have to be finished.
    pub(in crate::store) append: Append,
    /// The number of rows.
    pub(in crate::store) rows: usize,
    /// The number of texts that were embedded.
    pub(in crate::store) texts: usize,
}

/// Embeds chunks, and writes their rows to files as they arrive. Returns `None` if there are no rows.
pub(in crate::store) async fn write_files<'a>(
    core: &'a Core,
    chunks: impl Stream<Item = Result<Chunk>> + Send + 'a,
    meter: &'a Meter<'_>,
) -> Result<Option<Files>> {
    let mut batches = Box::pin(embed_chunks(core, chunks, ChunkSize::Added, meter));
    let Some(mut next) = batches.try_next().await? else { return Ok(None) };
    let append = core.table.append(Arc::clone(&core.schema));
    let (mut rows, mut texts) = (0, 0);
    loop {
        let batch_rows = next.batch.num_rows();
        (rows, texts) = (rows + batch_rows, texts + next.texts);
        if !append.send(next.batch).await {
            // The writer has stopped because of an error, which `finish` returns.
            break;
        }
        meter.written(batch_rows);
        match batches.try_next().await? {
            Some(batch) => next = batch,
            None => break,
        }
    }
    Ok(Some(Files { append, rows, texts }))
}
