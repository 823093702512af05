//! The operators of a column.

use super::operators::Needle;
use super::{
    CompareOp, Contains, Filter, Items, ListOp, Nullable, Operand, Order, Ordered, OrderedWith, Predicate,
    Text, TextOp, Value,
};
use crate::record::Col;

impl<R, T, A> Col<R, T, A> {
    /// Keeps the rows whose column equals the value; `None` keeps those where it is null.
    pub fn eq<V: Operand<T, A>>(self, value: V) -> Filter<R> {
        match value.operand() {
            Value::Null => self.null(),
            value => self.compare(CompareOp::Eq, value),
        }
    }

    /// Keeps the rows whose column differs from the value; `None` keeps those where it is not null.
    ///
    /// As in SQL, a row whose column is null does not differ from a value: add `.or(t.column.is_null())` to keep it.
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

    /// Keeps the rows whose column is less than the value or equal to it.
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

    /// Keeps the rows whose column is greater than the value or equal to it.
    pub fn ge<V>(self, value: V) -> Filter<R>
    where
        T: OrderedWith<V, A>,
    {
        self.compare(CompareOp::Ge, T::bound(value))
    }

    /// Keeps the rows whose column lies between the two values, both included. None do when `low` is above `high`.
    pub fn between<L, H>(self, low: L, high: H) -> Filter<R>
    where
        T: OrderedWith<L, A> + OrderedWith<H, A>,
    {
        self.ge(low).and(self.le(high))
    }

    /// Keeps the rows whose column equals one of the values. No values keep no row; a `None` among them also keeps
    /// the rows where the column is null.
    pub fn is_in<V: Operand<T, A>>(self, values: impl IntoIterator<Item = V>) -> Filter<R> {
        let (values, null) = operands(values);
        let found = self.filter(Predicate::In { column: self.path(), values });
        if null { found.or(self.null()) } else { found }
    }

    /// Keeps the rows whose column equals none of the values. No values keep every row; a `None` among them leaves
    /// out the rows where the column is null, which a list of values does too, as in SQL.
    pub fn not_in<V: Operand<T, A>>(self, values: impl IntoIterator<Item = V>) -> Filter<R> {
        let (values, null) = operands(values);
        let missing = self.filter(Predicate::In { column: self.path(), values }).not();
        if null { self.null().not().and(missing) } else { missing }
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

    /// Keeps the rows whose text matches the SQL pattern: `%` stands for any characters, `_` for one, and `\` before
    /// `%`, `_` or `\` takes it literally. Upper and lower case differ.
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

    /// Keeps the rows whose text starts with the prefix, taken literally.
    pub fn starts_with(self, prefix: impl Into<String>) -> Filter<R>
    where
        T: Text<A>,
    {
        self.text(TextOp::StartsWith, prefix.into())
    }

    /// Keeps the rows whose text ends with the suffix, taken literally.
    pub fn ends_with(self, suffix: impl Into<String>) -> Filter<R>
    where
        T: Text<A>,
    {
        self.text(TextOp::EndsWith, suffix.into())
    }

    /// Keeps the rows whose text has the part in it, taken literally, or whose list has the item.
    pub fn contains<V>(self, value: V) -> Filter<R>
    where
        T: Contains<V, A>,
    {
        match T::needle(value) {
            Needle::Text(text) => self.text(TextOp::Contains, text),
            Needle::Item(item) => self.list(ListOp::Any, vec![item]),
        }
    }

    /// Keeps the rows whose list has at least one of the items. No items keep no row.
    pub fn contains_any<V>(self, items: impl IntoIterator<Item = V>) -> Filter<R>
    where
        T: Items,
        V: Operand<T::Item, A>,
    {
        self.list(ListOp::Any, items.into_iter().map(Operand::operand).collect())
    }

    /// Keeps the rows whose list has every item. No items keep every row whose list is not null.
    pub fn contains_all<V>(self, items: impl IntoIterator<Item = V>) -> Filter<R>
    where
        T: Items,
        V: Operand<T::Item, A>,
    {
        self.list(ListOp::All, items.into_iter().map(Operand::operand).collect())
    }

    /// Orders by the column, least first; nulls come last.
    pub fn asc(self) -> Order<R>
    where
        T: Ordered<A>,
    {
        Order::ascending(self.path())
    }

    /// Orders by the column, greatest first; nulls come last.
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

/// The values that are not null, and whether there was a null among them.
fn operands<T, A, V: Operand<T, A>>(values: impl IntoIterator<Item = V>) -> (Vec<Value>, bool) {
    let mut values: Vec<Value> = values.into_iter().map(Operand::operand).collect();
    let all = values.len();
    values.retain(|value| *value != Value::Null);
    let null = values.len() < all;
    (values, null)
}
