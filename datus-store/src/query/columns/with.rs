//! The query operations of columns with an adapter, which are those of the stored type.

use super::{Contains, Needle, Operand, Ordered, Text, Value};
use crate::record::{ColumnWith, With};

#[diagnostic::do_not_recommend]
impl<T, W, V> Operand<T, With<W>> for V
where
    T: Send + Sync + 'static,
    W: ColumnWith<T>,
    V: Operand<W::Stored>,
{
    fn operand(self) -> Value {
        Operand::<W::Stored>::operand(self)
    }
}

#[diagnostic::do_not_recommend]
impl<T, W> Ordered<With<W>> for T
where
    T: Send + Sync + 'static,
    W: ColumnWith<T>,
    W::Stored: Ordered,
{
    type Bound = <W::Stored as Ordered>::Bound;
    type Storage = <W::Stored as Ordered>::Storage;
}

#[diagnostic::do_not_recommend]
impl<T, W> Text<With<W>> for T
where
    T: Send + Sync + 'static,
    W: ColumnWith<T>,
    W::Stored: Text,
{
}

#[diagnostic::do_not_recommend]
impl<T, W, V> Contains<V, With<W>> for T
where
    T: Send + Sync + 'static,
    W: ColumnWith<T>,
    W::Stored: Contains<V>,
{
    fn needle(value: V) -> Needle {
        W::Stored::needle(value)
    }
}
