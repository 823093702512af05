//! The operators of `Condition`, for filters as data.

use super::{Contains, List, Needle, Nullable, Operand, OrderedWith, Text, Value};
use crate::record::{Condition, Operator, StructCondition, StructFilter, Test};

impl<T, A> Condition<T, A> {
    /// Keeps the rows whose column equals the value. `None` keeps the rows whose column is null.
    pub fn eq<V: Operand<T, A>>(value: V) -> Self {
        match value.operand() {
            Value::Null => Self::null(true),
            value => Self::test(Operator::Eq, vec![value]),
        }
    }

    /// Keeps the rows whose column differs from the value. `None` keeps the rows whose column is not null.
    pub fn ne<V: Operand<T, A>>(value: V) -> Self {
        match value.operand() {
            Value::Null => Self::null(false),
            value => Self::test(Operator::Ne, vec![value]),
        }
    }

    /// Keeps the rows whose column is less than the value.
    pub fn lt<V>(value: V) -> Self
    where
        T: OrderedWith<V, A>,
    {
        Self::test(Operator::Lt, vec![T::bound(value)])
    }

    /// Keeps the rows whose column is less than or equal to the value.
    pub fn le<V>(value: V) -> Self
    where
        T: OrderedWith<V, A>,
    {
        Self::test(Operator::Le, vec![T::bound(value)])
    }

    /// Keeps the rows whose column is greater than the value.
    pub fn gt<V>(value: V) -> Self
    where
        T: OrderedWith<V, A>,
    {
        Self::test(Operator::Gt, vec![T::bound(value)])
    }

    /// Keeps the rows whose column is greater than or equal to the value.
    pub fn ge<V>(value: V) -> Self
    where
        T: OrderedWith<V, A>,
    {
        Self::test(Operator::Ge, vec![T::bound(value)])
    }

    /// Keeps the rows whose column is between the two values, inclusive. A filter as data expresses this with `ge` and `le`.
    pub fn between<L, H>(low: L, high: H) -> Self
    where
        T: OrderedWith<L, A> + OrderedWith<H, A>,
    {
        Self::ge(low).and(Self::le(high))
    }

    /// Keeps the rows whose column equals one of the values. A `None` among them also keeps the rows whose column is null.
    /// An empty list keeps no row.
    pub fn is_in<V: Operand<T, A>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::test(Operator::In, values.into_iter().map(Operand::operand).collect())
    }

    /// Keeps the rows whose column equals none of the values and is not null. An empty list keeps every row.
    pub fn not_in<V: Operand<T, A>>(values: impl IntoIterator<Item = V>) -> Self {
        Self::test(Operator::NotIn, values.into_iter().map(Operand::operand).collect())
    }

    /// Keeps the rows whose column is null.
    pub fn is_null() -> Self
    where
        T: Nullable<A>,
    {
        Self::null(true)
    }

    /// Keeps the rows whose column is not null. A filter as data expresses this as `is_null` with `false`.
    pub fn is_not_null() -> Self
    where
        T: Nullable<A>,
    {
        Self::null(false)
    }

    /// Keeps the rows whose text matches the SQL pattern; see [`Col::like`](crate::record::Col::like).
    pub fn like(pattern: impl Into<String>) -> Self
    where
        T: Text<A>,
    {
        Self::test(Operator::Like, vec![Value::Text(pattern.into())])
    }

    /// Keeps the rows whose text starts with the prefix, taken literally, not as a pattern.
    pub fn starts_with(prefix: impl Into<String>) -> Self
    where
        T: Text<A>,
    {
        Self::test(Operator::StartsWith, vec![Value::Text(prefix.into())])
    }

    /// Keeps the rows whose text ends with the suffix, taken literally, not as a pattern.
    pub fn ends_with(suffix: impl Into<String>) -> Self
    where
        T: Text<A>,
    {
        Self::test(Operator::EndsWith, vec![Value::Text(suffix.into())])
    }

    /// Keeps the rows whose text contains the substring, or whose list contains the item.
    pub fn contains<V>(value: V) -> Self
    where
        T: Contains<V, A>,
    {
        let value = match T::needle(value) {
            Needle::Text(text) => Value::Text(text),
            Needle::Item(item) => item,
        };
        Self::test(Operator::Contains, vec![value])
    }

    /// Keeps the rows whose list contains at least one of the items. If there are no items, keeps no rows.
    pub fn contains_any<V>(items: impl IntoIterator<Item = V>) -> Self
    where
        T: List,
        V: Operand<T::Item, A>,
    {
        Self::test(Operator::ContainsAny, items.into_iter().map(Operand::operand).collect())
    }

    /// Keeps the rows whose list contains every item. If there are no items, keeps every row whose list is not null.
    pub fn contains_all<V>(items: impl IntoIterator<Item = V>) -> Self
    where
        T: List,
        V: Operand<T::Item, A>,
    {
        Self::test(Operator::ContainsAll, items.into_iter().map(Operand::operand).collect())
    }

    /// Keeps the rows that meet both conditions. A condition that uses an operator twice cannot be serialized; combine
    /// filters with `all` instead.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        let mut tests = self.into_tests();
        tests.extend(other.into_tests());
        Self::new(tests)
    }

    fn null(is_null: bool) -> Self {
        Self::test(Operator::IsNull, vec![Value::Bool(is_null)])
    }

    fn test(operator: Operator, values: Vec<Value>) -> Self {
        Self::new(vec![Test { operator, values }])
    }
}

impl<F: StructFilter> StructCondition<F> {
    /// Keeps the rows whose struct is null.
    pub fn is_null() -> Self {
        Self::null(true)
    }

    /// Keeps the rows whose struct is not null.
    pub fn is_not_null() -> Self {
        Self::null(false)
    }

    fn null(is_null: bool) -> Self {
        let tests = vec![Test { operator: Operator::IsNull, values: vec![Value::Bool(is_null)] }];
        Self { tests, columns: F::from_columns(vec![None; F::COLUMNS.len()]) }
    }
}
