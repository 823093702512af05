use super::Value;
use crate::record::{Inner, Native};

/// A value that can be compared with a column of type `T` and storage `A`.
///
/// Text columns accept `&str`, `String`, `Box<str>`, `Arc<str>`, `Cow<str>` and references to them. Binary columns accept bytes.
/// Other columns accept their own type and references to it. A nullable column also accepts an `Option`, where `None` is null.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value for a column of type `{T}`",
    label = "the column is `{T}`",
    note = "pass a value of the column's type, or an `Option` of one if the column is an `Option`",
    note = "filter a list with `contains`, `contains_any` or `contains_all`, and a nested struct by its columns; JSON and maps cannot be filtered",
    note = "`update` cannot set lists, nested structs, JSON or maps; write the whole row with `upsert`"
)]
pub trait Operand<T, A = Native> {
    /// Converts the operand to an untyped value.
    fn operand(self) -> Value;
}

#[diagnostic::do_not_recommend]
impl<'a, T, A: Inner, V> Operand<Option<T>, A> for &'a Option<V>
where
    &'a V: Operand<T, A>,
{
    fn operand(self) -> Value {
        self.as_ref().map_or(Value::Null, Operand::operand)
    }
}

#[diagnostic::do_not_recommend]
impl<T, A: Inner, V: Operand<T, A>> Operand<Option<T>, A> for Option<V> {
    fn operand(self) -> Value {
        self.map_or(Value::Null, Operand::operand)
    }
}

/// A column type that accepts a value of type `V`, because `V` is an [`Operand`] for it.
///
/// Methods whose column comes from a closure have this bound. A bound on `V` would be checked before the column is known.
#[diagnostic::on_unimplemented(
    message = "a column of type `{Self}` cannot be set to a `{V}`",
    label = "expected a value for a column of type `{Self}`",
    note = "pass a value of the column's type, or an `Option` of one if the column is an `Option`",
    note = "`update` cannot set lists, nested structs, JSON or maps; write the whole row with `upsert`"
)]
pub trait Assignable<V, A = Native> {
    /// Converts the value to an untyped value.
    fn value(value: V) -> Value;
}

impl<T, V: Operand<T, A>, A> Assignable<V, A> for T {
    fn value(value: V) -> Value {
        value.operand()
    }
}
