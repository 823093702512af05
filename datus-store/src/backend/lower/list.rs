use datafusion_common::ScalarValue;
use datafusion_functions_nested::expr_fn::{array_has, array_has_all, array_has_any};
use lancedb::expr::{DfExpr as Expr, lit};

use super::literal::{literal, scalar};
use super::reference;
use crate::error::Result;
use crate::query::{ListOp, Value};
use crate::record::ColumnPath;

/// The test of a list; null for a list that is null.
pub(super) fn tested(column: ColumnPath, op: ListOp, values: &[Value]) -> Result<Expr> {
    let list = reference(column);
    match (op, values) {
        (ListOp::Any, []) => Ok(lit(false)),
        (ListOp::All, []) => Ok(list.is_not_null().or(lit(ScalarValue::Boolean(None)))),
        (_, [one]) => Ok(array_has(list, literal(column, one)?)),
        (ListOp::Any, many) => Ok(array_has_any(list, items(column, many)?)),
        (ListOp::All, many) => Ok(array_has_all(list, items(column, many)?)),
    }
}

fn items(column: ColumnPath, values: &[Value]) -> Result<Expr> {
    let items: Result<Vec<ScalarValue>> =
        values.iter().map(|v| scalar(v).map_err(|e| e.with_column(column.to_string()))).collect();
    let items = items?;
    Ok(lit(ScalarValue::List(ScalarValue::new_list_nullable(&items, &items[0].data_type()))))
}
