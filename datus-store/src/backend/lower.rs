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
use crate::query::{CompareOp, DEEPEST, MOST_CONDITIONS, Predicate, Value, too_deep};
use crate::record::ColumnPath;

/// The expression of a predicate, with SQL's three truth values.
///
/// # Errors
/// `InvalidInput`, with the column, for a value that the column cannot hold and for a null among the values; `InvalidInput` for a
/// predicate that is nested too deep or has too many conditions. What is joined by one `and` or `or` is not nested.
pub(crate) fn lower(predicate: &Predicate) -> Result<Expr> {
    Lowering { conditions: 0 }.lower(predicate, Place { depth: 0, negated: false })
}

/// What is counted while a predicate is lowered.
struct Lowering {
    conditions: usize,
}

/// Where in the whole a predicate stands.
#[derive(Clone, Copy)]
struct Place {
    depth: u32,
    /// Whether it is inside of a `not`, at any depth.
    negated: bool,
}

impl Lowering {
    fn lower(&mut self, predicate: &Predicate, place: Place) -> Result<Expr> {
        let inner = place.inside(predicate)?;
        Ok(match predicate {
            Predicate::Constant(value) => lit(*value),
            Predicate::And(all) => self.joined(all, inner, Expr::and)?.unwrap_or_else(|| lit(true)),
            Predicate::Or(any) => self.joined(any, inner, Expr::or)?.unwrap_or_else(|| lit(false)),
            Predicate::Not(inner_predicate) => match &**inner_predicate {
                Predicate::Not(twice) => self.lower(twice, inner)?,
                once => !self.lower(once, Place { negated: true, ..inner })?,
            },
            Predicate::Compare { column, op, value } => {
                self.count(1)?;
                compared(*column, *op, value)?
            }
            Predicate::In { column, values } => {
                self.count(values.len())?;
                among(*column, values)?
            }
            Predicate::IsNull { column } => {
                self.count(1)?;
                reference(*column).is_null()
            }
            Predicate::Text { column, op, text } => {
                self.count(1)?;
                text::tested(*column, *op, text, place.negated)
            }
            Predicate::List { column, op, values } => {
                self.count(values.len())?;
                list::tested(*column, *op, values)?
            }
            Predicate::Invalid(reason) => return Err(invalid(reason)),
        })
    }

    fn joined(
        &mut self,
        predicates: &[Predicate],
        inner: Place,
        join: fn(Expr, Expr) -> Expr,
    ) -> Result<Option<Expr>> {
        let exprs = predicates.iter().map(|predicate| self.lower(predicate, inner)).collect::<Result<_>>()?;
        Ok(joined(exprs, join))
    }

    fn count(&mut self, conditions: usize) -> Result<()> {
        self.conditions = self.conditions.saturating_add(conditions);
        if self.conditions <= MOST_CONDITIONS {
            return Ok(());
        }
        let message = format!("the filter has more than {MOST_CONDITIONS} conditions and values");
        let help =
            "split it into several queries, or filter by a column that says what the values have in common";
        Err(Error::new(ErrorKind::InvalidInput, message).with_help(help))
    }
}

impl Place {
    fn inside(self, predicate: &Predicate) -> Result<Self> {
        let depth = self.depth + predicate.own_levels();
        if depth > DEEPEST {
            return Err(invalid(&too_deep()));
        }
        Ok(Self { depth, ..self })
    }
}

fn invalid(reason: &str) -> Error {
    let help =
        "chain `and`s and `or`s of one kind, which makes one level of many, and use `is_in` for many values";
    Error::new(ErrorKind::InvalidInput, reason).with_help(help)
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

/// True, or null where the column is: a test that every value passes.
fn known(column: ColumnPath) -> Expr {
    reference(column).is_not_null().or(lit(ScalarValue::Boolean(None)))
}

/// False, or null where the column is: a test that no value passes.
fn never(column: ColumnPath) -> Expr {
    reference(column).is_null().and(lit(ScalarValue::Boolean(None)))
}

/// A comparison. One with an end of the column's type is written without an order: the planner counts in 64 bits how many
/// values a range holds, and a debug build panics when a range holds them all.
fn compared(column: ColumnPath, op: CompareOp, value: &Value) -> Result<Expr> {
    let left = reference(column);
    let right = literal(column, value)?;
    let end = end_of_type(value);
    Ok(match (op, end) {
        (CompareOp::Le, Some(End::Greatest)) | (CompareOp::Ge, Some(End::Least)) => known(column),
        (CompareOp::Gt, Some(End::Greatest)) | (CompareOp::Lt, Some(End::Least)) => never(column),
        (CompareOp::Eq, _) | (CompareOp::Ge, Some(End::Greatest)) | (CompareOp::Le, Some(End::Least)) => {
            left.eq(right)
        }
        (CompareOp::Ne, _) | (CompareOp::Lt, Some(End::Greatest)) | (CompareOp::Gt, Some(End::Least)) => {
            left.not_eq(right)
        }
        (CompareOp::Lt, None) => left.lt(right),
        (CompareOp::Le, None) => left.lt_eq(right),
        (CompareOp::Gt, None) => left.gt(right),
        (CompareOp::Ge, None) => left.gt_eq(right),
    })
}

/// An end of the values of a type.
#[derive(Clone, Copy)]
enum End {
    Least,
    Greatest,
}

/// Which end of its type the value is, of the types with an exact count of values.
fn end_of_type(value: &Value) -> Option<End> {
    fn end<T: Ord>(value: T, least: T, greatest: T) -> Option<End> {
        match value {
            value if value == least => Some(End::Least),
            value if value == greatest => Some(End::Greatest),
            _ => None,
        }
    }
    match value {
        Value::Int8(value) => end(*value, i8::MIN, i8::MAX),
        Value::Int16(value) => end(*value, i16::MIN, i16::MAX),
        Value::Int32(value) | Value::Date(value) => end(*value, i32::MIN, i32::MAX),
        Value::Int64(value)
        | Value::Timestamp { value, .. }
        | Value::Time(value)
        | Value::Duration(value) => end(*value, i64::MIN, i64::MAX),
        Value::UInt8(value) => end(*value, u8::MIN, u8::MAX),
        Value::UInt16(value) => end(*value, u16::MIN, u16::MAX),
        Value::UInt32(value) => end(*value, u32::MIN, u32::MAX),
        Value::UInt64(value) => end(*value, u64::MIN, u64::MAX),
        _ => None,
    }
}

fn among(column: ColumnPath, values: &[Value]) -> Result<Expr> {
    if values.is_empty() {
        return Ok(lit(false));
    }
    let values = values.iter().map(|value| literal(column, value)).collect::<Result<_>>()?;
    Ok(reference(column).in_list(values, false))
}
