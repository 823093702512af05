use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::Predicate;

/// A filter of records of `R`: what the operators of columns return.
///
/// Filters are combined with `and`, `or` and `not`, or with `&`, `|` and `!`. Nulls follow SQL: a comparison with a
/// null column keeps no row, and neither does its `not`.
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
#[must_use = "a filter does nothing until it is given to a query"]
pub struct Filter<R> {
    predicate: Predicate,
    record: PhantomData<fn() -> R>,
}

impl<R> Filter<R> {
    /// Keeps every row.
    pub fn all() -> Self {
        Self::from_predicate(Predicate::Constant(true))
    }

    /// Keeps no row.
    pub fn none() -> Self {
        Self::from_predicate(Predicate::Constant(false))
    }

    /// A filter of an untyped predicate. The engine checks the columns that it names, not the compiler.
    pub fn from_predicate(predicate: Predicate) -> Self {
        Self { predicate, record: PhantomData }
    }

    /// Keeps the rows that both keep.
    pub fn and(self, other: impl IntoFilter<R>) -> Self {
        Self::from_predicate(self.predicate.and(other.into_filter().predicate))
    }

    /// Keeps the rows that at least one keeps.
    pub fn or(self, other: impl IntoFilter<R>) -> Self {
        Self::from_predicate(self.predicate.or(other.into_filter().predicate))
    }

    /// Keeps the rows for which this is false; rows for which it is neither true nor false stay out.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is implemented too; the method reads better in a chain"
    )]
    pub fn not(self) -> Self {
        Self::from_predicate(self.predicate.not())
    }

    /// The untyped predicate.
    pub fn predicate(&self) -> &Predicate {
        &self.predicate
    }

    /// The untyped predicate, owned.
    pub fn into_predicate(self) -> Predicate {
        self.predicate
    }
}

impl<R> Clone for Filter<R> {
    fn clone(&self) -> Self {
        Self::from_predicate(self.predicate.clone())
    }
}

impl<R> PartialEq for Filter<R> {
    fn eq(&self, other: &Self) -> bool {
        self.predicate == other.predicate
    }
}

impl<R> fmt::Debug for Filter<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Filter").field(&self.predicate).finish()
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

/// What a filter of `R` can be made from: a [`Filter`], or the generated `…Filter` as data.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a filter of `{R}`",
    label = "expected a filter of `{R}`",
    note = "the columns in `.filter(|t| …)` make filters of the record that the store holds; its generated `…Filter` is one too",
    note = "several are joined with `&` and `|`: Rust's `&&` and `||` take and give `bool`"
)]
pub trait IntoFilter<R> {
    /// The filter.
    fn into_filter(self) -> Filter<R>;
}

#[diagnostic::do_not_recommend]
impl<R> IntoFilter<R> for Filter<R> {
    fn into_filter(self) -> Filter<R> {
        self
    }
}
