use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::stream::{Stream, StreamExt, TryStreamExt};

use super::{Chunk, ChunkRows, Embedder, Meter};
use crate::error::{Error, ErrorKind, Result};
use crate::store::core::Core;

/// A chunk with its vectors.
pub(in crate::store) struct Embeds {
    /// All columns of the table, in the order of the record's schema.
    pub(in crate::store) batch: RecordBatch,
    /// How many texts were embedded for it.
    pub(in crate::store) texts: usize,
}

/// Embeds chunks, several at once, and gives them back in their order.
pub(in crate::store) fn embedded<'a>(
    core: &'a Core,
    chunks: impl Stream<Item = Result<Chunk>> + Send + 'a,
    most: ChunkRows,
    meter: &'a Meter<'_>,
) -> impl Stream<Item = Result<Embeds>> + Send + 'a {
    let mut embedder = Embedder::new(core);
    chunks
        .map_ok(move |mut chunk| {
            let calls = embedder.plan(&mut chunk);
            async move {
                let texts = calls.texts;
                calls.run(core, meter).await?;
                Ok((chunk, texts))
            }
        })
        .try_buffered(most.in_flight())
        // In order: a text that a chunk before this one embeds has its vector by now.
        .map(|chunk| {
            let (chunk, texts) = chunk?;
            Ok(Embeds { batch: finish(core, chunk)?, texts })
        })
}

/// Returns the rows of a chunk whose vectors are all there.
pub(in crate::store) fn finish(core: &Core, chunk: Chunk) -> Result<RecordBatch> {
    let mut columns = chunk.columns;
    for (column, definition) in chunk.vectors.into_iter().zip(&core.record.vectors) {
        columns.push(column.finish().map_err(|error| error.with_column(definition.name))?);
    }
    RecordBatch::try_new(Arc::clone(&core.schema), columns).map_err(|source| {
        Error::new(ErrorKind::InvalidInput, "the rows do not make an Arrow batch").with_source(source)
    })
}
