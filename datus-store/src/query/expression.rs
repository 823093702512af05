use std::fmt;
use std::marker::PhantomData;

use super::{Operand, Text, Value};
use crate::record::{Col, ColumnPath};

/// An untyped expression for the new value of a column: a value, a column, or an operation on expressions. [`ColumnExpr`] is
/// the typed wrapper.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Expression {
    /// A value.
    Value(Value),
    /// The value of a column in the same row. The variant is not named `Column`, because the compiler would then print the full
    /// path of the trait with that name in its messages.
    Stored(ColumnPath),
    /// An arithmetic operation on two numbers. Null if either operand is null.
    Arithmetic {
        /// The operator.
        op: ArithmeticOp,
        /// The left operand.
        left: Box<Expression>,
        /// The right operand.
        right: Box<Expression>,
    },
    /// The concatenation of strings. A null counts as an empty string.
    Concat(Vec<Expression>),
    /// Text converted to lower case.
    Lower(Box<Expression>),
    /// Text converted to upper case.
    Upper(Box<Expression>),
    /// The first expression that is not null.
    Coalesce(Vec<Expression>),
}

/// An arithmetic operator.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ArithmeticOp {
    /// Addition.
    Plus,
    /// Subtraction.
    Minus,
    /// Multiplication.
    Times,
}

/// An expression of type `T` over the columns of a row of `R`, for [`Update::set_to`](crate::Update::set_to).
///
/// A column is an expression. `plus`, `minus` and `times` combine numbers, `concat`, `lower` and `upper` work on text, and
/// `unwrap_or` replaces null. The engine evaluates the expression. If a result overflows its type, the update fails with
/// `Engine` and writes nothing.
///
/// An expression can be nested at most 8 levels deep, and a concatenation of several strings counts as one level. An update
/// with a deeper expression fails with `InvalidInput`.
pub struct ColumnExpr<R, T> {
    expression: Expression,
    /// The number of nested levels.
    depth: u32,
    types: PhantomData<fn() -> (R, T)>,
}

/// The maximum depth of an expression. The engine recurses into its SQL text, and in a debug build the stack of a thread has
/// room for about twenty levels.
const MAX_DEPTH: u32 = 8;

impl<R, T> ColumnExpr<R, T> {
    /// Creates an expression from a value or a column.
    fn leaf(expression: Expression) -> Self {
        Self { expression, depth: 0, types: PhantomData }
    }

    /// Creates an expression with operands that are at most `operand_depth` levels deep.
    fn nested(expression: Expression, operand_depth: u32) -> Self {
        if operand_depth < MAX_DEPTH {
            return Self { expression, depth: operand_depth + 1, types: PhantomData };
        }
        let reason = format!("the expression is nested more than {MAX_DEPTH} levels deep");
        Self::leaf(Expression::Value(Value::Invalid(reason)))
    }

    /// Converts the expression into an untyped one.
    pub fn into_expression(self) -> Expression {
        self.expression
    }

    /// Returns `true` if the expression is invalid. Operations return an invalid expression unchanged, to keep the reason.
    fn is_invalid(&self) -> bool {
        matches!(self.expression, Expression::Value(Value::Invalid(_)))
    }

    fn arithmetic(self, op: ArithmeticOp, right: Self) -> Self {
        if self.is_invalid() {
            return self;
        }
        let depth = self.depth.max(right.depth);
        Self::nested(
            Expression::Arithmetic { op, left: Box::new(self.expression), right: Box::new(right.expression) },
            depth,
        )
    }

    /// Concatenates two texts. If this expression is a concatenation, the other expression becomes a part of it.
    fn append(self, other: Self) -> Self {
        if self.is_invalid() {
            return self;
        }
        let (mut parts, depth) = match self.expression {
            Expression::Concat(parts) => (parts, self.depth - 1),
            expression => (vec![expression], self.depth),
        };
        parts.push(other.expression);
        if parts.len() > MAX_PARTS {
            let reason = format!("the text is a concatenation of more than {MAX_PARTS} parts");
            return Self::leaf(Expression::Value(Value::Invalid(reason)));
        }
        Self::nested(Expression::Concat(parts), depth.max(other.depth))
    }
}

/// The maximum number of parts in a concatenation. The engine recurses into the SQL text of every part.
const MAX_PARTS: usize = 16;

/// A type with `plus`, `minus` and `times`: an integer, a float, or an `Option` of either.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not a number",
    label = "`plus`, `minus` and `times` need a column of numbers",
    note = "use `concat` for text"
)]
pub trait Number {}

macro_rules! numbers {
    ($($number:ty),+) => { $(impl Number for $number {})+ };
}

numbers!(i8, i16, i32, i64, u8, u16, u32, u64, f32, f64);

#[diagnostic::do_not_recommend]
impl<T: Number> Number for Option<T> {}

