//! Lowers a predicate to the engine's expression, once, for every call that takes one.
//!
//! Values become literals of exactly the column's type, never SQL text, so there is nothing to quote and nothing that
//! the engine has to guess.

mod list;
mod literal;
mod pattern;

use std::ops::Not;

use datafusion_functions::core::expr_fn::get_field;
use datafusion_functions::string::expr_fn::{contains, ends_with, starts_with};
use lancedb::expr::{DfExpr as Expr, col, lit};

use crate::error::{Error, ErrorKind, Result};
use crate::query::{CompareOp, Predicate, TextOp, Value};
use crate::record::ColumnPath;

use literal::{literal, literals};
use pattern::{Pattern, pattern};

/// The expression of a predicate, with SQL's three truth values.
///
/// # Errors
/// `InvalidInput`, with the column, for a value that the column cannot hold and for a null among the values.
pub(crate) fn lower(predicate: &Predicate) -> Result<Expr> {
    match predicate {
        Predicate::Constant(value) => Ok(lit(*value)),
        Predicate::And(all) => joined(all, true, Expr::and),
        Predicate::Or(any) => joined(any, false, Expr::or),
        Predicate::Not(inner) => lower(inner).map(Expr::not),
        Predicate::Compare { column, op, value } => compare(*column, *op, value),
        Predicate::In { column, values } => among(*column, values),
        Predicate::IsNull { column } => Ok(reference(*column).is_null()),
        Predicate::Text { column, op, text } => Ok(matched(*column, *op, text)),
        Predicate::List { column, op, values } => list::tested(*column, *op, values),
    }
}

/// The column: its name taken as it is, and one access for each struct that it is inside of.
fn reference(column: ColumnPath) -> Expr {
    column.names().iter().skip(1).fold(col(column.root()), |parent, name| get_field(parent, *name))
}

/// A balanced tree: the engine refuses filters deeper than 500, and chains of a thousand filters are not rare.
fn joined(predicates: &[Predicate], empty: bool, join: fn(Expr, Expr) -> Expr) -> Result<Expr> {
    match predicates {
        [] => Ok(lit(empty)),
        [one] => lower(one),
        many => {
            let (left, right) = many.split_at(many.len().div_ceil(2));
            Ok(join(joined(left, empty, join)?, joined(right, empty, join)?))
        }
    }
}

fn compare(column: ColumnPath, op: CompareOp, value: &Value) -> Result<Expr> {
    let left = reference(column);
    let right = literal(column, value)?;
    Ok(match op {
        CompareOp::Eq => left.eq(right),
        CompareOp::Ne => left.not_eq(right),
        CompareOp::Lt => left.lt(right),
        CompareOp::Le => left.lt_eq(right),
        CompareOp::Gt => left.gt(right),
        CompareOp::Ge => left.gt_eq(right),
    })
}

fn among(column: ColumnPath, values: &[Value]) -> Result<Expr> {
    if values.is_empty() {
        return Ok(lit(false));
    }
    Ok(reference(column).in_list(literals(column, values)?, false))
}

fn matched(column: ColumnPath, op: TextOp, text: &str) -> Expr {
    let column = reference(column);
    match op {
        TextOp::Like => match pattern(text) {
            Pattern::Literal(text) => column.eq(lit(text)),
            Pattern::Wild(pattern) => column.like(lit(pattern)),
        },
        TextOp::StartsWith => starts_with(column, lit(text)),
        TextOp::EndsWith => ends_with(column, lit(text)),
        TextOp::Contains => contains(column, lit(text)),
    }
}
