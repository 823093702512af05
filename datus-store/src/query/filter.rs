use std::fmt;
use std::marker::PhantomData;
use std::ops::{BitAnd, BitOr, Not};

use super::Predicate;
use super::depth::Nested;

/// A filter of records of `R`: what the operators of columns return.
///
/// Filters are combined with `and`, `or` and `not`, or with `&`, `|` and `!`. Nulls follow SQL: a comparison with a
/// null column keeps no row, and neither does its `not`.
///
/// A filter is nested at most 20 levels deep. Any number of `and`s is one chain, and so is any number of `or`s; a chain is as
/// deep as a balanced tree of its members, so that 1,000 of them take 10 levels. A query with a filter that is deeper fails
/// with `InvalidInput`.
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
    nested: Nested,
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
        Self::new(Nested::measured(predicate))
    }

    /// Keeps the rows that both keep.
    pub fn and(self, other: impl IntoFilter<R>) -> Self {
        Self::new(self.nested.and(other.into_filter().nested))
    }

    /// Keeps the rows that at least one keeps.
    pub fn or(self, other: impl IntoFilter<R>) -> Self {
        Self::new(self.nested.or(other.into_filter().nested))
    }

    /// Keeps the rows for which this is false; rows for which it is neither true nor false stay out.
    #[expect(
        clippy::should_implement_trait,
        reason = "it is implemented too; the method reads better in a chain"
    )]
    pub fn not(self) -> Self {
        Self::new(self.nested.not())
    }

    /// The untyped predicate.
    pub fn predicate(&self) -> &Predicate {
        self.nested.predicate()
    }

    /// The untyped predicate, owned.
    pub fn into_predicate(self) -> Predicate {
        self.nested.into_predicate()
    }

    fn new(nested: Nested) -> Self {
        Self { nested, record: PhantomData }
    }
}

impl<R> Clone for Filter<R> {
    fn clone(&self) -> Self {
        Self::new(self.nested.clone())
    }
}

impl<R> PartialEq for Filter<R> {
    fn eq(&self, other: &Self) -> bool {
        self.nested == other.nested
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
