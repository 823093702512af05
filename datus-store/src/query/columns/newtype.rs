use super::{Contains, Needle, Operand, Ordered, Text, Transparent, Value};
use crate::record::Native;

#[diagnostic::do_not_recommend]
impl<T: Transparent> Operand<T, Native> for T
where
    T::Inner: Operand<T::Inner>,
{
    fn operand(self) -> Value {
        self.into_inner().operand()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Transparent> Operand<Option<T>, Native> for T
where
    T::Inner: Operand<T::Inner>,
{
    fn operand(self) -> Value {
        self.into_inner().operand()
    }
}

#[diagnostic::do_not_recommend]
impl<T: Transparent> Ordered for T
where
    T::Inner: Ordered,
{
    type Bound = T;
    type Storage = Native;
}

#[diagnostic::do_not_recommend]
impl<T: Transparent> Text for T where T::Inner: Text {}

#[diagnostic::do_not_recommend]
impl<T: Transparent, V> Contains<V> for T
where
    T::Inner: Contains<V>,
{
    fn needle(value: V) -> Needle {
        T::Inner::needle(value)
    }
}
