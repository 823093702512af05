use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use futures::stream::{self, BoxStream, Stream, StreamExt};

use super::{Chunk, ChunkSize, Meter, Progress, chunks};
use crate::error::{BoxError, Error, ErrorKind, Result};
use crate::record::{EmbeddingRecord, IntoRow};
use crate::store::core::Core;
use crate::store::restriction::Restriction;

/// The rows of a write, their number if it is known, and the callback for the progress.
pub(in crate::store) struct RowSource<'a> {
    rows: Box<dyn Rows<'a> + 'a>,
    /// `true` if the store sets the columns of its scope in every row.
    stamps_scope: bool,
    total: Option<usize>,
    progress: Option<Box<dyn FnMut(Progress) + Send + 'a>>,
}

/// The rows of a write, which are checked against the restriction of the store when they are encoded.
pub(in crate::store) struct OpenRows<'a> {
    rows: Box<dyn Rows<'a> + 'a>,
    stamps_scope: bool,
    restriction: Arc<Restriction>,
}

impl<'a> OpenRows<'a> {
    /// Splits the rows into chunks, encodes them, and checks that they belong to the store.
    pub(in crate::store) fn chunks<'c>(
        self,
        core: &'c Core,
        max_chunk: ChunkSize,
        meter: &'c Meter<'_>,
    ) -> BoxStream<'c, Result<Chunk>>
    where
        'a: 'c,
    {
        let Self { rows, stamps_scope, restriction } = self;
        let scope = stamps_scope.then(|| Arc::clone(&restriction));
        let chunks = rows.chunks(core, max_chunk, meter, scope);
        if !restriction.has_scope() {
            return chunks;
        }
        let checked = chunks.map(move |chunk| {
            let chunk = chunk?;
            restriction.check_rows(&core.record, &chunk.columns)?;
            Ok(chunk)
        });
        checked.boxed()
    }
}

/// Rows without their type. A write holds them as a trait object, so that users can name the type of the write.
trait Rows<'a>: Send {
    /// Splits the rows into chunks and encodes them. If `scope` is present, its columns are set in every row.
    fn chunks<'c>(
        self: Box<Self>,
        core: &'c Core,
        max_chunk: ChunkSize,
        meter: &'c Meter<'_>,
        scope: Option<Arc<Restriction>>,
    ) -> BoxStream<'c, Result<Chunk>>
    where
        'a: 'c;
}

/// A stream of rows `W` of the record `R`.
struct RowStream<R, W, S> {
    rows: S,
    types: PhantomData<fn() -> (R, W)>,
}

impl<'a, R, W, S> Rows<'a> for RowStream<R, W, S>
where
    R: EmbeddingRecord,
    W: IntoRow<R> + 'a,
    S: Stream<Item = Result<W>> + Send + 'a,
{
    fn chunks<'c>(
        self: Box<Self>,
        core: &'c Core,
        max_chunk: ChunkSize,
        meter: &'c Meter<'_>,
        scope: Option<Arc<Restriction>>,
    ) -> BoxStream<'c, Result<Chunk>>
    where
        'a: 'c,
    {
        chunks::<R, W>(core, self.rows, max_chunk, meter, scope).boxed()
    }
}

impl<'a> RowSource<'a> {
    pub(in crate::store) fn new<R, W, S>(rows: S) -> Self
    where
        R: EmbeddingRecord,
        W: IntoRow<R> + 'a,
        S: Stream<Item = Result<W>> + Send + 'a,
    {
        let (lower, upper) = rows.size_hint();
        let rows = RowStream { rows, types: PhantomData::<fn() -> (R, W)> };
        let total = upper.filter(|upper| *upper == lower);
        Self { rows: Box::new(rows), stamps_scope: false, total, progress: None }
    }

    /// Sets the columns of the scope in every row, instead of only checking them.
    pub(in crate::store) fn stamp_scope(self) -> Self {
        Self { stamps_scope: true, ..self }
    }

    /// Sets the number of rows.
    pub(in crate::store) fn total(self, rows: usize) -> Self {
        Self { total: Some(rows), ..self }
    }

    /// Sets the callback for the progress.
    pub(in crate::store) fn progress(self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        Self { progress: Some(Box::new(callback)), ..self }
    }

    /// Returns the rows and their progress meter. The rows are checked against the restriction when they are encoded.
    pub(in crate::store) fn open(self, restriction: &Arc<Restriction>) -> (OpenRows<'a>, Meter<'a>) {
        let Self { rows, stamps_scope, total, progress } = self;
        let rows = OpenRows { rows, stamps_scope, restriction: Arc::clone(restriction) };
        (rows, Meter::new(total, progress))
    }
}

impl fmt::Debug for RowSource<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowSource").field("total", &self.total).finish_non_exhaustive()
    }
}

/// Returns the rows of an iterator as a stream that cannot fail. The returned type names only the iterator's type, so it
/// does not depend on the lifetime of the collection that the iterator came from.
pub(in crate::store) fn infallible<I: Iterator>(rows: I) -> Infallible<I> {
    stream::iter(rows.map(Ok as fn(I::Item) -> Result<I::Item>))
}

type Infallible<I> =
    stream::Iter<std::iter::Map<I, fn(<I as Iterator>::Item) -> Result<<I as Iterator>::Item>>>;

/// Returns the rows of a caller's stream. Its errors become the source of errors of kind `Source`.
pub(in crate::store) fn fallible<W, E: Into<BoxError>>(
    rows: impl Stream<Item = Result<W, E>>,
) -> impl Stream<Item = Result<W>> {
    rows.map(|row| {
        row.map_err(|source| Error::new(ErrorKind::Source, "the stream of rows failed").with_source(source))
    })
}

/// Adds a note about the write's progress to its error. If it is known whether all rows or no rows were written, the note
/// states this.
pub(in crate::store) fn with_write_progress(error: Error, meter: &Meter<'_>) -> Error {
    let (Progress { read, embedded, .. }, committed) = meter.progress();
    let [rows, texts] = [(read, "row"), (embedded, "text")]
        .map(|(count, noun)| format!("{count} {noun}{}", if count == 1 { "" } else { "s" }));
    let progress = format!("{rows} had been read and {texts} embedded");
    let note = match committed {
        None if error.outcome_is_unknown() => progress,
        None => format!("nothing was written; {progress}"),
        Some(version) => format!("the rows were written, as version {version}"),
    };
    error.with_note(note)
}

/// Adds a note about the progress of an operation that creates several commits to its error.
pub(in crate::store) fn with_step_progress(error: Error, meter: &Meter<'_>) -> Error {
    let (Progress { embedded, written, .. }, committed) = meter.progress();
    match committed {
        None if embedded == 0 && written == 0 => error,
        None => error.with_note(format!(
            "{embedded} texts had been embedded, and the vectors of {written} rows are kept: repeat the call to continue"
        )),
        Some(version) => error.with_note(format!("the new vectors are in use as of version {version}")),
    }
}
