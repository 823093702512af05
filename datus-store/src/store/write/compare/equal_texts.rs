//! Finds rows with equal source texts, so that a text that moved to another key keeps its vector.

use std::collections::{HashMap, HashSet};

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef};
use arrow_row::{RowConverter, SortField};
use arrow_schema::DataType;

use crate::error::Result;
use crate::store::arrow::take;
use crate::store::core::Keys;

/// The columns that make up a text, with their names.
pub(super) type SourceColumns = Vec<(&'static str, ArrayRef)>;

/// Returns, for each row of `new`, a row of `stored` that is equal in all columns, or `None` if there is no such row. Both have
/// the same columns. Returns `None` for all rows if a column has a type whose values cannot be hashed.
pub(super) fn equal_rows(new: SourceColumns, stored: SourceColumns) -> Result<Vec<Option<usize>>> {
    let rows = new.first().map_or(0, |(_, column)| column.len());
    let fields: Vec<SortField> =
        new.iter().map(|(_, column)| SortField::new(column.data_type().clone())).collect();
    if !RowConverter::supports_fields(&fields) {
        return Ok(vec![None; rows]);
    }
    // Only stored texts that have the same length as a new text are hashed, and these are few.
    let lengths: HashSet<usize> = lengths(&new).into_iter().collect();
    let places = self::lengths(&stored).into_iter().enumerate();
    let places: Vec<usize> =
        places.filter(|(_, length)| lengths.contains(length)).map(|(row, _)| row).collect();
    let stored = stored.into_iter().map(|(name, column)| Ok((name, take(&column, &places)?)));
    let stored = Keys::new(stored.collect::<Result<_>>()?)?.fingerprints;
    let by_text: HashMap<_, _> = stored.into_iter().zip(places).collect();
    Ok(Keys::new(new)?.fingerprints.iter().map(|text| by_text.get(text).copied()).collect())
}

/// Returns the number of bytes of text in each row.
fn lengths(columns: &SourceColumns) -> Vec<usize> {
    let mut lengths = vec![0; columns.first().map_or(0, |(_, column)| column.len())];
    for (_, column) in columns {
        if *column.data_type() == DataType::Utf8 {
            let texts = column.as_string::<i32>();
            lengths.iter_mut().zip(texts).for_each(|(length, text)| *length += text.map_or(0, str::len));
        }
    }
    lengths
}