/// A type that converts to an expression of type `T`: a column, or an expression over columns of the same record.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an expression of type `{T}`",
    label = "the column to set has type `{T}`",
    note = "pass a column of the same record and type, or an expression such as `t.visits.plus(1)`; use `set` for a value"
)]
pub trait IntoColumnExpr<R, T> {
    /// Converts the value to an expression.
    fn into_column_expr(self) -> ColumnExpr<R, T>;
}

impl<R, T> IntoColumnExpr<R, T> for ColumnExpr<R, T> {
    fn into_column_expr(self) -> ColumnExpr<R, T> {
        self
    }
}

impl<R, T> IntoColumnExpr<R, Option<T>> for ColumnExpr<R, T> {
    fn into_column_expr(self) -> ColumnExpr<R, Option<T>> {
        ColumnExpr { expression: self.expression, depth: self.depth, types: PhantomData }
    }
}

impl<R, T, A> IntoColumnExpr<R, T> for Col<R, T, A> {
    fn into_column_expr(self) -> ColumnExpr<R, T> {
        ColumnExpr::leaf(Expression::Stored(self.path()))
    }
}

impl<R, T, A> IntoColumnExpr<R, Option<T>> for Col<R, T, A> {
    fn into_column_expr(self) -> ColumnExpr<R, Option<T>> {
        ColumnExpr::leaf(Expression::Stored(self.path()))
    }
}

/// Defines the methods that columns and expressions share.
macro_rules! expression_methods {
    () => {
        /// Adds a value. The result is null if the column is null.
        pub fn plus<V: Operand<T>>(self, value: V) -> ColumnExpr<R, T>
        where
            T: Number,
        {
            self.column_expr().arithmetic(ArithmeticOp::Plus, literal(value))
        }

        /// Subtracts a value. The result is null if the column is null.
        pub fn minus<V: Operand<T>>(self, value: V) -> ColumnExpr<R, T>
        where
            T: Number,
        {
            self.column_expr().arithmetic(ArithmeticOp::Minus, literal(value))
        }

        /// Multiplies by a value. The result is null if the column is null.
        pub fn times<V: Operand<T>>(self, value: V) -> ColumnExpr<R, T>
        where
            T: Number,
        {
            self.column_expr().arithmetic(ArithmeticOp::Times, literal(value))
        }

        /// Converts the text to lower case.
        pub fn lower(self) -> ColumnExpr<R, T>
        where
            T: Text,
        {
            let text = self.column_expr();
            if text.is_invalid() {
                return text;
            }
            ColumnExpr::nested(Expression::Lower(Box::new(text.expression)), text.depth)
        }

        /// Converts the text to upper case.
        pub fn upper(self) -> ColumnExpr<R, T>
        where
            T: Text,
        {
            let text = self.column_expr();
            if text.is_invalid() {
                return text;
            }
            ColumnExpr::nested(Expression::Upper(Box::new(text.expression)), text.depth)
        }

        /// Appends a text. A null counts as empty text.
        pub fn concat(self, text: impl Into<String>) -> ColumnExpr<R, T>
        where
            T: Text,
        {
            self.column_expr().append(ColumnExpr::leaf(Expression::Value(Value::Text(text.into()))))
        }

        /// Appends the text of another column or expression. A null counts as empty text.
        pub fn concat_with(self, other: impl IntoColumnExpr<R, T>) -> ColumnExpr<R, T>
        where
            T: Text,
        {
            self.column_expr().append(other.into_column_expr())
        }
    };
}

impl<R, T> ColumnExpr<R, T> {
    fn column_expr(self) -> Self {
        self
    }

    expression_methods!();
}

impl<R, T, A> Col<R, T, A> {
    fn column_expr(self) -> ColumnExpr<R, T> {
        ColumnExpr::leaf(Expression::Stored(self.path()))
    }

    expression_methods!();
}

impl<R, T> ColumnExpr<R, Option<T>> {
    /// Replaces null with a value.
    pub fn unwrap_or<V: Operand<T>>(self, value: V) -> ColumnExpr<R, T> {
        let values = vec![self.expression, Expression::Value(value.operand())];
        ColumnExpr::nested(Expression::Coalesce(values), self.depth)
    }
}

impl<R, T, A> Col<R, Option<T>, A> {
    /// Replaces null with a value.
    pub fn unwrap_or<V: Operand<T>>(self, value: V) -> ColumnExpr<R, T> {
        self.column_expr().unwrap_or(value)
    }
}

fn literal<R, T, V: Operand<T>>(value: V) -> ColumnExpr<R, T> {
    ColumnExpr::leaf(Expression::Value(value.operand()))
}

impl<R, T> Clone for ColumnExpr<R, T> {
    fn clone(&self) -> Self {
        Self { expression: self.expression.clone(), depth: self.depth, types: PhantomData }
    }
}

impl<R, T> fmt::Debug for ColumnExpr<R, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ColumnExpr").field(&self.expression).finish()
    }
}
