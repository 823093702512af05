use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::stream::{Stream, StreamExt, TryStreamExt};

use super::{Chunk, ChunkSize, Embedder, Meter};
use crate::error::{Error, ErrorKind, Result};
use crate::store::core::Core;

/// A chunk whose texts have been embedded.
pub(in crate::store) struct EmbeddedBatch {
    /// All columns of the table, in the order of the record's schema.
    pub(in crate::store) batch: RecordBatch,
    /// The number of texts that were embedded for the chunk.
    pub(in crate::store) texts: usize,
}

/// Embeds several chunks concurrently, and yields the chunks in order.
pub(in crate::store) fn embed_chunks<'a>(
    core: &'a Core,
    chunks: impl Stream<Item = Result<Chunk>> + Send + 'a,
    max_rows: ChunkSize,
    meter: &'a Meter<'_>,
) -> impl Stream<Item = Result<EmbeddedBatch>> + Send + 'a {
    let mut embedder = Embedder::new(core);
    chunks
        .map(move |chunk| {
            let mut chunk = chunk?;
            let calls = embedder.plan(&mut chunk);
            Ok(async move {
                let texts = calls.texts;
                calls.run(meter).await?;
                Ok((chunk, texts))
            })
        })
        .try_buffered(max_rows.in_flight())
        // Chunks arrive in order, so a text that an earlier chunk embeds already has its vector.
        .map(|chunk| {
            let (chunk, texts) = chunk?;
            Ok(EmbeddedBatch { batch: finish(core, chunk)?, texts })
        })
}

/// Returns the rows of a chunk. All its vectors must be present.
pub(in crate::store) fn finish(core: &Core, chunk: Chunk) -> Result<RecordBatch> {
    let mut columns = chunk.columns;
    for (column, name) in chunk.vectors.into_iter().zip(core.vector_names()) {
        columns.push(column.finish().map_err(|error| error.with_column(name))?);
    }
    RecordBatch::try_new(Arc::clone(&core.schema), columns).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the rows cannot be combined into an Arrow batch")
            .with_source(source)
    })
}
