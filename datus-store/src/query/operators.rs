//! The traits that determine the operators of a column type.

use super::{Operand, Value};
use crate::record::{Inner, Native};

/// A column type with an order: numbers, text, dates, times and decimals.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` has no order",
    label = "`lt`, `le`, `gt`, `ge`, `between` and `order_by` need numbers, text, dates or times",
    note = "use `eq`, `ne` or `is_in`"
)]
pub trait Ordered<A = Native> {
    /// The type without `Option`.
    type Bound;
    /// The storage of [`Bound`](Self::Bound).
    type Storage;
}

#[diagnostic::do_not_recommend]
impl<T: Ordered<A>, A: Inner> Ordered<A> for Option<T> {
    type Bound = T::Bound;
    type Storage = T::Storage;
}

/// An ordered column type that can be compared with a `V`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot be ordered relative to this value",
    label = "`lt`, `le`, `gt`, `ge` and `between` need a column with an order, and a value of its type",
    note = "numbers, text, dates and times have an order; use `eq`, `ne` or `is_in` for other columns",
    note = "pass a value and not an `Option`, even if the column is one: find nulls with `is_null()`"
)]
pub trait OrderedWith<V, A = Native> {
    /// Converts the value to an untyped one.
    fn bound(value: V) -> Value;
}

impl<T: Ordered<A>, V: Operand<T::Bound, T::Storage>, A> OrderedWith<V, A> for T {
    fn bound(value: V) -> Value {
        value.operand()
    }
}

/// A column that can be compared as a whole: every column except a nested struct.
#[diagnostic::on_unimplemented(
    message = "a nested struct cannot be compared as a whole",
    label = "this is the set of columns of a nested struct",
    note = "compare its columns one by one: `t.place.city.eq(\"Oslo\")`; a struct in an `Option` also has `is_null`"
)]
pub trait Comparable {}

/// A column type that holds text.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is not text",
    label = "`like`, `starts_with` and `ends_with` need a text column",
    note = "use `eq`, `lt`, `between` or `is_in` instead"
)]
pub trait Text<A = Native> {}

#[diagnostic::do_not_recommend]
impl<T: Text<A>, A: Inner> Text<A> for Option<T> {}

/// A column type that can be null: `Option`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is never null",
    label = "`is_null` and `is_not_null` need an `Option`",
    note = "declare the field as `Option<{Self}>` if it can be null"
)]
pub trait Nullable<A = Native> {}

#[diagnostic::do_not_recommend]
impl<T, A> Nullable<A> for Option<T> {}

/// A column type that can contain a `V`: text contains text, and a list contains items.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot contain this value",
    label = "`contains` needs a text column and text, or a list column and an item",
    note = "an item of a `Vec<T>` is a `T`; compare other columns with `eq` or `is_in`"
)]
pub trait Contains<V, A = Native> {
    /// Converts the value to what `contains` searches for.
    fn needle(value: V) -> Needle;
}

/// The value that `contains` searches for.
#[derive(Debug)]
pub enum Needle {
    /// A substring of the text.
    Text(String),
    /// An item of the list.
    Item(Value),
}

#[diagnostic::do_not_recommend]
impl<T: Contains<V, A>, V, A: Inner> Contains<V, A> for Option<T> {
    fn needle(value: V) -> Needle {
        T::needle(value)
    }
}

#[diagnostic::do_not_recommend]
impl<T, V: Operand<T, A>, A: Inner> Contains<V, A> for Vec<T> {
    fn needle(value: V) -> Needle {
        Needle::Item(value.operand())
    }
}

/// A column type that holds a list.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is not a list",
    label = "`contains_any` and `contains_all` need a list column",
    note = "for a single value use `is_in`"
)]
pub trait List {
    /// The type of an item.
    type Item;
}

#[diagnostic::do_not_recommend]
impl<T> List for Vec<T> {
    type Item = T;
}

#[diagnostic::do_not_recommend]
impl<T: List> List for Option<T> {
    type Item = T::Item;
}
