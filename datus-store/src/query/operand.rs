use super::Value;
use crate::record::{Inner, Native};

/// A value that can be compared with a column of type `T` in storage `A`.
///
/// Text columns take `&str`, `String` and references to them; the others take their own type. A nullable column
/// takes the value itself, or an `Option` of it: `None` is null.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a value for a column of type `{T}`",
    label = "the column is `{T}`",
    note = "give a value of the column's type, and `None` only where that is an `Option`; lists have `contains`, `contains_any` and `contains_all`; nested structs have columns of their own; JSON and maps are not compared; what `update` cannot set, `upsert` writes"
)]
pub trait Operand<T, A = Native> {
    /// The untyped value.
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
