//! The methods that all query builders share, and the functions that run a query.

use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::future::BoxFuture;
use futures::stream::{self, BoxStream};
use futures::{StreamExt, TryStreamExt};

use super::{BatchStream, Execute, Output, Predicate, QuerySpec, RowOutput};
use crate::error::Result;

/// A query builder, which consists of a specification and the executor that runs it.
///
/// The methods of the generated `…Query` call this trait, so there is no need to import it.
pub trait Refine: Sized {
    /// The record that is queried.
    type Record;
    /// The output of the query.
    type Output: Output<Self::Record>;

    /// Returns the specification that is being built.
    fn spec_mut(&mut self) -> &mut QuerySpec;

    /// Returns the executor and the finished specification.
    fn into_parts(self) -> (Arc<dyn Execute>, QuerySpec);

    /// Adds a filter. A row must pass all filters.
    #[must_use]
    fn with_filter(mut self, predicate: Predicate) -> Self {
        let spec = self.spec_mut();
        spec.filter = Some(match spec.filter.take() {
            Some(filter) => filter.and(predicate),
            None => predicate,
        });
        self
    }

    /// Sets the maximum number of rows.
    #[must_use]
    fn with_limit(mut self, limit: usize) -> Self {
        self.spec_mut().limit = Some(limit);
        self
    }

    /// Sets the number of rows to skip.
    #[must_use]
    fn with_offset(mut self, offset: usize) -> Self {
        self.spec_mut().offset = offset;
        self
    }
}

/// The type of a decoded row of a query.
type ItemOf<Q> = <<Q as Refine>::Output as Output<<Q as Refine>::Record>>::Item;

/// Returns the executor and the specification, with the columns that the output needs.
fn prepare<Q: Refine>(query: Q) -> (Arc<dyn Execute>, QuerySpec) {
    let (executor, mut spec) = query.into_parts();
    Q::Output::request(&mut spec);
    (executor, spec)
}

/// Returns the name of the operation for errors.
fn operation(spec: &QuerySpec) -> &'static str {
    if spec.is_search() { "search" } else { "search_all" }
}

fn decode<Q: Refine>(
    batch: &RecordBatch,
    executor: &dyn Execute,
    first: usize,
    operation: &'static str,
) -> Result<Vec<<Q::Output as Output<Q::Record>>::Item>> {
    Q::Output::decode(batch, executor, first)
        .map_err(|error| error.with_operation(operation).with_table(executor.table()))
}

/// Runs the query and collects its rows.
pub(crate) fn collect<Q>(query: Q) -> BoxFuture<'static, Result<<Q::Output as Output<Q::Record>>::Collected>>
where
    Q: Refine,
{
    let (executor, spec) = prepare(query);
    Box::pin(async move {
        let (operation, mut first) = (operation(&spec), spec.offset);
        let mut stream = executor.execute(spec).await?;
        let mut items = Vec::new();
        while let Some(batch) = stream.batches.try_next().await? {
            items.extend(decode::<Q>(&batch, &*executor, first, operation)?);
            first += batch.num_rows();
        }
        Ok(Q::Output::collect(items))
    })
}

/// Runs the query and streams its rows as the engine finds them.
pub fn rows<Q>(query: Q) -> BoxStream<'static, Result<ItemOf<Q>>>
where
    Q: Refine,
    Q::Output: RowOutput<Q::Record>,
{
    let (executor, spec) = prepare(query);
    let start = async move {
        let (operation, mut first) = (operation(&spec), spec.offset);
        let stream = executor.execute(spec).await?;
        let rows = stream.batches.map(move |batch| {
            let batch = batch?;
            let items = decode::<Q>(&batch, &*executor, first, operation)?;
            first += batch.num_rows();
            Ok(stream::iter(items.into_iter().map(Ok)))
        });
        Ok::<_, crate::Error>(rows.try_flatten())
    };
    stream::once(start).try_flatten().boxed()
}

/// Runs the query and returns its first row.
pub fn first<Q>(query: Q) -> BoxFuture<'static, Result<Option<ItemOf<Q>>>>
where
    Q: Refine,
    Q::Output: RowOutput<Q::Record>,
{
    let mut rows = rows(query.with_limit(1));
    Box::pin(async move { rows.try_next().await })
}

/// Runs the query and streams its Arrow batches as the engine produces them.
pub fn arrow_stream<Q>(query: Q) -> BoxFuture<'static, Result<BatchStream>>
where
    Q: Refine,
    Q::Output: RowOutput<Q::Record>,
{
    let (executor, spec) = prepare(query);
    Box::pin(async move { executor.execute(spec).await })
}

/// Runs the query and collects its Arrow batches.
pub fn arrow<Q>(query: Q) -> BoxFuture<'static, Result<Vec<RecordBatch>>>
where
    Q: Refine,
    Q::Output: RowOutput<Q::Record>,
{
    let stream = arrow_stream(query);
    Box::pin(async move { stream.await?.batches.try_collect().await })
}

/// Counts the rows that the query returns.
pub fn count<Q>(query: Q) -> BoxFuture<'static, Result<usize>>
where
    Q: Refine,
    Q::Output: RowOutput<Q::Record>,
{
    let (executor, spec) = prepare(query);
    Box::pin(async move { executor.count(spec).await })
}

/// Returns the execution plan of the query as text.
pub fn explain<Q: Refine>(query: Q) -> BoxFuture<'static, Result<String>> {
    let (executor, spec) = prepare(query);
    Box::pin(async move { executor.explain(spec).await })
}
