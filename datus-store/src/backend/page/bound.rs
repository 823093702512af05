//! A filter on the first sort key that lets the engine skip rows before the cursor.

use arrow_schema::DataType;
use datafusion_common::ScalarValue;
use lancedb::expr::{DfExpr as Expr, col, lit};

use super::row_order::{ROW_ID, RowPosition};
use crate::backend::lower::reference;
use crate::query::{SortDirection, SortKey};

/// Returns a filter that every row after the position passes, or `None` if the first key cannot be used in a filter.
///
/// If the query has no order, only those rows pass. If it has an order, rows with an equal first key also pass; `RowOrder`
/// performs the exact comparison.
pub(super) fn bound(order: &[SortKey], after: &RowPosition) -> Option<Expr> {
    let (Some(key), Some(value)) = (order.first(), &after.first_key) else {
        return Some(col(ROW_ID).gt(lit(after.row)));
    };
    let column = reference(key.column);
    if value.is_null(0) {
        // Nulls come last.
        return Some(column.is_null());
    }
    let value = dictionary_value(ScalarValue::try_from_array(value, 0).ok()?);
    if !is_comparable(&value) {
        return None;
    }
    let not_before = match key.direction {
        SortDirection::Ascending => column.clone().gt_eq(lit(value)),
        SortDirection::Descending => column.clone().lt_eq(lit(value)),
    };
    Some(not_before.or(column.is_null()))
}

/// Returns the value inside a dictionary scalar.
fn dictionary_value(value: ScalarValue) -> ScalarValue {
    match value {
        ScalarValue::Dictionary(_, value) => *value,
        value => value,
    }
}

/// Returns `true` if the engine can compare the value safely.
///
/// The engine compares float zeros and NaN by its own rules. The smallest and the largest value of a type are unsafe: the
/// planner counts the values in a range with a 64-bit integer, and a debug build panics if the range contains all of them.
fn is_comparable(value: &ScalarValue) -> bool {
    let data_type = value.data_type();
    let is_end = |end: Option<ScalarValue>| end.is_some_and(|end| end == *value);
    match data_type {
        DataType::Float16 | DataType::Float32 | DataType::Float64 => false,
        data_type => !is_end(ScalarValue::min(&data_type)) && !is_end(ScalarValue::max(&data_type)),
    }
}
