use super::{Operand, Value};
use crate::record::KeyPart;

/// The value of a key with the columns `C`: a single value, or a tuple in the order of the key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of the record",
    label = "the key is `{C}`, where `KeyPart<T>` is a column of type `T`",
    note = "pass a value of the key's type, or for a key of several columns a tuple in the order of `#[datus(key(a, b))]`"
)]
pub trait IntoKey<C> {
    /// Returns the values of the key columns, in order.
    fn into_values(self) -> Vec<Value>;
}

/// The value of a scope with the columns `C`: a single value, or a tuple in the order of the fields.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a scope of the record",
    label = "the scope is `{C}`, where `KeyPart<T>` is a column of type `T`",
    note = "pass a value of the type of the `#[datus(scope)]` field, or for several such fields a tuple in the order of the fields"
)]
pub trait IntoScope<C> {
    /// Returns the values of the scope columns, in order.
    fn into_values(self) -> Vec<Value>;
}

#[diagnostic::do_not_recommend]
impl<C, V: IntoKey<C>> IntoScope<C> for V {
    fn into_values(self) -> Vec<Value> {
        IntoKey::into_values(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, A, V: Operand<T, A>> IntoKey<KeyPart<T, A>> for V {
    fn into_values(self) -> Vec<Value> {
        vec![self.operand()]
    }
}

macro_rules! key_tuples {
    ($($type:ident $storage:ident $value:ident $index:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($type, $storage, $value: Operand<$type, $storage>),+>
            IntoKey<($(KeyPart<$type, $storage>,)+)> for ($($value,)+)
        {
            fn into_values(self) -> Vec<Value> {
                vec![$(self.$index.operand()),+]
            }
        }
    };
}

key_tuples!(T1 A1 V1 0, T2 A2 V2 1);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2, T4 A4 V4 3);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2, T4 A4 V4 3, T5 A5 V5 4);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2, T4 A4 V4 3, T5 A5 V5 4, T6 A6 V6 5);
