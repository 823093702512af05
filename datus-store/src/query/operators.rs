//! Which operators a column's type has.

use super::{Operand, Value};
use crate::record::{Inner, Native};

/// A column type with an order: numbers, text, dates and times, decimals.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` has no order",
    label = "`lt`, `le`, `gt`, `ge`, `between` and `order_by` need numbers, text, dates or times",
    note = "use `eq`, `ne` or `is_in`"
)]
pub trait Ordered<A = Native> {
    /// The type without `Option`.
    type Bound;
    /// How [`Bound`](Self::Bound) is stored.
    type Storage;
}

#[diagnostic::do_not_recommend]
impl<T: Ordered<A>, A: Inner> Ordered<A> for Option<T> {
    type Bound = T::Bound;
    type Storage = T::Storage;
}

/// A column type with an order in which it is compared with a `V`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` has no order",
    label = "`lt`, `le`, `gt`, `ge`, `between` and `order_by` need numbers, text, dates or times",
    note = "use `eq`, `ne` or `is_in`"
)]
pub trait OrderedWith<V, A = Native> {
    /// The untyped value.
    fn bound(value: V) -> Value;
}

impl<T: Ordered<A>, V: Operand<T::Bound, T::Storage>, A> OrderedWith<V, A> for T {
    fn bound(value: V) -> Value {
        value.operand()
    }
}

/// A column that is compared as a whole: every one but nested structs, which never implement it.
#[diagnostic::on_unimplemented(
    message = "a nested struct is not compared as a whole",
    label = "these are its columns",
    note = "compare its columns one by one: `t.place.city.eq(\"Oslo\")`; `is_null` is there where the struct is in an `Option`"
)]
pub trait Compared {}

/// A column type that holds text.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is not text",
    label = "`like`, `starts_with` and `ends_with` need a text column",
    note = "compare other columns with `eq`, `lt`, `between` or `is_in`"
)]
pub trait Text<A = Native> {}

#[diagnostic::do_not_recommend]
impl<T: Text<A>, A: Inner> Text<A> for Option<T> {}

/// A column type that can be null: `Option`.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` is never null",
    label = "`is_null` and `is_not_null` need an `Option`",
    note = "declare the field as `Option<{Self}>` if it can be missing"
)]
pub trait Nullable<A = Native> {}

#[diagnostic::do_not_recommend]
impl<T, A> Nullable<A> for Option<T> {}

/// A column type that can contain a `V`: a text contains text, a list contains items.
#[diagnostic::on_unimplemented(
    message = "`contains` does not fit a column of type `{Self}`",
    label = "needs a text column and a text, or a list column and an item",
    note = "an item of a `Vec<T>` is a `T`; other columns are compared with `eq` or `is_in`"
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

#[diagnostic::do_not_recommend]
impl<T> Items for Vec<T> {
    type Item = T;
}

#[diagnostic::do_not_recommend]
impl<T: Items> Items for Option<T> {
    type Item = T::Item;
}
