//! The smallest and largest values of a column.

use futures::TryStreamExt;

use super::run::PreparedQuery;
use super::{Ordered, Predicate, QuerySpec, SortDirection, SortKey};
use crate::error::Result;
use crate::record::{Col, Column, ColumnReader};

/// Returns the first value of a column in the given sort direction, or `None` if no row has a value.
pub(super) async fn first_value<R, T, A>(
    query: PreparedQuery,
    column: Col<R, T, A>,
    direction: SortDirection,
) -> Result<Option<T::Bound>>
where
    T: Ordered<A>,
    T::Bound: Column<T::Storage>,
{
    let path = column.path();
    let (executor, spec) = query.begin("search_all")?;
    // The engine sorts nulls last. Without this filter, the first row would be null if the column is null in all rows.
    let not_null = Predicate::IsNull { column: path }.not();
    let spec = QuerySpec {
        columns: Some(vec![path]),
        order: vec![SortKey { column: path, direction }],
        limit: Some(1),
        ..spec.filtered(not_null)
    };
    let mut answer = executor.execute(spec).await?;
    while let Some(batch) = answer.batches.try_next().await? {
        if batch.num_rows() > 0 {
            let value =
                <<T::Bound as Column<T::Storage>>::Reader as ColumnReader<T::Bound>>::open(batch.column(0))
                    .and_then(|reader| reader.get(0));
            return value.map(Some).map_err(|error| {
                error.with_operation("search_all").with_table(executor.table()).with_column(path.to_string())
            });
        }
    }
    Ok(None)
}
