use std::fmt;

use futures::stream::{self, Stream, StreamExt};

use super::{Meter, Progress};
use crate::error::{BoxError, Error, ErrorKind, Result};

/// The source of the rows of a write, and the progress callback.
pub(in crate::store) struct RowSource<'a, S> {
    rows: S,
    total: Option<usize>,
    progress: Option<Box<dyn FnMut(Progress) + Send + 'a>>,
}

impl<'a, S: Stream> RowSource<'a, S> {
    pub(in crate::store) fn new(rows: S) -> Self {
        let (least, most) = rows.size_hint();
        Self { rows, total: most.filter(|most| *most == least), progress: None }
    }
}

impl<'a, S> RowSource<'a, S> {
    pub(in crate::store) fn set_total(&mut self, rows: usize) {
        self.total = Some(rows);
    }

    pub(in crate::store) fn set_progress(&mut self, callback: impl FnMut(Progress) + Send + 'a) {
        self.progress = Some(Box::new(callback));
    }

    pub(in crate::store) fn open(self) -> (S, Meter<'a>) {
        (self.rows, Meter::new(self.total, self.progress))
    }
}

impl<S> fmt::Debug for RowSource<'_, S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RowSource").field("total", &self.total).finish_non_exhaustive()
    }
}

/// Returns the rows of an iterator as a stream that cannot fail.
pub(in crate::store) fn infallible<W, I>(rows: I) -> stream::Iter<impl Iterator<Item = Result<W>> + use<W, I>>
where
    I: IntoIterator<Item = W>,
{
    stream::iter(rows.into_iter().map(Ok))
}

/// Returns the rows of a caller's stream. Its errors become the source of errors of kind `Source`.
pub(in crate::store) fn fallible<W, E: Into<BoxError>>(
    rows: impl Stream<Item = Result<W, E>>,
) -> impl Stream<Item = Result<W>> {
    rows.map(|row| {
        row.map_err(|source| Error::new(ErrorKind::Source, "the stream of rows failed").with_source(source))
    })
}

/// Adds a note to an error: whether all rows or none were written, and the progress of the write.
pub(in crate::store) fn with_write_progress(error: Error, meter: &Meter<'_>) -> Error {
    let (Progress { read, embedded, .. }, committed) = meter.progress();
    error.with_note(match committed {
        None => format!("nothing was written; {read} rows had been read and {embedded} texts embedded"),
        Some(version) => format!("the rows were written, as version {version}"),
    })
}

/// Adds a note with the progress to an error of an operation of many commits.
pub(in crate::store) fn with_step_progress(error: Error, meter: &Meter<'_>) -> Error {
    let (Progress { embedded, written, .. }, committed) = meter.progress();
    match committed {
        None if embedded == 0 && written == 0 => error,
        None => error.with_note(format!(
            "{embedded} texts had been embedded, and the vectors of {written} rows are kept: repeat the call to continue"
        )),
        Some(version) => error.with_note(format!("the new vectors are in use from version {version} on")),
    }
}
