//! The filter methods and the sort orders of a column.

use super::operators::Needle;
use super::{
    CompareOp, Contains, Filter, List, ListOp, Nullable, Operand, Order, Ordered, OrderedWith, Predicate,
    Text, TextOp, Value,
};
use crate::record::Col;

impl<R, T, A> Col<R, T, A> {
    /// Keeps the rows whose column equals the value. `None` keeps the rows whose column is null.
    pub fn eq<V: Operand<T, A>>(self, value: V) -> Filter<R> {
        match value.operand() {
            Value::Null => self.null(),
            value => self.compare(CompareOp::Eq, value),
        }
    }

    /// Keeps the rows whose column differs from the value. `None` keeps the rows whose column is not null.
    ///
    /// As in SQL, a null neither equals nor differs from a value. Add `.or(t.column.is_null())` to keep the rows with a null.
    pub fn ne<V: Operand<T, A>>(self, value: V) -> Filter<R> {
        match value.operand() {
            Value::Null => self.null().not(),
            value => self.compare(CompareOp::Ne, value),
        }
    }

    /// Keeps the rows whose column is less than the value.
    pub fn lt<V>(self, value: V) -> Filter<R>
    where
        T: OrderedWith<V, A>,
    {
        self.compare(CompareOp::Lt, T::bound(value))
    }

    /// Keeps the rows whose column is less than or equal to the value.
    pub fn le<V>(self, value: V) -> Filter<R>
    where
        T: OrderedWith<V, A>,
    {
        self.compare(CompareOp::Le, T::bound(value))
    }

    /// Keeps the rows whose column is greater than the value.
    pub fn gt<V>(self, value: V) -> Filter<R>
    where
        T: OrderedWith<V, A>,
    {
        self.compare(CompareOp::Gt, T::bound(value))
    }

    /// Keeps the rows whose column is greater than or equal to the value.
    pub fn ge<V>(self, value: V) -> Filter<R>
    where
        T: OrderedWith<V, A>,
    {
        self.compare(CompareOp::Ge, T::bound(value))
    }

    /// Keeps the rows whose column is between the two values, inclusive. Keeps no row if `low` is greater than `high`.
    pub fn between<L, H>(self, low: L, high: H) -> Filter<R>
    where
        T: OrderedWith<L, A> + OrderedWith<H, A>,
    {
        self.ge(low).and(self.le(high))
    }

    /// Keeps the rows whose column equals one of the values. An empty list keeps no row. A `None` in the list also keeps
    /// the rows whose column is null.
    pub fn is_in<V: Operand<T, A>>(self, values: impl IntoIterator<Item = V>) -> Filter<R> {
        let (values, has_null) = split_nulls(values);
        let is_in = self.filter(Predicate::In { column: self.path(), values });
        if has_null { is_in.or(self.null()) } else { is_in }
    }

    /// Keeps the rows whose column equals none of the values. An empty list keeps every row. As in SQL, a list with values
    /// excludes the rows whose column is null, and so does a `None` in the list.
    pub fn not_in<V: Operand<T, A>>(self, values: impl IntoIterator<Item = V>) -> Filter<R> {
        let (values, has_null) = split_nulls(values);
        let not_in = self.filter(Predicate::In { column: self.path(), values }).not();
        if has_null { self.null().not().and(not_in) } else { not_in }
    }

    /// Keeps the rows whose column is null.
    pub fn is_null(self) -> Filter<R>
    where
        T: Nullable<A>,
    {
        self.null()
    }

    /// Keeps the rows whose column is not null.
    pub fn is_not_null(self) -> Filter<R>
    where
        T: Nullable<A>,
    {
        self.null().not()
    }

    /// Keeps the rows whose text matches the SQL pattern. `%` matches any characters, `_` matches one, and `\` escapes
    /// `%`, `_` and `\`. Case matters.
    pub fn like(self, pattern: impl Into<String>) -> Filter<R>
    where
        T: Text<A>,
    {
        self.text(TextOp::Like, pattern.into())
    }

    /// Keeps the rows whose text does not match the SQL pattern. See [`like`](Self::like).
    pub fn not_like(self, pattern: impl Into<String>) -> Filter<R>
    where
        T: Text<A>,
    {
        self.like(pattern).not()
    }

    /// Keeps the rows whose text starts with the prefix. The prefix is not a pattern.
    pub fn starts_with(self, prefix: impl Into<String>) -> Filter<R>
    where
        T: Text<A>,
    {
        self.text(TextOp::StartsWith, prefix.into())
    }

    /// Keeps the rows whose text ends with the suffix. The suffix is not a pattern.
    pub fn ends_with(self, suffix: impl Into<String>) -> Filter<R>
    where
        T: Text<A>,
    {
        self.text(TextOp::EndsWith, suffix.into())
    }

    /// Keeps the rows whose text contains the substring, which is not a pattern, or whose list contains the item.
    pub fn contains<V>(self, value: V) -> Filter<R>
    where
        T: Contains<V, A>,
    {
        match T::needle(value) {
            Needle::Text(text) => self.text(TextOp::Contains, text),
            Needle::Item(item) => self.list(ListOp::Any, vec![item]),
        }
    }

    /// Keeps the rows whose list contains at least one of the items. If there are no items, keeps no rows.
    pub fn contains_any<V>(self, items: impl IntoIterator<Item = V>) -> Filter<R>
    where
        T: List,
        V: Operand<T::Item, A>,
    {
        self.list(ListOp::Any, items.into_iter().map(Operand::operand).collect())
    }

    /// Keeps the rows whose list contains every item. If there are no items, keeps every row whose list is not null.
    pub fn contains_all<V>(self, items: impl IntoIterator<Item = V>) -> Filter<R>
    where
        T: List,
        V: Operand<T::Item, A>,
    {
        self.list(ListOp::All, items.into_iter().map(Operand::operand).collect())
    }

    /// Orders rows by the column, smallest first. Nulls come last.
    pub fn asc(self) -> Order<R>
    where
        T: Ordered<A>,
    {
        Order::ascending(self.path())
    }

    /// Orders rows by the column, largest first. Nulls come last.
    pub fn desc(self) -> Order<R>
    where
        T: Ordered<A>,
    {
        Order::descending(self.path())
    }

    fn null(self) -> Filter<R> {
        self.filter(Predicate::IsNull { column: self.path() })
    }

    fn compare(self, op: CompareOp, value: Value) -> Filter<R> {
        self.filter(Predicate::Compare { column: self.path(), op, value })
    }

    fn text(self, op: TextOp, text: String) -> Filter<R> {
        self.filter(Predicate::Text { column: self.path(), op, text })
    }

    fn list(self, op: ListOp, values: Vec<Value>) -> Filter<R> {
        self.filter(Predicate::List { column: self.path(), op, values })
    }

    fn filter(self, predicate: Predicate) -> Filter<R> {
        Filter::from_predicate(predicate)
    }
}

/// Returns the values that are not null, and `true` if any value was null.
fn split_nulls<T, A, V: Operand<T, A>>(values: impl IntoIterator<Item = V>) -> (Vec<Value>, bool) {
    let mut values: Vec<Value> = values.into_iter().map(Operand::operand).collect();
    let count = values.len();
    values.retain(|value| *value != Value::Null);
    let has_null = values.len() < count;
    (values, has_null)
}
