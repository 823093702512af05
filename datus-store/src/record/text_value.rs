//! Reads texts from Arrow columns.

use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef};

/// Returns the text in a row of a column, which may be dictionary-encoded. Returns `None` for a null or a column of a
/// different type.
pub(crate) fn text_at(column: &ArrayRef, row: usize) -> Option<&str> {
    if column.is_null(row) {
        return None;
    }
    if let Some(texts) = column.as_string_opt::<i32>() {
        return Some(texts.value(row));
    }
    let dictionary = column.as_dictionary_opt::<Int32Type>()?;
    let texts = dictionary.values().as_string_opt::<i32>()?;
    // Other programs can write a null among the values of a dictionary.
    let value = dictionary.key(row).filter(|&value| texts.is_valid(value))?;
    Some(texts.value(value))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use arrow_array::{DictionaryArray, Int32Array, StringArray};

    use super::*;

    #[test]
    fn texts_are_read_from_plain_columns_and_from_dictionaries() {
        let plain: ArrayRef = Arc::new(StringArray::from(vec![Some("tea"), None]));
        assert_eq!([0, 1].map(|row| text_at(&plain, row)), [Some("tea"), None]);
        let values: ArrayRef = Arc::new(StringArray::from(vec![None, Some("tea"), Some("rice")]));
        let keys = Int32Array::from(vec![Some(2), Some(0), None, Some(1)]);
        let dictionary: ArrayRef = Arc::new(DictionaryArray::new(keys, values));
        let texts = [0, 1, 2, 3].map(|row| text_at(&dictionary, row));
        assert_eq!(texts, [Some("rice"), None, None, Some("tea")]);
        let numbers: ArrayRef = Arc::new(Int32Array::from(vec![1]));
        assert_eq!(text_at(&numbers, 0), None);
    }
}
