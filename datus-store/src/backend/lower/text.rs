//! Lowers conditions on text.

use datafusion_functions::string::expr_fn::{contains, ends_with, starts_with};
use lancedb::expr::DfExpr as Expr;

use super::literal::text;
use super::pattern::{Pattern, pattern};
use super::{reference, true_or_null};
use crate::query::TextOp;
use crate::record::ColumnPath;

/// Returns the condition on a text column, which is null where the column is null.
pub(super) fn lower_text(path: ColumnPath, op: TextOp, operand: &str, negated: bool) -> Expr {
    let column = reference(path);
    match op {
        TextOp::Like => match pattern(operand) {
            Pattern::Whole(operand) => column.eq(text(&operand)),
            Pattern::Wild(pattern) => column.like(text(&pattern)),
        },
        // Every string starts with, ends with and contains the empty string, but an `fm` index finds no rows for the empty
        // string.
        _ if operand.is_empty() => true_or_null(path),
        TextOp::StartsWith => starts_with(column, text(operand)),
        TextOp::EndsWith => ends_with(column, text(operand)),
        // An `fm` index treats a null as a string that does not contain the value, so a `not` would return the null rows. No
        // index can answer the second condition, so the engine reads the column.
        TextOp::Contains if negated => contains(column, text(operand)).and(true_or_null(path)),
        TextOp::Contains => contains(column, text(operand)),
    }
}
