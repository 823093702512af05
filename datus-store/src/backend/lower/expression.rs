//! Lowers the expression that a column is set to.

use arrow_schema::DataType;
use datafusion_functions::core::expr_fn::coalesce;
use datafusion_functions::string::expr_fn::{concat, lower, upper};
use lancedb::expr::{DfExpr as Expr, expr_cast as cast, lit};

use super::literal::literal;
use super::reference;
use crate::error::Result;
use crate::query::{ArithmeticOp, Expression, Value};
use crate::record::ColumnPath;

/// The type for integer arithmetic. The engine's integer sums wrap around silently, but a cast from this type to an integer
/// type fails if the value does not fit.
const EXACT: DataType = DataType::Decimal128(38, 0);

/// Lowers the expression that the column at `target` is set to.
pub(in crate::backend) fn lower_expression(target: ColumnPath, expression: &Expression) -> Result<Expr> {
    let inner = |expression: &Expression| lower_expression(target, expression);
    let all = |expressions: &[Expression]| expressions.iter().map(inner).collect::<Result<Vec<_>>>();
    Ok(match expression {
        Expression::Value(Value::Null) => lit(datafusion_common::ScalarValue::Null),
        Expression::Value(value) => literal(target, value)?,
        Expression::Stored(column) => reference(*column),
        Expression::Arithmetic { op, left, right } => {
            let exact = is_integer(left) || is_integer(right);
            // A result of integer arithmetic is already exact. Without the cast, the engine also recurses less at each level.
            let number = |side: &Expression| match side {
                Expression::Arithmetic { .. } if is_integer(side) => inner(side),
                side if exact => Ok(cast(inner(side)?, EXACT)),
                side => inner(side),
            };
            let (left, right) = (number(left)?, number(right)?);
            match op {
                ArithmeticOp::Plus => left + right,
                ArithmeticOp::Minus => left - right,
                ArithmeticOp::Times => left * right,
            }
        }
        Expression::Concat(parts) => concat(all(parts)?),
        Expression::Lower(text) => lower(inner(text)?),
        Expression::Upper(text) => upper(inner(text)?),
        Expression::Coalesce(values) => coalesce(all(values)?),
    })
}

/// Returns `true` if it is clear from the expression itself that its result is an integer. Every integer computation has
/// such an expression on at least one side.
fn is_integer(expression: &Expression) -> bool {
    match expression {
        Expression::Value(value) => matches!(
            value,
            Value::Int8(_)
                | Value::Int16(_)
                | Value::Int32(_)
                | Value::Int64(_)
                | Value::UInt8(_)
                | Value::UInt16(_)
                | Value::UInt32(_)
                | Value::UInt64(_)
        ),
        Expression::Arithmetic { left, right, .. } => is_integer(left) || is_integer(right),
        _ => false,
    }
}
