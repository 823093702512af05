//! Runs a prepared query.

use std::fmt;
use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::{BatchStream, Execute, Output, QuerySpec};
#[cfg(feature = "store")]
use super::{Hit, Hits, Records};
use crate::error::{Error, ErrorKind, Result};
#[cfg(feature = "store")]
use crate::record::EmbeddingRecord;

/// A mistake that a builder found in a query.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct InvalidQuery {
    /// The message of the error.
    pub(super) message: &'static str,
    /// The remedy, in Rust.
    pub(super) help: &'static str,
}

/// A query that is ready to run and includes the columns that the output needs, or the mistake in the query.
pub(super) struct PreparedQuery {
    executor: Arc<dyn Execute>,
    /// The name of the query in errors.
    operation: &'static str,
    query: Result<QuerySpec, InvalidQuery>,
}

impl PreparedQuery {
    pub(super) fn new<R, O: Output<R>>(
        executor: Arc<dyn Execute>,
        operation: &'static str,
        mut spec: QuerySpec,
        invalid: Option<InvalidQuery>,
    ) -> Self {
        O::request(&mut spec);
        Self { executor, operation, query: invalid.map_or(Ok(spec), Err) }
    }

    /// Returns the executor, and the query or the mistake in it.
    pub(super) fn into_parts(self) -> (Arc<dyn Execute>, Result<QuerySpec, InvalidQuery>) {
        (self.executor, self.query)
    }

    /// Returns the query and its executor. `operation` is the name of the operation in errors.
    ///
    /// # Errors
    /// `InvalidInput` for a query with a mistake.
    pub(super) fn begin(self, operation: &'static str) -> Result<(Arc<dyn Execute>, QuerySpec)> {
        match self.query {
            Ok(spec) => Ok((self.executor, spec)),
            Err(InvalidQuery { message, help }) => Err(Error::new(ErrorKind::InvalidInput, message)
                .with_help(help)
                .with_operation(operation)
                .with_table(self.executor.table())),
        }
    }

    /// Runs the query and collects its rows.
    pub(super) fn collect<R, O: Output<R>>(self) -> BoxFuture<'static, Result<O::Collected>> {
        Box::pin(async move {
            let operation = self.operation;
            let (executor, spec) = self.begin(operation)?;
            let first = spec.offset;
            let stream = executor.execute(spec).await?;
            collect::<R, O>(stream, &*executor, first, operation).await
        })
    }

    /// Runs the search, and returns its rows and its receipt.
    #[cfg(feature = "store")]
    pub(super) fn collect_with_receipt<R, O: Output<R>>(
        self,
    ) -> BoxFuture<'static, Result<(O::Collected, super::Receipt)>> {
        Box::pin(async move {
            let operation = self.operation;
            let (executor, spec) = self.begin(operation)?;
            let first = spec.offset;
            let (stream, receipt) = executor.execute_with_receipt(spec).await?;
            Ok((collect::<R, O>(stream, &*executor, first, operation).await?, receipt))
        })
    }

    /// Runs the query and streams its rows as the engine finds them.
    pub(super) fn rows<R, O: Output<R>>(self) -> BoxStream<'static, Result<O::Item>> {
        let start = async move {
            let operation = self.operation;
            let (executor, spec) = self.begin(operation)?;
            let mut first = spec.offset;
            let stream = executor.execute(spec).await?;
            let rows = stream.batches.map(move |batch| {
                let batch = batch?;
                let items = decode::<R, O>(&batch, &*executor, first, operation)?;
                first += batch.num_rows();
                Ok(stream::iter(items.into_iter().map(Ok)))
            });
            Ok::<_, Error>(rows.try_flatten())
        };
        stream::once(start).try_flatten().boxed()
    }

    /// Runs the query and returns its first row.
    pub(super) fn first<R, O: Output<R>>(self) -> BoxFuture<'static, Result<Option<O::Item>>> {
        let mut rows = self.rows::<R, O>();
        Box::pin(async move { rows.try_next().await })
    }

    /// Runs the query and streams its Arrow batches as the engine produces them.
    pub(super) fn arrow_stream(self) -> BoxFuture<'static, Result<BatchStream>> {
        Box::pin(async move {
            let operation = self.operation;
            let (executor, spec) = self.begin(operation)?;
            executor.execute(spec).await
        })
    }

    /// Runs the query and collects its Arrow batches.
    pub(super) fn arrow(self) -> BoxFuture<'static, Result<Vec<RecordBatch>>> {
        let stream = self.arrow_stream();
        Box::pin(async move { stream.await?.batches.try_collect().await })
    }

    /// Runs the query and collects its rows as JSON.
    #[cfg(feature = "serde_json")]
    pub(super) fn json<R, O: Output<R>>(self) -> BoxFuture<'static, Result<Vec<serde_json::Value>>>
    where
        O::Item: serde::Serialize,
    {
        let table = self.executor.table().to_owned();
        let operation = self.operation;
        let rows = self.rows::<R, O>();
        Box::pin(async move {
            let written = rows.and_then(|row| {
                let value = serde_json::to_value(row).map_err(|source| {
                    Error::new(ErrorKind::Decode, "a row cannot be written as JSON")
                        .with_operation(operation)
                        .with_table(&table)
                        .with_source(source)
                });
                futures::future::ready(value)
            });
            written.try_collect().await
        })
    }

    /// Counts the rows that the query returns.
    pub(super) fn count(self) -> BoxFuture<'static, Result<usize>> {
        Box::pin(async move {
            let (executor, spec) = self.begin("count")?;
            executor.count(spec).await
        })
    }

    /// Returns the execution plan of the query as text.
    pub(super) fn explain(self) -> BoxFuture<'static, Result<String>> {
        Box::pin(async move {
            let (executor, spec) = self.begin("explain")?;
            executor.explain(spec).await
        })
    }
}

impl fmt::Debug for PreparedQuery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.query.fmt(f)
    }
}

/// Runs a search, and returns its hits with whole records.
#[cfg(feature = "store")]
pub(crate) fn hits_of<R: EmbeddingRecord>(
    executor: Arc<dyn Execute>,
    spec: QuerySpec,
) -> BoxFuture<'static, Result<Vec<Hit<R>>>> {
    PreparedQuery::new::<R, Hits<Records>>(executor, "search", spec, None).collect::<R, Hits<Records>>()
}

async fn collect<R, O: Output<R>>(
    mut stream: BatchStream,
    executor: &dyn Execute,
    mut first: usize,
    operation: &'static str,
) -> Result<O::Collected> {
    let mut items = Vec::new();
    while let Some(batch) = stream.batches.try_next().await? {
        items.extend(decode::<R, O>(&batch, executor, first, operation)?);
        first += batch.num_rows();
    }
    Ok(O::collect(items))
}

fn decode<R, O: Output<R>>(
    batch: &RecordBatch,
    executor: &dyn Execute,
    first: usize,
    operation: &'static str,
) -> Result<Vec<O::Item>> {
    O::decode(batch, executor, first)
        .map_err(|error| error.with_operation(operation).with_table(executor.table()))
}
