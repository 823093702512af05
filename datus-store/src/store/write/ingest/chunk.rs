use std::pin::Pin;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};
use futures::stream::{self, Stream, StreamExt};

use super::timestamps::{WriteTime, set_timestamps};
use super::{Meter, VectorColumn};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{self, EmbeddingRecord, IntoRow, WriteRow};
use crate::store::arrow::arrow_failed;
use crate::store::core::{Core, StoreVector};
use crate::store::restriction::Restriction;

/// The maximum number of rows in a chunk. Memory use is bounded by a few chunks.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) enum ChunkSize {
    /// For chunks that are compared with the table, which costs a query each.
    Compared = 4096,
    /// For rows that are added without a comparison. Fewer rows take less memory.
    Added = 1024,
}

impl ChunkSize {
    /// Returns the number of chunks that are embedded concurrently, so that the model does not idle at the end of a chunk.
    pub(super) fn in_flight(self) -> usize {
        match self {
            Self::Compared => 2,
            Self::Added => 4,
        }
    }
}

/// The number of bytes of source text at which a chunk ends, even with fewer rows.
const MAX_TEXT_BYTES: usize = 16 << 20;

/// Encoded rows on their way to the table, without the record type.
#[derive(Debug, Clone)]
pub(in crate::store) struct Chunk {
    /// The number of rows.
    pub(in crate::store) rows: usize,
    /// The record's columns, in order of declaration.
    pub(in crate::store) columns: Vec<ArrayRef>,
    /// The vector columns, in order of declaration.
    pub(in crate::store) vectors: Vec<VectorColumn>,
}

/// Splits rows into chunks and encodes them. If `scope` is present, its columns are set in every row.
pub(in crate::store) fn chunks<'a, R, W>(
    core: &'a Core,
    rows: impl Stream<Item = Result<W>> + Send + 'a,
    max_rows: ChunkSize,
    meter: &'a Meter<'_>,
    scope: Option<Arc<Restriction>>,
) -> impl Stream<Item = Result<Chunk>> + Send + 'a
where
    R: EmbeddingRecord,
    W: IntoRow<R> + 'a,
{
    let now = WriteTime::now();
    stream::try_unfold((Box::pin(rows), scope), move |(mut rows, scope)| async move {
        let batch = next_rows::<R, W, _>(core, rows.as_mut(), max_rows as usize).await?;
        if batch.is_empty() {
            return Ok(None);
        }
        let chunk = encode::<R, W>(core, &batch, now, scope.as_deref())?;
        meter.read(chunk.rows);
        Ok(Some((chunk, (rows, scope))))
    })
}

async fn next_rows<R, W, S>(core: &Core, mut rows: Pin<&mut S>, max_rows: usize) -> Result<Vec<W>>
where
    R: EmbeddingRecord,
    W: IntoRow<R>,
    S: Stream<Item = Result<W>> + ?Sized,
{
    let (mut batch, mut text) = (Vec::new(), 0);
    while batch.len() < max_rows && text < MAX_TEXT_BYTES {
        let Some(row) = rows.next().await else { break };
        let row = row?;
        let record = row.row().record;
        let texts = core.vectors.iter().filter_map(|vector| record.source_text(vector.number));
        text += texts.map(|text| text.len()).sum::<usize>();
        batch.push(row);
    }
    Ok(batch)
}

fn encode<R: EmbeddingRecord, W: IntoRow<R>>(
    core: &Core,
    batch: &[W],
    now: WriteTime,
    scope: Option<&Restriction>,
) -> Result<Chunk> {
    let rows: Vec<WriteRow<'_, R>> = batch.iter().map(IntoRow::row).collect();
    rows.iter().try_for_each(|row| check_count(core, row.vectors.len()))?;
    let stamped: Vec<R>;
    let mut records: Vec<&R> = rows.iter().map(|row| row.record).collect();
    let mut columns = record::encode_columns(&records)?;
    set_timestamps(&core.record, &mut columns, rows.len(), now)?;
    if let Some(scope) = scope {
        scope.stamp_rows(&core.record, &mut columns)?;
        // A text that contains the scope is built from the stamped row, which is the row that is stored.
        if core.vectors.iter().any(|vector| is_made_from_scope(core, vector)) {
            stamped = decode(core, &columns)?;
            records = stamped.iter().collect();
        }
    }
    let vectors = core.vectors.iter().enumerate().map(|(position, vector)| {
        let mut column = VectorColumn::of(vector, rows.len());
        for (row, record) in rows.iter().zip(&records) {
            // A row never provides standby vectors: it has no more vectors than the record declares.
            match row.vectors.get(position).and_then(Option::as_ref) {
                Some(given) => {
                    vector.check(given.model(), given.values(), given.dimension())?;
                    vector.check_direction(given.values(), ErrorKind::InvalidInput)?;
                    column.push_vector(given.values());
                }
                None => column.push_text(record.source_text(vector.number).as_deref()),
            }
        }
        Ok(column)
    });
    let vectors = vectors.collect::<Result<_>>()?;
    Ok(Chunk { rows: rows.len(), columns, vectors })
}

/// Returns `true` if the text of a vector contains a column of the scope.
fn is_made_from_scope(core: &Core, vector: &StoreVector) -> bool {
    vector.definition.sources.iter().any(|source| core.record.scope.contains(source))
}

/// Returns the rows with these columns.
fn decode<R: EmbeddingRecord>(core: &Core, columns: &[ArrayRef]) -> Result<Vec<R>> {
    let columns = core.record.fields.iter().zip(columns);
    let columns = columns.map(|(field, column)| (field.name, Arc::clone(column)));
    record::decode(&RecordBatch::try_from_iter(columns).map_err(arrow_failed)?)
}

/// Returns an error for a row that provides more vectors than the record has.
fn check_count(core: &Core, given: usize) -> Result<()> {
    let expected = core.record.vectors.len();
    if given <= expected {
        return Ok(());
    }
    let message = format!("a row provides {given} vectors, but its record has {expected}");
    Err(Error::new(ErrorKind::InvalidInput, message).with_help("remove the surplus vectors"))
}
