//! Lowers a predicate to an engine expression, for every call that accepts a predicate.
//!
//! A value becomes a literal with exactly the type of its column, so nothing needs quotes and the engine infers no type.
//! Calls that accept only SQL text use [`lancedb::expr::expr_to_sql_string`] to write the expression; [`mod@literal`]
//! explains what that requires.

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
use crate::query::{CompareOp, DEEPEST, MAX_CONDITIONS, Predicate, Value, too_deep};
use crate::record::ColumnPath;

/// Lowers a predicate to an expression with SQL's three truth values.
///
/// # Errors
/// `InvalidInput`, with the column, for a value that the column cannot hold, and for a null among the values. `InvalidInput` for
/// a predicate that is nested too deeply or has too many conditions. All operands of one `and` or `or` are at the same level.
pub(crate) fn lower(predicate: &Predicate) -> Result<Expr> {
    Lowering { conditions: 0 }.lower(predicate, Nesting { depth: 0, negated: false })
}

/// The state of lowering one predicate.
struct Lowering {
    conditions: usize,
}

/// The nesting of a predicate inside the predicate that is being lowered.
#[derive(Clone, Copy)]
struct Nesting {
    depth: u32,
    /// `true` inside a `not`, at any depth.
    negated: bool,
}

impl Lowering {
    fn lower(&mut self, predicate: &Predicate, nesting: Nesting) -> Result<Expr> {
        let inner = nesting.inside(predicate)?;
        Ok(match predicate {
            Predicate::Constant(value) => lit(*value),
            Predicate::And(all) => self.joined(all, inner, Expr::and)?.unwrap_or_else(|| lit(true)),
            Predicate::Or(any) => self.joined(any, inner, Expr::or)?.unwrap_or_else(|| lit(false)),
            Predicate::Not(inner_predicate) => match &**inner_predicate {
                Predicate::Not(twice) => self.lower(twice, inner)?,
                once => !self.lower(once, Nesting { negated: true, ..inner })?,
            },
            Predicate::Compare { column, op, value } => {
                self.count(1)?;
                compare(*column, *op, value)?
            }
            Predicate::In { column, values } => {
                self.count(values.len())?;
                membership(*column, values)?
            }
            Predicate::IsNull { column } => {
                self.count(1)?;
                reference(*column).is_null()
            }
            Predicate::Text { column, op, text } => {
                self.count(1)?;
                text::lower_text(*column, *op, text, nesting.negated)
            }
            Predicate::List { column, op, values } => {
                self.count(values.len())?;
                list::lower_list(*column, *op, values)?
            }
            Predicate::Invalid(reason) => return Err(invalid(reason)),
        })
    }

    fn joined(
        &mut self,
        predicates: &[Predicate],
        inner: Nesting,
        join: fn(Expr, Expr) -> Expr,
    ) -> Result<Option<Expr>> {
        let exprs = predicates.iter().map(|predicate| self.lower(predicate, inner)).collect::<Result<_>>()?;
        Ok(joined(exprs, join))
    }

    fn count(&mut self, conditions: usize) -> Result<()> {
        self.conditions = self.conditions.saturating_add(conditions);
        if self.conditions <= MAX_CONDITIONS {
            return Ok(());
        }
        let message = format!("the filter has more than {MAX_CONDITIONS} conditions and values");
        let help = "split it into several queries, or filter by a column that the values have in common";
        Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
    }
}

impl Nesting {
    fn inside(self, predicate: &Predicate) -> Result<Self> {
        let depth = self.depth + predicate.own_levels();
        if depth > DEEPEST {
            return Err(invalid(&too_deep()));
        }
        Ok(Self { depth, ..self })
    }
}

fn invalid(reason: &str) -> Error {
    let help = "chain conditions with the same `and` or `or`, which adds only one level, and use `is_in` for many values";
    Error::new(ErrorKind::InvalidInput, reason).with_help(help)
}

/// Joins neighbors in pairs, so that a long chain does not become deeply nested.
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

/// Returns a reference to a column: the name of the root column, then one field access for each struct.
pub(super) fn reference(column: ColumnPath) -> Expr {
    let inner = column.names().iter().skip(1);
    inner.fold(col(column.root()), |parent, name| get_field(parent, *name))
}

/// Returns a condition that every value passes: true, or null where the column is null.
fn true_or_null(column: ColumnPath) -> Expr {
    reference(column).is_not_null().or(lit(ScalarValue::Boolean(None)))
}

/// Returns a condition that no value passes: false, or null where the column is null.
fn false_or_null(column: ColumnPath) -> Expr {
    reference(column).is_null().and(lit(ScalarValue::Boolean(None)))
}

/// Returns a comparison.
///
/// A comparison with the smallest or largest value of the column's type uses equality instead of an ordering. The planner
/// counts the values in a range with a 64-bit integer, and a debug build panics if the range contains all values.
fn compare(column: ColumnPath, op: CompareOp, value: &Value) -> Result<Expr> {
    let left = reference(column);
    let right = literal(column, value)?;
    let extreme = extreme_of_type(value);
    Ok(match (op, extreme) {
        (CompareOp::Le, Some(Extreme::Max)) | (CompareOp::Ge, Some(Extreme::Min)) => true_or_null(column),
        (CompareOp::Gt, Some(Extreme::Max)) | (CompareOp::Lt, Some(Extreme::Min)) => false_or_null(column),
        (CompareOp::Eq, _) | (CompareOp::Ge, Some(Extreme::Max)) | (CompareOp::Le, Some(Extreme::Min)) => {
            left.eq(right)
        }
        (CompareOp::Ne, _) | (CompareOp::Lt, Some(Extreme::Max)) | (CompareOp::Gt, Some(Extreme::Min)) => {
            left.not_eq(right)
        }
        (CompareOp::Lt, None) => left.lt(right),
        (CompareOp::Le, None) => left.lt_eq(right),
        (CompareOp::Gt, None) => left.gt(right),
        (CompareOp::Ge, None) => left.gt_eq(right),
    })
}

/// The smallest or the largest value of a type.
#[derive(Clone, Copy)]
enum Extreme {
    Min,
    Max,
}

/// Returns `Min` or `Max` if the value is that extreme of its type. Applies to types that are stored as integers.
fn extreme_of_type(value: &Value) -> Option<Extreme> {
    fn extreme<T: Ord>(value: T, min: T, max: T) -> Option<Extreme> {
        match value {
            value if value == min => Some(Extreme::Min),
            value if value == max => Some(Extreme::Max),
            _ => None,
        }
    }
    match value {
        Value::Int8(value) => extreme(*value, i8::MIN, i8::MAX),
        Value::Int16(value) => extreme(*value, i16::MIN, i16::MAX),
        Value::Int32(value) | Value::Date(value) => extreme(*value, i32::MIN, i32::MAX),
        Value::Int64(value)
        | Value::Timestamp { value, .. }
        | Value::Time(value)
        | Value::Duration(value) => extreme(*value, i64::MIN, i64::MAX),
        Value::UInt8(value) => extreme(*value, u8::MIN, u8::MAX),
        Value::UInt16(value) => extreme(*value, u16::MIN, u16::MAX),
        Value::UInt32(value) => extreme(*value, u32::MIN, u32::MAX),
        Value::UInt64(value) => extreme(*value, u64::MIN, u64::MAX),
        _ => None,
    }
}

fn membership(column: ColumnPath, values: &[Value]) -> Result<Expr> {
    if values.is_empty() {
        return Ok(lit(false));
    }
    let values = values.iter().map(|value| literal(column, value)).collect::<Result<_>>()?;
    Ok(reference(column).in_list(values, false))
}
