use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::Predicate;
use super::depth::DepthLimited;
use crate::record::EmbeddingRecord;

/// A filter on records of type `R`, built with the methods of typed columns.
///
/// Combine filters with `and`, `or` and `not`, or with `&`, `|` and `!`. Nulls follow SQL: if a column is null, neither a
/// comparison nor its negation keeps the row.
///
/// A filter can be nested at most 20 levels deep. Consecutive `and`s form one chain, and so do consecutive `or`s. A chain is
/// as deep as a balanced tree of its members: a chain of 1,000 is 10 levels deep. A query with a deeper filter fails with
/// `InvalidInput`.
///
/// ```
/// use datus_store::{EmbeddingRecord, Filter};
///
/// #[derive(EmbeddingRecord)]
/// struct Book {
///     title: String,
///     year: i32,
/// }
///
/// let t = Book::columns();
/// let filter: Filter<Book> = (t.year.ge(1900) & !t.title.starts_with("The ")).or(t.title.eq("The Trial"));
/// ```
#[must_use = "a filter does nothing until it is passed to a query"]
pub struct Filter<R> {
    inner: DepthLimited,
    record: PhantomData<fn() -> R>,
}

impl<R> Filter<R> {
    /// Creates a filter that keeps every row.
    pub fn all() -> Self {
        Self::from_predicate(Predicate::Constant(true))
    }

    /// Creates a filter that keeps no row.
    pub fn none() -> Self {
        Self::from_predicate(Predicate::Constant(false))
    }

    /// Creates a filter from an untyped predicate. Its columns are checked by the engine, not by the compiler.
    pub fn from_predicate(predicate: Predicate) -> Self {
        Self::new(DepthLimited::new(predicate))
    }

    /// Keeps the rows that both filters keep.
    pub fn and(self, other: impl IntoFilter<R>) -> Self {
        Self::new(self.inner.and(other.into_filter().inner))
    }

    /// Keeps the rows that at least one of the filters keeps.
    pub fn or(self, other: impl IntoFilter<R>) -> Self {
        Self::new(self.inner.or(other.into_filter().inner))
    }

    /// Keeps the rows for which this filter is false. Drops the rows for which it is null.
    #[expect(
        clippy::should_implement_trait,
        reason = "`Not` is implemented too; the method reads better in a chain"
    )]
    pub fn not(self) -> Self {
        Self::new(self.inner.not())
    }

    /// Returns the untyped predicate.
    pub fn predicate(&self) -> &Predicate {
        self.inner.predicate()
    }

    /// Converts the filter into its untyped predicate.
    pub fn into_predicate(self) -> Predicate {
        self.inner.into_predicate()
    }

    fn new(inner: DepthLimited) -> Self {
        Self { inner, record: PhantomData }
    }
}

impl<R> Clone for Filter<R> {
    fn clone(&self) -> Self {
        Self::new(self.inner.clone())
    }
}

impl<R> PartialEq for Filter<R> {
    fn eq(&self, other: &Self) -> bool {
        self.inner == other.inner
    }
}

impl<R> fmt::Debug for Filter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(self.predicate()).finish()
    }
}

impl<R> BitAnd for Filter<R> {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        self.and(other)
    }
}

impl<R> BitOr for Filter<R> {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        self.or(other)
    }
}

impl<R> Not for Filter<R> {
    type Output = Self;

    fn not(self) -> Self {
        Filter::not(self)
    }
}

/// A type that converts to a filter on `R`: a [`Filter`], or the generated `…Filter`.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter of `{R}`",
    label = "expected a filter of `{R}`",
    note = "build a filter from the columns of the store's record, as in `.filter(|t| …)`, or pass the record's generated `…Filter`",
    note = "combine filters with `&` and `|`, because `&&` and `||` only work on `bool`"
)]
pub trait IntoFilter<R> {
    /// Converts the value to a filter.
    fn into_filter(self) -> Filter<R>;
}

#[diagnostic::do_not_recommend]
impl<R> IntoFilter<R> for Filter<R> {
    fn into_filter(self) -> Filter<R> {
        self
    }
}

/// A closure that returns a filter of type `F` for the columns of `R`: `|t| t.year.ge(1900)`.
///
/// Every closure of that type implements the trait. Methods have this bound instead of `FnOnce`, so that the compiler's
/// message about a filter that is already built explains how to pass it.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a closure over the columns of `{R}`",
    label = "expected a closure, as in `|t| t.column.eq(value)`",
    note = "pass a filter that is already built to a query with `.matching(filter)`, and elsewhere as `|_| filter`"
)]
pub trait ColumnClosure<R: EmbeddingRecord, F>: FnOnce(R::Columns) -> F {}

#[diagnostic::do_not_recommend]
impl<R: EmbeddingRecord, F, C: FnOnce(R::Columns) -> F> ColumnClosure<R, F> for C {}
