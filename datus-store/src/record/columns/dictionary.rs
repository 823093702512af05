//! Text as `Dictionary(Int32, Utf8)`, which stores each distinct value once.

use std::sync::Arc;

use arrow_array::builder::StringDictionaryBuilder;
use arrow_array::cast::AsArray;
use arrow_array::types::Int32Type;
use arrow_array::{Array, ArrayRef, Int32Array, StringArray};
use arrow_schema::DataType;

use super::scalar::element;
use super::{Inner, NonNull, null_value, require_valid, too_long, wrong_type};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Col, Column, ColumnBuilder, ColumnKind, ColumnReader, Condition, ScalarKind};

/// The storage of `#[datus(dictionary)]`.
#[derive(Debug, Clone, Copy)]
pub enum Dictionary {}

impl Inner for Dictionary {}

/// Implemented by the dictionary storage for each type that it can store.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be stored as a dictionary",
    label = "`dictionary` needs text",
    note = "a dictionary stores `String`, `Box<str>`, `Arc<str>`, or an `Option` or a `Vec` of one of them: remove `dictionary` from this field"
)]
pub trait StoresText<T> {
    /// See [`Column::Builder`].
    type Builder: ColumnBuilder<T>;
    /// See [`Column::Reader`].
    type Reader: ColumnReader<T>;
}

fn data_type() -> DataType {
    DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8))
}

/// Collects text into a dictionary.
#[derive(Default)]
pub struct DictionaryBuilder {
    rows: usize,
    /// The number of distinct values, followed by their total size in bytes.
    distinct: usize,
    bytes: usize,
    values: StringDictionaryBuilder<Int32Type>,
}

impl DictionaryBuilder {
    fn append(&mut self, text: &str) -> Result<()> {
        // Arrow's builder panics if its 32-bit offsets overflow. The check assumes that the text is new, because only `append`
        // determines whether it is.
        if i32::try_from(self.bytes + text.len()).is_err() {
            return Err(too_long("distinct text"));
        }
        let key = self.values.append(text).map_err(|source| {
            Error::new(ErrorKind::InvalidInput, "the values do not fit in one dictionary")
                .with_help("write fewer rows at a time, or remove `dictionary`")
                .with_source(source)
        })?;
        if usize::try_from(key).is_ok_and(|key| key == self.distinct) {
            self.distinct += 1;
            self.bytes += text.len();
        }
        Ok(())
    }
}

impl std::fmt::Debug for DictionaryBuilder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("DictionaryBuilder")
    }
}

/// Reads text from a dictionary.
#[derive(Debug)]
pub struct DictionaryReader {
    keys: Int32Array,
    values: StringArray,
}

impl DictionaryReader {
    fn text(&self, row: usize) -> Result<&str> {
        require_valid(&self.keys, row)?;
        match usize::try_from(self.keys.value(row)) {
            Ok(key) if self.values.is_valid(key) => Ok(self.values.value(key)),
            _ => Err(null_value(row)),
        }
    }
}

impl<T: AsRef<str>> ColumnBuilder<T> for DictionaryBuilder {
    fn measure(&mut self, _value: &T) {
        self.rows += 1;
    }

    fn measure_null(&mut self) {
        self.rows += 1;
    }

    fn allocate(&mut self) {
        self.values = StringDictionaryBuilder::with_capacity(self.rows, 0, 0);
    }

    fn push(&mut self, value: &T) -> Result<()> {
        self.append(value.as_ref())
    }

    fn push_null(&mut self) {
        self.values.append_null();
    }

    fn finish(mut self) -> Result<ArrayRef> {
        Ok(Arc::new(self.values.finish()))
    }
}

impl<T: for<'a> From<&'a str>> ColumnReader<T> for DictionaryReader {
    fn open(array: &ArrayRef) -> Result<Self> {
        let opened = array.as_dictionary_opt::<Int32Type>().and_then(|dictionary| {
            let values = dictionary.values().as_string_opt::<i32>()?.clone();
            Some(Self { keys: dictionary.keys().clone(), values })
        });
        opened.ok_or_else(|| wrong_type(array, &data_type()))
    }

    fn get(&self, row: usize) -> Result<T> {
        self.text(row).map(T::from)
    }
}

impl<T: Send + Sync + 'static> Column<Dictionary> for T
where
    Dictionary: StoresText<T>,
{
    type Builder = <Dictionary as StoresText<T>>::Builder;
    type Reader = <Dictionary as StoresText<T>>::Reader;
    type Handle<R> = Col<R, T, Dictionary>;
    type NullableHandle<R> = Col<R, Option<T>, Dictionary>;
    type Condition = Condition<T, Dictionary>;
    type NullableCondition = Condition<Option<T>, Dictionary>;
    type Nulls = NonNull;

    const KIND: ColumnKind = ColumnKind::Scalar(ScalarKind::Text);

    fn data_type() -> DataType {
        data_type()
    }
}

macro_rules! dictionary_columns {
    ($($type:ty),+) => {$(
        #[diagnostic::do_not_recommend]
        impl StoresText<$type> for Dictionary {
            type Builder = DictionaryBuilder;
            type Reader = DictionaryReader;
        }

        element!($type, Dictionary);
    )+};
}

dictionary_columns!(String, Box<str>, Arc<str>);

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use arrow_array::{ArrayRef, DictionaryArray};

    use super::*;
    use crate::error::ErrorKind;

    #[test]
    fn a_null_value_of_the_dictionary_is_no_text() {
        let values = StringArray::from(vec![Some("sales"), None]);
        let array = DictionaryArray::new(Int32Array::from(vec![Some(0), Some(1), None]), Arc::new(values));
        let array: ArrayRef = Arc::new(array);
        let reader = <DictionaryReader as ColumnReader<String>>::open(&array).unwrap();
        let get = |row| ColumnReader::<String>::get(&reader, row);
        assert_eq!(get(0).unwrap(), "sales");
        assert_eq!(get(1).unwrap_err().kind(), ErrorKind::Decode);
        assert_eq!(get(2).unwrap_err().kind(), ErrorKind::Decode);
    }
}
