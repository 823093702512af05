//! The roles that attributes assign to columns. Each role is a trait that the type of the field must implement.

use std::marker::PhantomData;

use super::{Column, Native};

/// A key column with values of type `T`, stored as `A`.
#[derive(Debug)]
pub struct KeyPart<T, A = Native>(PhantomData<fn() -> (T, A)>);

/// A column that holds text. `#[datus(embed)]`, `#[datus(fts)]` and `#[datus(index = ngram)]` require such a column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not text",
    label = "`embed`, `fts` and `index = ngram` need a text column",
    note = "text is `String`, `Box<str>`, `Arc<str>`, a newtype of one of them, or an `Option` of one"
)]
pub trait TextColumn {
    /// Returns the text, or `None` for a null.
    fn text(&self) -> Option<&str>;
}

#[diagnostic::do_not_recommend]
impl<T: TextColumn> TextColumn for Option<T> {
    fn text(&self) -> Option<&str> {
        self.as_ref().and_then(TextColumn::text)
    }
}

/// A column that can identify rows. `#[datus(key)]` requires such a column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a key",
    label = "a key must identify its row",
    note = "a key is text, an integer, `bool`, bytes, a date, a time, a duration, a UUID, a decimal, a unit enum, or a newtype of one of them",
    note = "an `Option` cannot be a key because null never equals null; a float cannot because NaN never equals itself and -0.0 equals 0.0"
)]
pub trait KeyColumn<A = Native>: Column<A> {
    /// A constant that generated code can name to require the trait.
    #[doc(hidden)]
    const IS_KEY: () = ();
}

/// A column whose value can be the scope of a row. `#[datus(scope)]` requires such a column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be a scope",
    label = "a scope must be a value that equals only itself",
    note = "a scope is text, an integer, `bool`, bytes, a date, a time, a duration, a UUID, a decimal, a unit enum, or a newtype of one of them",
    note = "an `Option` cannot be a scope because null never equals null; a float cannot because NaN never equals itself and -0.0 equals 0.0"
)]
pub trait ScopeColumn<A = Native> {
    /// A constant that generated code can name to require the trait.
    #[doc(hidden)]
    const IS_SCOPE: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: KeyColumn<A>, A> ScopeColumn<A> for T {}

/// A column that holds a list. `#[datus(index = label_list)]` requires such a column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a list",
    label = "`index = label_list` needs a list column",
    note = "a list is a `Vec` of columns, or an `Option` of one; for other columns use `index = btree` or `index = bitmap`"
)]
pub trait ListColumn {
    /// A constant that generated code can name to require the trait.
    #[doc(hidden)]
    const IS_LIST: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: ListColumn> ListColumn for Option<T> {}

/// A column that can hold the time of a write. `#[datus(created_at)]` and `#[datus(updated_at)]` require such a column.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot hold the time of a write",
    label = "`created_at` and `updated_at` need a timestamp",
    note = "a timestamp is a `chrono::DateTime<Utc>` or a `chrono::NaiveDateTime`, a newtype of one of them, or an `Option` of one; they need the cargo feature `chrono`"
)]
pub trait TimestampColumn<A = Native>: Column<A> {
    /// A constant that generated code can name to require the trait.
    #[doc(hidden)]
    const IS_STAMP: () = ();
}

#[diagnostic::do_not_recommend]
impl<T: TimestampColumn<A>, A> TimestampColumn<A> for Option<T> where Self: Column<A> {}
