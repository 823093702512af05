//! Lowers conditions on lists.

use datafusion_functions_nested::expr_fn::array_has;
use lancedb::expr::{DfExpr as Expr, lit};

use super::literal::literal;
use super::{joined, reference, true_or_null};
use crate::error::Result;
use crate::query::{ListOp, Value};
use crate::record::ColumnPath;

/// Returns the condition on a list, which is null where the list is null.
///
/// It uses one `array_has` per value instead of one `array_has_any` or `array_has_all`. The latter two need a literal of the
/// list's type. But the nullability of the items is unknown here, and list literals lose the type of their items in SQL
/// text.
pub(super) fn lower_list(column: ColumnPath, op: ListOp, values: &[Value]) -> Result<Expr> {
    let has: Vec<Expr> = values.iter().map(|value| has(column, value)).collect::<Result<_>>()?;
    Ok(match op {
        ListOp::Any => joined(has, Expr::or).unwrap_or_else(|| lit(false)),
        ListOp::All => joined(has, Expr::and).unwrap_or_else(|| true_or_null(column)),
    })
}

/// Returns the condition for one value. Items are compared bit by bit, so a float zero is searched for with both signs.
fn has(column: ColumnPath, value: &Value) -> Result<Expr> {
    let one = |value: &Value| Ok(array_has(reference(column), literal(column, value)?));
    match negated_zero(value) {
        Some(other) => Ok(one(value)?.or(one(&other)?)),
        None => one(value),
    }
}

fn negated_zero(value: &Value) -> Option<Value> {
    match value {
        Value::Float16(zero) if *zero == 0.0 => Some(Value::Float16(-zero)),
        Value::Float32(zero) if *zero == 0.0 => Some(Value::Float32(-zero)),
        Value::Float64(zero) if *zero == 0.0 => Some(Value::Float64(-zero)),
        _ => None,
    }
}
