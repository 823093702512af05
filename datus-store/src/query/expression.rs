use std::fmt;
use std::marker::PhantomData;

use super::{Operand, Text, Value};
use crate::record::{Col, ColumnPath};

/// What a column is set to: a value, another column, or something computed of them. Untyped; [`Computed`] is the typed
/// shell.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Expression {
    /// A value.
    Value(Value),
    /// The value of a column of the same row. Not named `Column`: with two of that name the compiler writes out the path of
    /// the trait in its messages.
    Stored(ColumnPath),
    /// Two numbers put together; null where one of them is.
    Arithmetic {
        /// How.
        op: ArithmeticOp,
        /// The left one.
        left: Box<Expression>,
        /// The right one.
        right: Box<Expression>,
    },
    /// Texts one after another; a null counts as empty.
    Concat(Vec<Expression>),
    /// A text in small letters.
    Lower(Box<Expression>),
    /// A text in capital letters.
    Upper(Box<Expression>),
    /// The first one that is not null.
    Coalesce(Vec<Expression>),
}

/// How two numbers are put together.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// The sum.
    Plus,
    /// The difference.
    Minus,
    /// The product.
    Times,
}

/// A value of type `T` computed of the columns of a row of `R`, for [`Update::set_to`](crate::Update::set_to).
///
/// A column is one; `plus`, `minus` and `times` make others of numbers, `concat`, `lower` and `upper` of text,
/// `unwrap_or` of what can be null. The engine computes them: a sum that does not fit its type is an error of kind
/// `Engine`, and nothing is written. An expression is nested at most 8 levels deep, where the parts of a text that is put together are one level; an update with a deeper one fails with
/// `InvalidInput`.
pub struct Computed<R, T> {
    expression: Expression,
    /// The levels of expressions within expressions.
    depth: u32,
    types: PhantomData<fn() -> (R, T)>,
}

/// The greatest depth of an expression. The engine writes and reads it as SQL text by recursion, and a debug build has room for
/// some twenty levels on the stack of a thread.
const DEEPEST: u32 = 8;

impl<R, T> Computed<R, T> {
    /// A value, or a column.
    fn leaf(expression: Expression) -> Self {
        Self { expression, depth: 0, types: PhantomData }
    }

    /// What is computed of expressions that are at most `depth` levels deep.
    fn of(expression: Expression, depth: u32) -> Self {
        if depth < DEEPEST {
            return Self { expression, depth: depth + 1, types: PhantomData };
        }
        let reason = format!("the expression is nested more than {DEEPEST} levels deep");
        Self::leaf(Expression::Value(Value::Invalid(reason)))
    }

    /// The untyped expression.
    pub fn into_expression(self) -> Expression {
        self.expression
    }

    /// Whether it can't be computed. What would be made of it is left as it is, with its reason.
    fn is_invalid(&self) -> bool {
        matches!(self.expression, Expression::Value(Value::Invalid(_)))
    }

    fn arithmetic(self, op: ArithmeticOp, right: Self) -> Self {
        if self.is_invalid() {
            return self;
        }
        let depth = self.depth.max(right.depth);
        Self::of(
            Expression::Arithmetic { op, left: Box::new(self.expression), right: Box::new(right.expression) },
            depth,
        )
    }

    /// The text of this and that of the other: one more part where this is made of parts already.
    fn followed_by(self, other: Self) -> Self {
        if self.is_invalid() {
            return self;
        }
        let (mut parts, depth) = match self.expression {
            Expression::Concat(parts) => (parts, self.depth - 1),
            expression => (vec![expression], self.depth),
        };
        parts.push(other.expression);
        if parts.len() > MOST_PARTS {
            let reason = format!("the text is put together of more than {MOST_PARTS} parts");
            return Self::leaf(Expression::Value(Value::Invalid(reason)));
        }
        Self::of(Expression::Concat(parts), depth.max(other.depth))
    }
}

/// The most parts of a text that is put together: the engine writes and reads the SQL of each by recursion.
const MOST_PARTS: usize = 16;

/// A type with `plus`, `minus` and `times`: integers and floats, and `Option`s of them.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    label = "`plus`, `minus` and `times` need a column of numbers",
    note = "texts are put together with `concat`"
)]
pub trait Number {}

macro_rules! numbers {
    ($($number:ty),+) => { $(impl Number for $number {})+ };
}

numbers!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

#[diagnostic::do_not_recommend]
impl<T: Number> Number for Option<T> {}

