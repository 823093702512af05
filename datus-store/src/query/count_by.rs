//! Row counts, grouped by the values of columns.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use futures::future::BoxFuture;

use super::output::missing_column;
use super::run::PreparedQuery;
use super::{QuerySpec, Selection};
use crate::error::Result;
use crate::record::ColumnPath;

/// A value by which rows can be grouped, in `count_by` and `limit_per`.
#[diagnostic::on_unimplemented(
    message = "rows cannot be grouped by values of type `{Self}`",
    label = "`count_by` and `limit_per` need values that can be compared and hashed: `Eq` and `Hash`",
    note = "an enum needs `#[derive(PartialEq, Eq, Hash)]`; a float has no `Eq`, so group by a different column"
)]
pub trait GroupValue: Eq + std::hash::Hash {}

#[diagnostic::do_not_recommend]
impl<T: Eq + std::hash::Hash> GroupValue for T {}

/// A query for the number of rows with each value, which runs when awaited.
/// [`SearchAll::count_by`](super::SearchAll::count_by) creates it.
#[must_use = "nothing is counted until it is awaited"]
pub struct CountBy<R, P> {
    query: PreparedQuery,
    columns: Vec<ColumnPath>,
    limit: Option<usize>,
    types: PhantomData<fn() -> (R, P)>,
}

impl<R, P: Selection<R>> CountBy<R, P> {
    pub(super) fn new(query: PreparedQuery, selection: P) -> Self {
        let mut columns = Vec::new();
        selection.paths(&mut columns);
        Self { query, columns, limit: None, types: PhantomData }
    }

    /// Sets the maximum number of values. Without a limit, all values are returned.
    pub fn limit(mut self, values: usize) -> Self {
        self.limit = Some(values);
        self
    }
}

impl<R: 'static, P: Selection<R> + 'static> IntoFuture for CountBy<R, P> {
    type Output = Result<Vec<(P::Output, usize)>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { query, columns, limit, types: _ } = self;
        Box::pin(async move {
            let (executor, spec) = query.begin("count_by")?;
            let spec = QuerySpec { columns: Some(columns), ..spec };
            let counts = executor.count_groups(spec, limit).await?;
            decode::<R, P>(&counts)
                .map_err(|error| error.with_operation("count_by").with_table(executor.table()))
        })
    }
}

/// Decodes the values and their counts, which are in the last column.
fn decode<R, P: Selection<R>>(counts: &RecordBatch) -> Result<Vec<(P::Output, usize)>> {
    let no_counts = || missing_column("count");
    let (rows, values) = counts.columns().split_last().ok_or_else(no_counts)?;
    let rows = rows.as_primitive_opt::<Int64Type>().ok_or_else(no_counts)?;
    let reader = P::open(&mut values.iter())?;
    let counted = |(row, count): (usize, &i64)| {
        Ok((P::get(&reader, row)?, usize::try_from(*count).unwrap_or_default()))
    };
    rows.values().iter().enumerate().map(counted).collect()
}

impl<R, P> fmt::Debug for CountBy<R, P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CountBy")
            .field("query", &self.query)
            .field("columns", &self.columns)
            .field("limit", &self.limit)
            .finish()
    }
}
