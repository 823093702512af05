//! Pages of `search_all`.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::RecordBatch;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::{Cursor, Execute, QuerySpec, Refine, RowOutput, SearchAll};
use crate::error::Result;

/// Some rows of a query, and where the next ones begin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows: as many as were asked for, and fewer on the last page alone.
    pub items: Vec<T>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<Cursor>,
}

/// One page of a `search_all`: what `.page(rows)` starts.
///
/// The first page reads the table as it is, and every page after a cursor the version that the first one read, whatever is
/// written meanwhile: no row comes twice and none is left out. Rows are in the order of `order_by`, and among equals, or
/// without an order, in that of the engine's row ids.
///
#[cfg_attr(feature = "store", doc = "```")]
#[cfg_attr(not(feature = "store"), doc = "```text")]
/// use datus_store::{Database, EmbeddingRecord, Store, query::Cursor};
///
/// #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
/// struct Book { title: String, year: i32 }
///
/// # datus_store::block_on(async {
/// let db = Database::connect("memory://").await?;
/// let books: Store<Book> = db.store(()).await?;
/// books.add((0..25).map(|n| Book { title: format!("Volume {n}"), year: 1800 + n / 10 })).await?;
///
/// let query = || books.search_all().order_by(|t| t.year.desc()).page(10);
/// let first = query().await?;
/// assert_eq!((first.items.len(), first.items[0].year), (10, 1802));
///
/// // A web handler passes the cursor on as text.
/// let token: Option<String> = first.next.map(|cursor| cursor.to_string());
/// books.delete_all().await?;
///
/// let cursor: Option<Cursor> = token.map(|token| token.parse()).transpose()?;
/// let second = query().after(cursor.as_ref()).await?;
/// let last = query().after(second.next.as_ref()).await?;
/// assert_eq!((second.items.len(), last.items.len(), last.next), (10, 5, None));
/// # Ok::<(), datus_store::Error>(())
/// # }).unwrap();
/// ```
///
/// # Cost
///
/// A page reads the columns of the filter and of the order of the rows that come after the cursor, as `order_by` with a
/// `limit` does, and the selected columns of its own rows alone. Without an order it stops at the last row of the page. An
/// `offset` of its size reads and throws away all rows before it.
///
/// # Errors
/// When awaited: `InvalidInput` for a page of no rows, for a query with `limit` or `offset`, and for a cursor of another table
/// or query; `Expired` when the version that the cursor reads was removed, or is of another model than the store's;
/// `Unsupported` on LanceDB's own service, `db://`; `Engine` when the storage fails.
#[must_use = "a page does nothing until it is awaited"]
pub struct Paged<R, O> {
    executor: Arc<dyn Execute>,
    spec: QuerySpec,
    page: PageSpec,
    types: PhantomData<fn() -> (R, O)>,
}

/// Which page of a query, untyped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PageSpec {
    /// The most rows to return.
    pub rows: usize,
    /// After which row; `None` for the first page.
    pub after: Option<Cursor>,
}

/// A page as Arrow data.
#[derive(Debug, Clone)]
pub struct PageBatches {
    /// The rows, in order.
    pub batches: Vec<RecordBatch>,
    /// Where the next page begins; `None` after the last one.
    pub next: Option<Cursor>,
}

/// Where a page can begin: a `&Cursor`, or an `Option` of one. [`Paged`] has an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a cursor",
    label = "expected `&Cursor`, or an `Option` of it",
    note = "a cursor that comes back as text is parsed first: `.after(&text.parse::<Cursor>()?)`"
)]
pub trait IntoCursor {
    /// The cursor; `None` is the first page.
    fn into_cursor(self) -> Option<Cursor>;
}

impl IntoCursor for &Cursor {
    fn into_cursor(self) -> Option<Cursor> {
        Some(*self)
    }
}

impl IntoCursor for Option<&Cursor> {
    fn into_cursor(self) -> Option<Cursor> {
        self.copied()
    }
}

impl IntoCursor for &Option<Cursor> {
    fn into_cursor(self) -> Option<Cursor> {
        *self
    }
}

impl<R: 'static, O: RowOutput<R>> Paged<R, O> {
    /// A page of at most `rows` rows of the query.
    pub fn new(query: SearchAll<R, O>, rows: usize) -> Self {
        let (executor, mut spec) = query.into_parts();
        O::request(&mut spec);
        Self { executor, spec, page: PageSpec { rows, after: None }, types: PhantomData }
    }

    /// Begins after the cursor, which is [`Page::next`] of the page before; `None` is the first page. One that comes back as
    /// text is parsed first: `.after(&text.parse::<Cursor>()?)`.
    pub fn after(mut self, cursor: impl IntoCursor) -> Self {
        self.page.after = cursor.into_cursor();
        self
    }
}

impl<R: 'static, O: RowOutput<R>> IntoFuture for Paged<R, O> {
    type Output = Result<Page<O::Item>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { executor, spec, page, types: _ } = self;
        Box::pin(async move {
            let PageBatches { batches, next } = executor.page(spec, page).await?;
            let mut items = Vec::with_capacity(batches.iter().map(RecordBatch::num_rows).sum());
            for batch in &batches {
                let rows = O::decode(batch, &*executor, 0);
                items
                    .extend(rows.map_err(|error| error.with_operation("page").with_table(executor.table()))?);
            }
            Ok(Page { items, next })
        })
    }
}

impl<R, O> fmt::Debug for Paged<R, O> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Paged").field("spec", &self.spec).field("page", &self.page).finish()
    }
}
