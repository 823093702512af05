//! Traces each operation with one span, which contains its table, rows, elapsed time and error kind. A span never
//! contains texts, values or secrets.

use std::any::Any;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use arrow_array::RecordBatch;
use futures::FutureExt;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream, Stream, StreamExt};
use tracing::{Instrument, Span};

use crate::backend::Table;
use crate::error::{Error, ErrorKind, Result};

#[cfg(test)]
mod tests;

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

/// An operation in progress. Its end is recorded when it is dropped, so that canceled operations are recorded too.
pub(crate) struct Traced {
    operation: &'static str,
    table: String,
    /// The table, if it is already open. It is used to find the cause of an error.
    opened: Option<Table>,
    span: Span,
    started: Instant,
    rows: usize,
}

impl Traced {
    pub(crate) fn new(operation: &'static str, table: &str, span: Span) -> Self {
        let table = table.to_owned();
        Self { operation, table, opened: None, span, started: Instant::now(), rows: 0 }
    }

    /// Sets the table, so that errors report whether it was dropped.
    pub(crate) fn on(mut self, table: &Table) -> Self {
        self.opened = Some(table.clone());
        self
    }

    /// Runs the operation inside its span. Adds the operation and its table to an error, and turns a panic into an
    /// error.
    pub(crate) async fn run<T>(
        mut self,
        work: impl Future<Output = Result<T>>,
        rows: impl FnOnce(&T) -> usize,
    ) -> Result<T> {
        // Boxed, because the future of an operation is large and each layer around it would hold a copy on the stack.
        let value = self.step(Box::pin(work)).await?;
        self.rows = rows(&value);
        Ok(value)
    }

    /// Counts the rows of a stream. Adds the operation and its table to an error, and turns a panic into an error.
    pub(crate) fn stream(
        self,
        batches: BoxStream<'static, Result<RecordBatch>>,
    ) -> BoxStream<'static, Result<RecordBatch>> {
        TracedStream { traced: self, batches, explanation: None }.boxed()
    }

    /// Runs a part of the operation inside its span.
    pub(crate) async fn step<T>(&self, work: impl Future<Output = Result<T>>) -> Result<T> {
        let work = async {
            match catch_panic(work).await {
                Ok(value) => Ok(value),
                Err(error) => Err(explain(self.opened.clone(), error).await),
            }
        };
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

/// Runs the work, and turns a panic into an error.
pub(super) async fn catch_panic<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    AssertUnwindSafe(Box::pin(work)).catch_unwind().await.unwrap_or_else(|panic| Err(panic_error(&*panic)))
}

/// Returns the error for a panic. The engine panics when it reads a damaged file without checking it.
fn panic_error(panic: &(dyn Any + Send)) -> Error {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    let text = text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("the panic has no message");
    let message =
        "the operation panicked: a file of the table is damaged, or LanceDB or the program has a defect";
    Error::new(ErrorKind::Engine, message)
        .with_help("read the message of the panic in the source of this error, and restore damaged files from a backup")
        .with_source(text)
}

async fn explain(opened: Option<Table>, error: Error) -> Error {
    let Some(table) = opened else { return error };
    // The explanation may read the damaged file that made the operation panic, and panic too.
    let result =
        AssertUnwindSafe(Box::pin(async move { table.with_drop_cause(error).await })).catch_unwind().await;
    result.unwrap_or_else(|panic| panic_error(&*panic))
}

struct TracedStream {
    traced: Traced,
    batches: BoxStream<'static, Result<RecordBatch>>,
    /// The future that explains an error from the stream.
    explanation: Option<BoxFuture<'static, Error>>,
}

impl Stream for TracedStream {
    type Item = Result<RecordBatch>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let _entered = this.traced.span.clone().entered();
        let mut explanation = match this.explanation.take() {
            Some(explanation) => explanation,
            None => {
                let batches = &mut this.batches;
                let polled = catch_unwind(AssertUnwindSafe(|| batches.poll_next_unpin(context)));
                let polled = polled.unwrap_or_else(|panic| {
                    this.batches = stream::empty().boxed();
                    Poll::Ready(Some(Err(panic_error(&*panic))))
                });
                match polled {
                    Poll::Ready(Some(Err(error))) => explain(this.traced.opened.clone(), error).boxed(),
                    Poll::Ready(Some(Ok(batch))) => {
                        this.traced.rows += batch.num_rows();
                        return Poll::Ready(Some(Ok(batch)));
                    }
                    ended_or_pending => return ended_or_pending,
                }
            }
        };
        match explanation.poll_unpin(context) {
            Poll::Ready(error) => Poll::Ready(Some(Err(this.traced.fail(error)))),
            Poll::Pending => {
                this.explanation = Some(explanation);
                Poll::Pending
            }
        }
    }
}
