use arrow_array::ArrayRef;
use futures::stream::{self, Stream, StreamExt};
use std::pin::Pin;

use super::stamp::{Now, stamp};
use super::{Meter, VectorColumn};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{self, EmbeddingRecord, IntoRow, WriteRow};
use crate::store::core::Core;

/// The most rows of one chunk: memory is bounded by a few of them.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum ChunkRows {
    /// Where each chunk is compared with the table, which costs a query.
    Compared = 4096,
    /// Where rows are added as they come: the fewer, the less is held at once.
    Added = 1024,
}

impl ChunkRows {
    /// How many chunks are embedded at once: while the last texts of one are with the model, those of the next are too.
    pub(super) fn in_flight(self) -> usize {
        match self {
            Self::Compared => 2,
            Self::Added => 4,
        }
    }
}

/// The bytes of source text at which a chunk is cut before it has all its rows.
const TEXT: usize = 16 << 20;

/// Some rows on their way to the table, without their type.
#[derive(Debug, Clone)]
pub(in crate::store) struct Chunk {
    /// How many rows.
    pub(in crate::store) rows: usize,
    /// The record's columns, in order of declaration.
    pub(in crate::store) columns: Vec<ArrayRef>,
    /// The vector columns, in order of declaration.
    pub(in crate::store) vectors: Vec<VectorColumn>,
}

/// Cuts rows into chunks and encodes them.
pub(in crate::store) fn chunks<'a, R, W>(
    core: &'a Core,
    rows: impl Stream<Item = Result<W>> + Send + 'a,
    most: ChunkRows,
    meter: &'a Meter<'_>,
) -> impl Stream<Item = Result<Chunk>> + Send + 'a
where
    R: EmbeddingRecord,
    W: IntoRow<R> + 'a,
{
    let now = Now::read();
    stream::try_unfold(Box::pin(rows), move |mut rows| async move {
        let batch = next_rows::<R, W, _>(core, rows.as_mut(), most as usize).await?;
        if batch.is_empty() {
            return Ok(None);
        }
        let chunk = encode::<R, W>(core, &batch, now)?;
        meter.read(chunk.rows);
        Ok(Some((chunk, rows)))
    })
}

async fn next_rows<R, W, S>(core: &Core, mut rows: Pin<&mut S>, most: usize) -> Result<Vec<W>>
where
    R: EmbeddingRecord,
    W: IntoRow<R>,
    S: Stream<Item = Result<W>> + ?Sized,
{
    let (mut batch, mut text) = (Vec::new(), 0);
    while batch.len() < most && text < TEXT {
        let Some(row) = rows.next().await else { break };
        let row = row?;
        let record = row.row().record;
        let texts = core.numbers.iter().filter_map(|&vector| record.source_text(vector));
        text += texts.map(|text| text.len()).sum::<usize>();
        batch.push(row);
    }
    Ok(batch)
}

fn encode<R: EmbeddingRecord, W: IntoRow<R>>(core: &Core, batch: &[W], now: Now) -> Result<Chunk> {
    let rows: Vec<WriteRow<'_, R>> = batch.iter().map(IntoRow::row).collect();
    rows.iter().try_for_each(|row| check_count(core, row.vectors.len()))?;
    let records: Vec<&R> = rows.iter().map(|row| row.record).collect();
    let mut columns = record::encode_columns(&records)?;
    stamp(&core.record, &mut columns, rows.len(), now)?;
    let own = core.vector_columns.len();
    let vectors =
        core.record.vectors.iter().zip(&core.numbers).enumerate().map(|(index, (definition, &number))| {
            let mut column = VectorColumn::new(core.dimension(definition), rows.len());
            for row in &rows {
                // The vectors that a row brings are the record's own, not those that stand by.
                match row.vectors.get(index).filter(|_| index < own).and_then(Option::as_ref) {
                    Some(given) => {
                        core.check_vector(definition, given.model(), given.values())?;
                        core.check_direction(definition, given.values(), ErrorKind::InvalidInput)?;
                        column.push_vector(given.values());
                    }
                    None => column.push_text(row.record.source_text(number).as_deref()),
                }
            }
            Ok(column)
        });
    Ok(Chunk { rows: rows.len(), columns, vectors: vectors.collect::<Result<_>>()? })
}

/// Fails for a row that brings more vectors than the record has.
fn check_count(core: &Core, given: usize) -> Result<()> {
    let wanted = core.vector_columns.len();
    if given <= wanted {
        return Ok(());
    }
    let message = format!("a row brings {given} vectors and its record has {wanted}");
    Err(Error::new(ErrorKind::InvalidInput, message).with_help("leave out the others"))
}
