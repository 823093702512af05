//! The parts that `add`, `upsert` and `sync` share: the rows, the settings, and the state of the store that they use.

use std::marker::PhantomData;
use std::sync::Arc;

use futures::stream::{BoxStream, Stream};

use super::group::Group;
use super::ingest::{
    Chunk, ChunkSize, Meter, OpenRows, Progress, RowSource, TextsOf, fallible, infallible, texts_of,
    with_write_progress,
};
use crate::error::{BoxError, Result};
use crate::record::{EmbeddingRecord, IntoRow};
use crate::store::TableRows;
use crate::store::core::Core;

/// A write of rows that has not begun.
#[derive(Debug)]
pub(super) struct RowWrite<'a, R> {
    pub(super) table: &'a TableRows,
    source: RowSource<'a>,
    alone: bool,
    record: PhantomData<fn() -> R>,
}

impl<'a, R: EmbeddingRecord> RowWrite<'a, R> {
    /// Creates a write from an iterator of rows.
    pub(super) fn of_rows<W, I>(table: &'a TableRows, rows: I) -> Self
    where
        W: IntoRow<R> + 'a,
        I: IntoIterator<Item = W>,
        I::IntoIter: Send + 'a,
    {
        Self::new(table, RowSource::new::<R, _, _>(infallible(rows.into_iter())))
    }

    /// Creates a write from a stream of rows.
    pub(super) fn of_stream<W, E, S>(table: &'a TableRows, rows: S) -> Self
    where
        W: IntoRow<R> + 'a,
        E: Into<BoxError> + 'a,
        S: Stream<Item = Result<W, E>> + Send + 'a,
    {
        Self::new(table, RowSource::new::<R, _, _>(fallible(rows)))
    }

    fn new(table: &'a TableRows, source: RowSource<'a>) -> Self {
        Self { table, source, alone: false, record: PhantomData }
    }

    /// Begins the write on the current state of the store.
    pub(super) fn begin(self) -> BegunWrite<'a> {
        let Self { table, source, alone, record: _ } = self;
        let (core, group) = (table.core(), table.current.write_group(alone));
        let (rows, meter) = source.open(&table.restriction);
        BegunWrite { rows, context: WriteContext { core, group, texts_of: texts_of::<R>, meter } }
    }
}

impl<'a, R> RowWrite<'a, R> {
    /// Gives the write its own commit.
    pub(super) fn alone(self) -> Self {
        Self { alone: true, ..self }
    }

    /// Sets the columns of the scope in every row.
    pub(super) fn stamp_scope(self) -> Self {
        Self { source: self.source.stamp_scope(), ..self }
    }

    /// Sets the callback for the progress.
    pub(super) fn progress(self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        Self { source: self.source.progress(callback), ..self }
    }

    /// Sets the number of rows, for a source that cannot report it.
    pub(super) fn total(self, rows: usize) -> Self {
        Self { source: self.source.total(rows), ..self }
    }
}

/// A write of rows that has begun.
pub(super) struct BegunWrite<'a> {
    pub(super) rows: OpenRows<'a>,
    pub(super) context: WriteContext<'a>,
}

/// The state of the store that a write of rows uses, and its progress.
pub(super) struct WriteContext<'a> {
    pub(super) core: Arc<Core>,
    pub(super) group: Arc<Group>,
    pub(super) texts_of: TextsOf,
    pub(super) meter: Meter<'a>,
}

impl<'a> WriteContext<'a> {
    /// Splits the rows into chunks, and encodes them.
    pub(super) fn chunks<'c>(&'c self, rows: OpenRows<'a>, size: ChunkSize) -> BoxStream<'c, Result<Chunk>> {
        rows.chunks(&self.core, size, &self.meter)
    }

    /// Adds a note about the write's progress to its error.
    pub(super) fn result<T>(&self, written: Result<T>) -> Result<T> {
        written.map_err(|error| with_write_progress(error, &self.meter))
    }
}
