//! Runs a finished query.

use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::{BatchStream, Execute, Output, QuerySpec};
#[cfg(feature = "store")]
use super::{Hit, Hits, Records};
use crate::error::{Error, Result};
#[cfg(feature = "store")]
use crate::record::EmbeddingRecord;

/// A finished query: the specification, with the columns that the output needs, and the executor.
pub(super) struct Finished {
    pub(super) executor: Arc<dyn Execute>,
    pub(super) spec: QuerySpec,
}

impl Finished {
    pub(super) fn new<R, O: Output<R>>(executor: Arc<dyn Execute>, mut spec: QuerySpec) -> Self {
        O::request(&mut spec);
        Self { executor, spec }
    }

    /// Runs the query and collects its rows.
    pub(super) fn collect<R, O: Output<R>>(self) -> BoxFuture<'static, Result<O::Collected>> {
        let Self { executor, spec } = self;
        Box::pin(async move {
            let (operation, first) = (operation(&spec), spec.offset);
            let stream = executor.execute(spec).await?;
            collect::<R, O>(stream, &*executor, first, operation).await
        })
    }

    /// Runs the search, and returns its rows and its receipt.
    #[cfg(feature = "store")]
    pub(super) fn collect_with_receipt<R, O: Output<R>>(
        self,
    ) -> BoxFuture<'static, Result<(O::Collected, super::Receipt)>> {
        let Self { executor, spec } = self;
        Box::pin(async move {
            let (operation, first) = (operation(&spec), spec.offset);
            let (stream, receipt) = executor.execute_with_receipt(spec).await?;
            Ok((collect::<R, O>(stream, &*executor, first, operation).await?, receipt))
        })
    }

    /// Runs the query and streams its rows as the engine finds them.
    pub(super) fn rows<R, O: Output<R>>(self) -> BoxStream<'static, Result<O::Item>> {
        let Self { executor, spec } = self;
        let start = async move {
            let (operation, mut first) = (operation(&spec), spec.offset);
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
        let Self { executor, spec } = self;
        Box::pin(async move { executor.execute(spec).await })
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
        let operation = operation(&self.spec);
        let rows = self.rows::<R, O>();
        Box::pin(async move {
            let written = rows.and_then(|row| {
                let value = serde_json::to_value(row).map_err(|source| {
                    Error::new(crate::error::ErrorKind::Decode, "a row cannot be written as JSON")
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
        let Self { executor, spec } = self;
        Box::pin(async move { executor.count(spec).await })
    }

    /// Returns the execution plan of the query as text.
    pub(super) fn explain(self) -> BoxFuture<'static, Result<String>> {
        let Self { executor, spec } = self;
        Box::pin(async move { executor.explain(spec).await })
    }
}

/// Returns the name of the operation for errors.
fn operation(spec: &QuerySpec) -> &'static str {
    if spec.is_search() { "search" } else { "search_all" }
}

/// Runs a search, and returns its hits with whole records.
#[cfg(feature = "store")]
pub(crate) fn hits_of<R: EmbeddingRecord>(
    executor: Arc<dyn Execute>,
    spec: QuerySpec,
) -> BoxFuture<'static, Result<Vec<Hit<R>>>> {
    Finished::new::<R, Hits<Records>>(executor, spec).collect::<R, Hits<Records>>()
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
