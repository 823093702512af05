//! Lowers a predicate to the engine's expression: once, for every call that takes one.
//!
//! A value becomes a literal of exactly its column's type, so there is nothing to quote and nothing for the engine to
//! guess. For the calls that take SQL text alone, [`lancedb::expr::expr_to_sql_string`] writes the expression out:
//! see [`mod@literal`] for what that needs.

mod expression;
mod list;
mod literal;
mod pattern;
mod text;

use datafusion_common::ScalarValue;
use datafusion_functions::core::expr_fn::get_field;
use lancedb::expr::{DfExpr as Expr, col, lit};

pub(super) use self::expression::lower_expression;
use self::literal::literal;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{CompareOp, Predicate, Value};
use crate::record::ColumnPath;

/// How deep the engine is asked to go. It walks a filter by recursion and does not count: on the stack of a tokio
/// worker a debug build aborts the process at 32 levels of SQL text, and at some 100 of an expression.
const DEEPEST: u32 = 20;

/// The expression of a predicate, with SQL's three truth values.
///
/// # Errors
/// `InvalidInput`, with the column, for a value that the column cannot hold and for a null among the values;
/// `Unsupported` for a predicate that is nested more than 20 deep. What is joined by one `and` or `or` is not nested.
pub(crate) fn lower(predicate: &Predicate) -> Result<Expr> {
    Place { depth: 0, negated: false }.lower(predicate)
}

/// Where in the whole a predicate stands.
#[derive(Clone, Copy)]
struct Place {
    depth: u32,
    /// Whether it is inside of a `not`, at any depth.
    negated: bool,
}

impl Place {
    fn lower(self, predicate: &Predicate) -> Result<Expr> {
        Ok(match predicate {
            Predicate::Constant(value) => lit(*value),
            Predicate::And(all) => self.joined(all, Expr::and)?.unwrap_or_else(|| lit(true)),
            Predicate::Or(any) => self.joined(any, Expr::or)?.unwrap_or_else(|| lit(false)),
            Predicate::Not(inner) => match &**inner {
                Predicate::Not(twice) => self.down(1)?.lower(twice)?,
                once => !Self { negated: true, ..self.down(1)? }.lower(once)?,
            },
            Predicate::Compare { column, op, value } => compared(*column, *op, value)?,
            Predicate::In { column, values } => among(*column, values)?,
            Predicate::IsNull { column } => reference(*column).is_null(),
            Predicate::Text { column, op, text } => text::tested(*column, *op, text, self.negated),
            Predicate::List { column, op, values } => list::tested(*column, *op, values)?,
        })
    }

    fn joined(self, predicates: &[Predicate], join: fn(Expr, Expr) -> Expr) -> Result<Option<Expr>> {
        let inner = self.down(predicates.len().next_power_of_two().ilog2())?;
        let exprs = predicates.iter().map(|predicate| inner.lower(predicate)).collect::<Result<_>>()?;
        Ok(joined(exprs, join))
    }

    fn down(self, levels: u32) -> Result<Self> {
        let depth = self.depth + levels;
        if depth > DEEPEST {
            let message = "the filter is nested too deep for the engine, which takes 20 levels: chain `and`s and `or`s of \
                           one kind, which makes one level of many, and use `is_in` for many values";
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        Ok(Self { depth, ..self })
    }
}

/// Joins neighbours pair by pair, so that a long chain is not a deep one.
pub(super) fn joined(mut exprs: Vec<Expr>, join: fn(Expr, Expr) -> Expr) -> Option<Expr> {
    while exprs.len() > 1 {
        let mut rest = exprs.into_iter();
        exprs = std::iter::from_fn(|| {
            let left = rest.next()?;
            Some(match rest.next() {
                Some(right) => join(left, right),
                None => left,
            })
        })
        .collect();
    }
    exprs.pop()
}

/// The column: its name as it is, then one access for each struct that it is inside of.
pub(super) fn reference(column: ColumnPath) -> Expr {
    let inner = column.names().iter().skip(1);
    inner.fold(col(column.root()), |parent, name| get_field(parent, *name))
}

/// True, or null where the column is: what every value passes.
fn known(column: ColumnPath) -> Expr {
    reference(column).is_not_null().or(lit(ScalarValue::Boolean(None)))
}

fn compared(column: ColumnPath, op: CompareOp, value: &Value) -> Result<Expr> {
    if op == CompareOp::Le && is_greatest(value) {
        return Ok(known(column));
    }
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

/// Whether no value of the type is greater. The planner counts in 64 bits how many values a range holds, and a debug
/// build panics when it holds them all.
fn is_greatest(value: &Value) -> bool {
    match value {
        Value::UInt64(value) => *value == u64::MAX,
        Value::Int64(value) | Value::Timestamp { value, .. } => *value == i64::MAX,
        _ => false,
    }
}

fn among(column: ColumnPath, values: &[Value]) -> Result<Expr> {
    if values.is_empty() {
        return Ok(lit(false));
    }
    let values = values.iter().map(|value| literal(column, value)).collect::<Result<_>>()?;
    Ok(reference(column).in_list(values, false))
}
