//! Pages of `search_all`.

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

use arrow_array::RecordBatch;
use futures::future::BoxFuture;
use serde::{Deserialize, Serialize};

use super::run::PreparedQuery;
use super::{Cursor, PageBatches, PageSpec, RowOutput};
use crate::error::Result;

/// A page of rows, and the cursor for the next page.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Page<T> {
    /// The rows. Only the last page has fewer rows than requested.
    pub items: Vec<T>,
    /// The cursor for the next page, or `None` on the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// Creates a page of these rows, for example to test code that accepts pages. `next` is `None` on the last page.
    pub fn new(items: Vec<T>, next: Option<Cursor>) -> Self {
        Self { items, next }
    }

    /// Converts each row of the page, and keeps the cursor.
    ///
    /// ```
    /// use datus_store::query::Page;
    ///
    /// let page = Page::new(vec![1, 2], None).map(|number| number.to_string());
    /// assert_eq!(page.items, ["1", "2"]);
    /// ```
    #[must_use = "returns the converted page"]
    pub fn map<U>(self, convert: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(convert).collect(), next: self.next }
    }
}

/// A request for one page of a `search_all`. `.page(rows)` creates it.
///
/// The first page reads the latest version of the table. Every page after a cursor reads the same version as the first page,
/// even if the table is written to in the meantime, so no row is repeated or skipped. Rows are in the order of `order_by`.
/// Rows that compare equal, and all rows without `order_by`, are in the order of the engine's row ids.
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
/// // A web handler sends the cursor to the client as text.
/// let token: Option<String> = first.next.map(|cursor| cursor.to_string());
/// books.delete().all_rows().await?;
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
/// For all rows after the cursor, a page reads the columns of the filter and of the order, as `order_by` with a `limit`
/// does. It reads the selected columns only for its own rows. Without an order, it stops at the last row of the page. By
/// contrast, an `offset` reads and discards all rows before the page.
///
/// # Errors
/// When awaited: `InvalidInput` for a page of 0 rows, for a query with `limit` or `offset`, and for a cursor from a
/// different table or query; `Expired` when the cursor's version of the table was removed, or has a different model from the
/// store's; `Unsupported` on LanceDB's own service, `db://`; `Engine` when the storage fails.
#[must_use = "a page does nothing until it is awaited"]
pub struct Paged<R, O> {
    query: PreparedQuery,
    page: PageSpec,
    types: PhantomData<fn() -> (R, O)>,
}

/// A type that converts to the start of a page: a `&Cursor`, or an `Option` of one. [`Paged`] has an example.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a cursor",
    label = "expected `&Cursor` or `Option<&Cursor>`",
    note = "parse a cursor from text first: `.after(&text.parse::<Cursor>()?)`"
)]
pub trait IntoCursor {
    /// Returns the cursor, or `None` for the first page.
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
    /// Creates a request for the first page of at most `rows` rows of the query.
    pub(super) fn new(query: PreparedQuery, rows: usize) -> Self {
        Self { query, page: PageSpec { rows, after: None }, types: PhantomData }
    }

    /// Starts after the cursor, which is the [`Page::next`] of the previous page. `None` requests the first page. Parse a
    /// cursor from text first: `.after(&text.parse::<Cursor>()?)`.
    pub fn after(mut self, cursor: impl IntoCursor) -> Self {
        self.page.after = cursor.into_cursor();
        self
    }
}

impl<R: 'static, O: RowOutput<R>> IntoFuture for Paged<R, O> {
    type Output = Result<Page<O::Item>>;
    type IntoFuture = BoxFuture<'static, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { query, page, types: _ } = self;
        Box::pin(async move {
            let (executor, spec) = query.begin("page")?;
            let PageBatches { batches, next } = executor.read_page(spec, page).await?;
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
        f.debug_struct("Paged").field("query", &self.query).field("page", &self.page).finish()
    }
}
