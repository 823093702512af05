use super::{Operand, Predicate, Value};
use crate::record::{ColumnPath, KeyPart};

/// The key of a row, where the key's columns are `C`: a value, or a tuple of them in the key's order.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is no key of the record",
    label = "the key is `{C}`, where a `KeyPart<T>` is a column of type `T`",
    note = "give a value of the key's type; where a key has several columns, a tuple in the order of `#[datus(key(a, b))]`"
)]
pub trait IntoKey<C> {
    /// The filter that the row of the key passes. `columns` are the key's, in its order.
    fn into_filter(self, columns: &[&'static str]) -> Predicate;
}

fn equal<T, A>(columns: &[&'static str], position: usize, value: impl Operand<T, A>) -> Predicate {
    let column = ColumnPath::column(columns.get(position).copied().unwrap_or_default());
    match value.operand() {
        Value::Null => Predicate::IsNull { column },
        value => Predicate::Compare { column, op: super::CompareOp::Eq, value },
    }
}

#[diagnostic::do_not_recommend]
impl<T, A, V: Operand<T, A>> IntoKey<KeyPart<T, A>> for V {
    fn into_filter(self, columns: &[&'static str]) -> Predicate {
        equal(columns, 0, self)
    }
}

macro_rules! key_tuples {
    ($($type:ident $storage:ident $value:ident $index:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($type, $storage, $value: Operand<$type, $storage>),+>
            IntoKey<($(KeyPart<$type, $storage>,)+)> for ($($value,)+)
        {
            fn into_filter(self, columns: &[&'static str]) -> Predicate {
                Predicate::And(vec![$(equal(columns, $index, self.$index)),+])
            }
        }
    };
}

key_tuples!(T1 A1 V1 0, T2 A2 V2 1);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2, T4 A4 V4 3);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2, T4 A4 V4 3, T5 A5 V5 4);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2, T4 A4 V4 3, T5 A5 V5 4, T6 A6 V6 5);
