use super::{Operand, Predicate, Value};
use crate::record::{ColumnPath, KeyPart};

/// The value of a key with the columns `C`: a single value, or a tuple in the order of the key.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a key of the record",
    label = "the key is `{C}`, where `KeyPart<T>` is a column of type `T`",
    note = "pass a value of the key's type, or for a key of several columns a tuple in the order of `#[datus(key(a, b))]`"
)]
pub trait IntoKey<C> {
    /// Returns the filter that keeps the row with this key. `columns` are the key columns in order.
    fn into_filter(self, columns: &[&'static str]) -> Predicate;
}

fn equals<T, A>(columns: &[&'static str], position: usize, value: impl Operand<T, A>) -> Predicate {
    let column = ColumnPath::column(columns.get(position).copied().unwrap_or_default());
    match value.operand() {
        Value::Null => Predicate::IsNull { column },
        value => Predicate::Compare { column, op: super::CompareOp::Eq, value },
    }
}

#[diagnostic::do_not_recommend]
impl<T, A, V: Operand<T, A>> IntoKey<KeyPart<T, A>> for V {
    fn into_filter(self, columns: &[&'static str]) -> Predicate {
        equals(columns, 0, self)
    }
}

macro_rules! key_tuples {
    ($($type:ident $storage:ident $value:ident $index:tt),+) => {
        #[diagnostic::do_not_recommend]
        impl<$($type, $storage, $value: Operand<$type, $storage>),+>
            IntoKey<($(KeyPart<$type, $storage>,)+)> for ($($value,)+)
        {
            fn into_filter(self, columns: &[&'static str]) -> Predicate {
                Predicate::And(vec![$(equals(columns, $index, self.$index)),+])
            }
        }
    };
}

key_tuples!(T1 A1 V1 0, T2 A2 V2 1);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2, T4 A4 V4 3);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2, T4 A4 V4 3, T5 A5 V5 4);
key_tuples!(T1 A1 V1 0, T2 A2 V2 1, T3 A3 V3 2, T4 A4 V4 3, T5 A5 V5 4, T6 A6 V6 5);
