//! The highlights of hits as an Arrow column, with a list of structs for each row.

use std::ops::Range;

use arrow_array::cast::AsArray;
use arrow_array::types::UInt64Type;
use arrow_array::{Array, StructArray};

use super::Highlight;

#[cfg(feature = "store")]
pub(crate) use encode::highlight_column;

/// Returns the highlights of a row. The list is empty if the column has a different type.
pub(in crate::query) fn highlights_at(column: &dyn Array, row: usize) -> Vec<Highlight> {
    let Some(list) = column.as_list_opt::<i32>().filter(|list| list.is_valid(row)) else { return Vec::new() };
    let values = list.value(row);
    let Some(values) = values.as_struct_opt() else { return Vec::new() };
    (0..values.len()).filter_map(|at| highlight_at(values, at)).collect()
}

fn highlight_at(values: &StructArray, at: usize) -> Option<Highlight> {
    let text = |name: &str| Some(values.column_by_name(name)?.as_string_opt::<i32>()?.value(at));
    let number = |values: &StructArray, name: &str, at: usize| {
        let numbers = values.column_by_name(name)?.as_primitive_opt::<UInt64Type>()?;
        usize::try_from(numbers.value(at)).ok()
    };
    let ranges = values.column_by_name("ranges")?.as_list_opt::<i32>()?.value(at);
    let ranges = ranges.as_struct_opt()?;
    let range =
        |at: usize| Some(Range { start: number(ranges, "start", at)?, end: number(ranges, "end", at)? });
    Some(Highlight {
        column: text("column")?.to_owned(),
        text: text("text")?.to_owned(),
        start: number(values, "start", at)?,
        ranges: (0..ranges.len()).map(range).collect::<Option<_>>()?,
        continues: values.column_by_name("continues")?.as_boolean_opt()?.value(at),
    })
}

#[cfg(any(feature = "store", test))]
mod encode {
    use std::sync::Arc;

    use arrow_array::{ArrayRef, BooleanArray, ListArray, StringArray, StructArray, UInt64Array};
    use arrow_buffer::OffsetBuffer;
    use arrow_schema::{DataType, Field, Fields};

    use super::Highlight;
    use crate::error::{Error, ErrorKind, Result};

    /// Encodes the highlights of each row.
    pub(crate) fn highlight_column(rows: &[Vec<Highlight>]) -> Result<ArrayRef> {
        let all: Vec<&Highlight> = rows.iter().flatten().collect();
        let ranges: Vec<_> = all.iter().flat_map(|highlight| &highlight.ranges).collect();
        let numbers = |numbers: &mut dyn Iterator<Item = usize>| -> ArrayRef {
            Arc::new(numbers.map(|number| number as u64).collect::<UInt64Array>())
        };
        let range_fields = fields([("start", DataType::UInt64), ("end", DataType::UInt64)]);
        let bounds = vec![
            numbers(&mut ranges.iter().map(|range| range.start)),
            numbers(&mut ranges.iter().map(|range| range.end)),
        ];
        let ranges = list(
            StructArray::try_new(range_fields, bounds, None),
            all.iter().map(|highlight| highlight.ranges.len()),
        )?;
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from_iter_values(all.iter().map(|highlight| &highlight.column))),
            Arc::new(StringArray::from_iter_values(all.iter().map(|highlight| &highlight.text))),
            numbers(&mut all.iter().map(|highlight| highlight.start)),
            Arc::new(ranges),
            Arc::new(all.iter().map(|highlight| Some(highlight.continues)).collect::<BooleanArray>()),
        ];
        let fields = fields([
            ("column", DataType::Utf8),
            ("text", DataType::Utf8),
            ("start", DataType::UInt64),
            ("ranges", columns[3].data_type().clone()),
            ("continues", DataType::Boolean),
        ]);
        let values = StructArray::try_new(fields, columns, None);
        Ok(Arc::new(list(values, rows.iter().map(Vec::len))?))
    }

    fn fields<const N: usize>(fields: [(&str, DataType); N]) -> Fields {
        fields.into_iter().map(|(name, data_type)| Field::new(name, data_type, false)).collect()
    }

    fn list(
        values: Result<StructArray, arrow_schema::ArrowError>,
        lengths: impl Iterator<Item = usize>,
    ) -> Result<ListArray> {
        let unfit =
            |source| Error::new(ErrorKind::Engine, "the highlights cannot be assembled").with_source(source);
        let values = values.map_err(unfit)?;
        let item = Field::new("item", arrow_array::Array::data_type(&values).clone(), false);
        let offsets = OffsetBuffer::from_lengths(lengths);
        ListArray::try_new(Arc::new(item), offsets, Arc::new(values), None).map_err(unfit)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use arrow_array::{Int32Array, ListArray};

    use super::*;

    #[test]
    fn highlights_are_read_as_they_were_written() {
        let first = Highlight::new("body", "Roast the tomatoes", 7, vec![0..5, 10..18]);
        let second = Highlight { continues: true, ..Highlight::new("title", "Soup", 0, vec![]) };
        let rows = [vec![first, second.clone()], vec![], vec![second]];
        let column = encode::highlight_column(&rows).unwrap();
        assert_eq!(column.len(), 3);
        for (row, highlights) in rows.iter().enumerate() {
            assert_eq!(highlights_at(&column, row), *highlights);
        }
        assert_eq!(highlights_at(&Int32Array::from(vec![1]), 0), []);
        let numbers = ListArray::from_iter_primitive::<UInt64Type, _, _>([Some(vec![Some(1)])]);
        assert_eq!(highlights_at(&numbers, 0), []);
    }
}
