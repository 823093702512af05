//! One span for each operation: table, rows, elapsed time, and the kind of error. Never a text, a value or a secret.

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use arrow_array::RecordBatch;
use futures::stream::{BoxStream, Stream, StreamExt};
use tracing::{Instrument, Span};

use crate::error::{Error, Result};

/// Starts an operation on a table: `traced!("add", table)`.
macro_rules! traced {
    ($operation:literal, $table:expr) => {
        $crate::store::Traced::new(
            $operation,
            $table,
            tracing::info_span!(
                target: "datus_store",
                $operation,
                table = $table,
                rows = tracing::field::Empty,
                elapsed_ms = tracing::field::Empty,
                error = tracing::field::Empty,
            ),
        )
    };
}

pub(crate) use traced;

/// An operation under way. Its end is recorded when it is dropped, so a cancelled one is too.
pub(crate) struct Traced {
    operation: &'static str,
    table: String,
    span: Span,
    started: Instant,
    rows: usize,
}

impl Traced {
    pub(crate) fn new(operation: &'static str, table: &str, span: Span) -> Self {
        Self { operation, table: table.to_owned(), span, started: Instant::now(), rows: 0 }
    }

    /// Runs the operation inside its span, and names it and its table in an error.
    pub(crate) async fn run<T>(
        mut self,
        work: impl Future<Output = Result<T>>,
        rows: impl FnOnce(&T) -> usize,
    ) -> Result<T> {
        let result = work.instrument(self.span.clone()).await;
        match result {
            Ok(value) => {
                self.rows = rows(&value);
                Ok(value)
            }
            Err(error) => Err(self.fail(error)),
        }
    }

    /// Counts the rows of a stream, and names the operation and its table in an error.
    pub(crate) fn stream(
        self,
        batches: BoxStream<'static, Result<RecordBatch>>,
    ) -> BoxStream<'static, Result<RecordBatch>> {
        TracedStream { traced: self, batches }.boxed()
    }

    /// Runs a part of the operation inside its span.
    pub(crate) async fn step<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        work.instrument(self.span.clone()).await.map_err(|error| self.fail(error))
    }

    fn fail(&self, error: Error) -> Error {
        self.span.record("error", tracing::field::debug(error.kind()));
        let error = error.with_operation(self.operation);
        if self.table.is_empty() { error } else { error.with_table(&self.table) }
    }
}

impl Drop for Traced {
    fn drop(&mut self) {
        self.span.record("rows", self.rows);
        self.span.record("elapsed_ms", self.started.elapsed().as_secs_f64() * 1000.0);
    }
}

struct TracedStream {
    traced: Traced,
    batches: BoxStream<'static, Result<RecordBatch>>,
}

impl Stream for TracedStream {
    type Item = Result<RecordBatch>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let _entered = this.traced.span.clone().entered();
        this.batches.poll_next_unpin(context).map(|batch| {
            batch.map(|batch| match batch {
                Ok(batch) => {
                    this.traced.rows += batch.num_rows();
                    Ok(batch)
                }
                Err(error) => Err(this.traced.fail(error)),
            })
        })
    }
}
