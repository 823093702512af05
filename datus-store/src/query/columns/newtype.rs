use super::{Contains, Needle, Operand, Ordered, Text, Transparent, Value};
use crate::record::Native;

impl<T: Transparent> Operand<T, Native> for T
where
    T::Inner: Operand<T::Inner>,
{
    fn operand(self) -> Value {
        self.into_inner().operand()
    }
}

impl<T: Transparent> Operand<Option<T>, Native> for T
where
    T::Inner: Operand<T::Inner>,
{
    fn operand(self) -> Value {
        self.into_inner().operand()
    }
}

impl<T: Transparent> Ordered for T
where
    T::Inner: Ordered,
{
    type Bound = T;
}

impl<T: Transparent> Text for T where T::Inner: Text {}

impl<T: Transparent, V> Contains<V> for T
where
    T::Inner: Contains<V>,
{
    fn needle(value: V) -> Needle {
        T::Inner::needle(value)
    }
}
