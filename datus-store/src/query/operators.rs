//! Which operators a column's type has.

use super::{Operand, Value};
use crate::record::Native;

/// A column type with an order: numbers, text, dates and times, decimals.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` has no order",
    label = "`lt`, `le`, `gt`, `ge`, `between` and `order_by` need numbers, text, dates or times",
    note = "use `eq`, `ne` or `is_in`"
)]
pub trait Ordered<A = Native> {
    /// The type without `Option`.
    type Bound;
}

impl<T: Ordered<A>, A> Ordered<A> for Option<T> {
    type Bound = T::Bound;
}

/// A column type that holds text.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is not text",
    label = "`like`, `starts_with` and `ends_with` need a text column",
    note = "compare other columns with `eq`, `lt`, `between` or `is_in`"
)]
pub trait Text {}

impl<T: Text> Text for Option<T> {}

/// A column type that can be null: `Option`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is never null",
    label = "`is_null` and `is_not_null` need an `Option`",
    note = "declare the field as `Option<{Self}>` if it can be missing"
)]
pub trait Nullable<A = Native> {}

impl<T, A> Nullable<A> for Option<T> {}

/// A column type that can contain a `V`: a text contains text, a list contains items.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot contain a `{V}`",
    label = "`contains` needs a text column and text, or a list and an item",
    note = "compare other columns with `eq` or `is_in`"
)]
pub trait Contains<V, A = Native> {
    /// What is looked for.
    fn needle(value: V) -> Needle;
}

/// What `contains` looks for.
#[derive(Debug)]
pub enum Needle {
    /// A part of a text.
    Text(String),
    /// An item of a list.
    Item(Value),
}

impl<T: Contains<V, A>, V, A> Contains<V, A> for Option<T> {
    fn needle(value: V) -> Needle {
        T::needle(value)
    }
}

impl<T, V: Operand<T, A>, A> Contains<V, A> for Vec<T> {
    fn needle(value: V) -> Needle {
        Needle::Item(value.operand())
    }
}

/// A column type that is a list.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is not a list",
    label = "`contains_any` and `contains_all` need a list column",
    note = "for a single value use `is_in`"
)]
pub trait Items {
    /// The type of an item.
    type Item;
}

impl<T> Items for Vec<T> {
    type Item = T;
}

impl<T: Items> Items for Option<T> {
    type Item = T::Item;
}
