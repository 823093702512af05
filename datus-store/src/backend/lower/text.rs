//! The tests of text.

use datafusion_functions::string::expr_fn::{contains, ends_with, starts_with};
use lancedb::expr::DfExpr as Expr;

use super::literal::text;
use super::pattern::{Pattern, pattern};
use super::{known, reference};
use crate::query::TextOp;
use crate::record::ColumnPath;

/// The test of a text; null where the text is.
pub(super) fn tested(path: ColumnPath, op: TextOp, wanted: &str, negated: bool) -> Expr {
    let column = reference(path);
    match op {
        TextOp::Like => match pattern(wanted) {
            Pattern::Whole(wanted) => column.eq(text(&wanted)),
            Pattern::Wild(pattern) => column.like(text(&pattern)),
        },
        // Every text has an empty one at its start, at its end and in it; an index of kind `fm` finds none.
        _ if wanted.is_empty() => known(path),
        TextOp::StartsWith => starts_with(column, text(wanted)),
        TextOp::EndsWith => ends_with(column, text(wanted)),
        // To an index of kind `fm` a null does not contain the text, and so its `not` does. The other side, which no
        // index answers, makes the engine look at the column.
        TextOp::Contains if negated => contains(column, text(wanted)).and(known(path)),
        TextOp::Contains => contains(column, text(wanted)),
    }
}
