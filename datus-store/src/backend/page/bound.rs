//! What the engine can leave out of a page: rows before the cursor that its first key shows to be so.

use arrow_schema::DataType;
use datafusion_common::ScalarValue;
use lancedb::expr::{DfExpr as Expr, col, lit};

use super::ROW_ID;
use super::ranking::Place;
use crate::backend::lower::reference;
use crate::query::{SortDirection, SortKey};

/// A filter that every row after the place passes; `None` where there is none. Without an order, no other row passes it;
/// with one, those that are equal in the first key do too, so that the exact comparison stays in one place.
pub(super) fn bound(order: &[SortKey], after: &Place) -> Option<Expr> {
    let (Some(key), Some(value)) = (order.first(), &after.first_key) else {
        return Some(col(ROW_ID).gt(lit(after.row)));
    };
    let column = reference(key.column);
    if value.is_null(0) {
        // Nulls come last.
        return Some(column.is_null());
    }
    let value = plain(ScalarValue::try_from_array(value, 0).ok()?);
    if !is_comparable(&value) {
        return None;
    }
    let not_before = match key.direction {
        SortDirection::Ascending => column.clone().gt_eq(lit(value)),
        SortDirection::Descending => column.clone().lt_eq(lit(value)),
    };
    Some(not_before.or(column.is_null()))
}

/// The value of a dictionary's text.
fn plain(value: ScalarValue) -> ScalarValue {
    match value {
        ScalarValue::Dictionary(_, value) => *value,
        value => value,
    }
}

/// Whether the engine may be asked. Not for floats, whose comparison of zeros and of what is no number is the engine's own;
/// and not for the ends of a type, since the planner counts in 64 bits how many values a range holds and a debug build
/// panics when it holds them all.
fn is_comparable(value: &ScalarValue) -> bool {
    let data_type = value.data_type();
    let is_end = |end: Option<ScalarValue>| end.is_some_and(|end| end == *value);
    match data_type {
        DataType::Float16 | DataType::Float32 | DataType::Float64 => false,
        data_type => !is_end(ScalarValue::min(&data_type)) && !is_end(ScalarValue::max(&data_type)),
    }
}