/// Something to compute a column of type `T` from: another column, or an expression of columns of the same record.
#[diagnostic::on_unimplemented(
    message = "`{Self}` does not compute a value of type `{T}`",
    label = "the column that is set is `{T}`",
    note = "give a column of the same record and type, or an expression of one such as `t.visits.plus(1)`; a value is set with `set`"
)]
pub trait IntoComputed<R, T> {
    /// The expression.
    fn into_computed(self) -> Computed<R, T>;
}

impl<R, T> IntoComputed<R, T> for Computed<R, T> {
    fn into_computed(self) -> Computed<R, T> {
        self
    }
}

impl<R, T> IntoComputed<R, Option<T>> for Computed<R, T> {
    fn into_computed(self) -> Computed<R, Option<T>> {
        Computed { expression: self.expression, depth: self.depth, types: PhantomData }
    }
}

impl<R, T, A> IntoComputed<R, T> for Col<R, T, A> {
    fn into_computed(self) -> Computed<R, T> {
        Computed::leaf(Expression::Stored(self.path()))
    }
}

impl<R, T, A> IntoComputed<R, Option<T>> for Col<R, T, A> {
    fn into_computed(self) -> Computed<R, Option<T>> {
        Computed::leaf(Expression::Stored(self.path()))
    }
}

/// The methods of a column and of an expression alike.
macro_rules! computing {
    () => {
        /// The sum with a value; null where the column is.
        pub fn plus<V: Operand<T>>(self, value: V) -> Computed<R, T>
        where
            T: Number,
        {
            self.begin().arithmetic(ArithmeticOp::Plus, value_of(value))
        }

        /// What is left without a value; null where the column is.
        pub fn minus<V: Operand<T>>(self, value: V) -> Computed<R, T>
        where
            T: Number,
        {
            self.begin().arithmetic(ArithmeticOp::Minus, value_of(value))
        }

        /// The product with a value; null where the column is.
        pub fn times<V: Operand<T>>(self, value: V) -> Computed<R, T>
        where
            T: Number,
        {
            self.begin().arithmetic(ArithmeticOp::Times, value_of(value))
        }

        /// The text in small letters.
        pub fn lower(self) -> Computed<R, T>
        where
            T: Text,
        {
            let text = self.begin();
            if text.is_invalid() {
                return text;
            }
            Computed::of(Expression::Lower(Box::new(text.expression)), text.depth)
        }

        /// The text in capital letters.
        pub fn upper(self) -> Computed<R, T>
        where
            T: Text,
        {
            let text = self.begin();
            if text.is_invalid() {
                return text;
            }
            Computed::of(Expression::Upper(Box::new(text.expression)), text.depth)
        }

        /// The text with another one behind it; a null counts as empty.
        pub fn concat(self, text: impl Into<String>) -> Computed<R, T>
        where
            T: Text,
        {
            self.begin().followed_by(Computed::leaf(Expression::Value(Value::Text(text.into()))))
        }

        /// The text with that of another column or expression behind it; a null counts as empty.
        pub fn concat_with(self, other: impl IntoComputed<R, T>) -> Computed<R, T>
        where
            T: Text,
        {
            self.begin().followed_by(other.into_computed())
        }
    };
}

impl<R, T> Computed<R, T> {
    fn begin(self) -> Self {
        self
    }

    computing!();
}

impl<R, T, A> Col<R, T, A> {
    fn begin(self) -> Computed<R, T> {
        Computed::leaf(Expression::Stored(self.path()))
    }

    computing!();
}

impl<R, T> Computed<R, Option<T>> {
    /// A value where this is null.
    pub fn unwrap_or<V: Operand<T>>(self, value: V) -> Computed<R, T> {
        let values = vec![self.expression, Expression::Value(value.operand())];
        Computed::of(Expression::Coalesce(values), self.depth)
    }
}

impl<R, T, A> Col<R, Option<T>, A> {
    /// The column's value, or another one where it is null.
    pub fn unwrap_or<V: Operand<T>>(self, value: V) -> Computed<R, T> {
        self.begin().unwrap_or(value)
    }
}

fn value_of<R, T, V: Operand<T>>(value: V) -> Computed<R, T> {
    Computed::leaf(Expression::Value(value.operand()))
}

impl<R, T> Clone for Computed<R, T> {
    fn clone(&self) -> Self {
        Self { expression: self.expression.clone(), depth: self.depth, types: PhantomData }
    }
}

impl<R, T> fmt::Debug for Computed<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Computed").field(&self.expression).finish()
    }
}
