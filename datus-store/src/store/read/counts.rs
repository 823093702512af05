//! Counts the rows for each combination of values of the given columns, highest counts first.

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{ArrayRef, RecordBatch, UInt64Array};
use arrow_row::{RowConverter, SortField};
use arrow_schema::SortOptions;

use crate::error::{Error, ErrorKind, Result};
use crate::query::QuerySpec;
use crate::store::arrow::arrow_failed;
use crate::store::core::Core;

impl Core {
    /// Counts the rows for each distinct combination of values in the query's columns. The most frequent values come first.
    pub(super) async fn most_frequent(&self, spec: QuerySpec, limit: Option<usize>) -> Result<RecordBatch> {
        let columns = spec.columns.unwrap_or_default();
        let now = self.snapshot(false).await?;
        let counts = now.table.count_groups(spec.filter.as_ref(), &columns).await?;
        in_order(&counts, columns.len(), limit.unwrap_or(usize::MAX))
    }
}

/// Returns the first `limit` rows of the batches: the highest counts first, and rows with equal counts in ascending order
/// of the values. The first `columns` columns are the values, and the next one is the count.
fn in_order(batches: &[RecordBatch], columns: usize, limit: usize) -> Result<RecordBatch> {
    let Some(first) = batches.first() else {
        return Err(Error::new(ErrorKind::Engine, "the engine returned no counts"));
    };
    let all = arrow_select::concat::concat_batches(&first.schema(), batches).map_err(arrow_failed)?;
    let values: &[ArrayRef] = all.columns().get(..columns).unwrap_or_default();
    let counts = all.columns().get(columns).and_then(|counts| counts.as_primitive_opt::<Int64Type>());
    let counts = counts.ok_or_else(|| Error::new(ErrorKind::Engine, "the engine returned no counts"))?;
    let options = SortOptions { descending: false, nulls_first: false };
    let fields = values.iter().map(|array| SortField::new_with_options(array.data_type().clone(), options));
    let converter = RowConverter::new(fields.collect()).map_err(arrow_failed)?;
    let rows = converter.convert_columns(values).map_err(arrow_failed)?;
    let before = |&a: &usize, &b: &usize| {
        counts.value(b).cmp(&counts.value(a)).then_with(|| rows.row(a).cmp(&rows.row(b)))
    };
    let mut order: Vec<usize> = (0..all.num_rows()).collect();
    if limit < order.len() && limit > 0 {
        order.select_nth_unstable_by(limit - 1, before);
    }
    order.truncate(limit);
    order.sort_unstable_by(before);
    let positions: UInt64Array = order.into_iter().map(|position| position as u64).collect::<Vec<_>>().into();
    arrow_select::take::take_record_batch(&all, &positions).map_err(arrow_failed)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use std::sync::Arc;

    use arrow_array::{Int64Array, StringArray};
    use arrow_schema::{DataType, Field, Schema};

    use super::*;

    fn batch(rows: &[(Option<&str>, i64)]) -> RecordBatch {
        let fields =
            vec![Field::new("value", DataType::Utf8, true), Field::new("rows", DataType::Int64, false)];
        let values: StringArray = rows.iter().map(|row| row.0).collect();
        let counts: Int64Array = rows.iter().map(|row| Some(row.1)).collect();
        RecordBatch::try_new(Arc::new(Schema::new(fields)), vec![Arc::new(values), Arc::new(counts)]).unwrap()
    }

    #[test]
    fn the_first_values_of_several_batches_are_the_most_frequent_ones() {
        let rows = [(Some("b"), 2), (None, 2), (Some("d"), 1), (Some("a"), 2), (Some("c"), 9)];
        let sorted = [(Some("c"), 9), (Some("a"), 2), (Some("b"), 2), (None, 2), (Some("d"), 1)];
        for limit in [0, 1, 2, 3, 5, usize::MAX] {
            let batches = [batch(&rows[..2]), batch(&[]), batch(&rows[2..])];
            let found = in_order(&batches, 1, limit).unwrap();
            assert_eq!(found, batch(&sorted[..limit.min(5)]), "{limit}");
        }
    }
}
