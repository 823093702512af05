//! Any serde type as JSON text.

use std::fmt;
use std::marker::PhantomData;

use arrow_array::ArrayRef;
use arrow_schema::DataType;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::Null;
use super::text::{TextBuilder, TextReader};
use crate::error::{Error, ErrorKind, Result};
use crate::index::scalar::TEXT;
use crate::record::{Col, Column, ColumnBuilder, ColumnKind, ColumnReader, Condition, IndexKind};

/// The storage of `#[datus(json)]`: JSON text in a nullable `Utf8` column. A JSON `null` is stored as null.
#[derive(Debug, Clone, Copy)]
pub enum Json {}

/// Collects values as JSON. Each value is serialized once, when it is measured.
pub struct JsonBuilder<T> {
    /// The serialized values that are still to be pushed.
    texts: std::vec::IntoIter<Result<Option<String>>>,
    measured: Vec<Result<Option<String>>>,
    values: TextBuilder,
    types: PhantomData<fn() -> T>,
}

impl<T> Default for JsonBuilder<T> {
    fn default() -> Self {
        Self {
            texts: Vec::new().into_iter(),
            measured: Vec::new(),
            values: TextBuilder::default(),
            types: PhantomData,
        }
    }
}

fn to_json<T: Serialize>(value: &T) -> Result<Option<String>> {
    match serde_json::to_string(value) {
        Ok(text) if text == "null" => Ok(None),
        Ok(text) => Ok(Some(text)),
        Err(source) => {
            Err(Error::new(ErrorKind::InvalidInput, "the value cannot be written as JSON")
                .with_source(source))
        }
    }
}

impl<T: Serialize + Send> ColumnBuilder<T> for JsonBuilder<T> {
    fn measure(&mut self, value: &T) {
        let text = to_json(value);
        match &text {
            Ok(Some(text)) => self.values.measure_str(text),
            Ok(None) | Err(_) => self.values.measure_empty(),
        }
        self.measured.push(text);
    }

    fn measure_null(&mut self) {
        self.values.measure_empty();
        self.measured.push(Ok(None));
    }

    fn allocate(&mut self) {
        self.values.reserve();
        self.texts = std::mem::take(&mut self.measured).into_iter();
    }

    fn push(&mut self, value: &T) -> Result<()> {
        match self.texts.next().unwrap_or_else(|| to_json(value))? {
            Some(text) => self.values.push_str(&text),
            None => {
                self.values.push_empty();
                Ok(())
            }
        }
    }

    fn push_null(&mut self) {
        self.texts.next();
        self.values.push_empty();
    }

    fn finish(self) -> Result<ArrayRef> {
        Ok(self.values.build())
    }
}

/// Reads values from JSON.
pub struct JsonReader<T>(TextReader, PhantomData<fn() -> T>);

impl<T: DeserializeOwned> ColumnReader<T> for JsonReader<T> {
    fn open(array: &ArrayRef) -> Result<Self> {
        Ok(Self(TextReader::new(array)?, PhantomData))
    }

    fn get(&self, row: usize) -> Result<T> {
        serde_json::from_str(self.0.text_or_null(row).unwrap_or("null")).map_err(|source| {
            let message = format!("the JSON in row {row} of the batch does not match the field's type");
            Error::new(ErrorKind::Decode, message).with_source(source)
        })
    }
}

/// Implemented by the JSON storage for each type that it can store, which is every serde type.
#[diagnostic::on_unimplemented(
    message = "`{T}` cannot be stored as JSON",
    label = "`json` needs serde's `Serialize` and `Deserialize`",
    note = "put `#[derive(serde::Serialize, serde::Deserialize)]` on `{T}`"
)]
pub trait StoresJson<T> {
    /// See [`Column::Builder`].
    type Builder: ColumnBuilder<T>;
    /// See [`Column::Reader`].
    type Reader: ColumnReader<T>;
}

#[diagnostic::do_not_recommend]
impl<T: Serialize + DeserializeOwned + Send> StoresJson<T> for Json {
    type Builder = JsonBuilder<T>;
    type Reader = JsonReader<T>;
}

impl<T: Send + Sync + 'static> Column<Json> for T
where
    Json: StoresJson<T>,
{
    type Builder = <Json as StoresJson<T>>::Builder;
    type Reader = <Json as StoresJson<T>>::Reader;
    type Handle<R> = Col<R, T, Json>;
    type NullableHandle<R> = Col<R, T, Json>;
    type Condition = Condition<T, Json>;
    type NullableCondition = Condition<T, Json>;
    type Nulls = Null;

    const KIND: ColumnKind = ColumnKind::Json;
    const NULLABLE: bool = true;
    const INDEXES: &'static [IndexKind] = TEXT;

    fn data_type() -> DataType {
        DataType::Utf8
    }
}

impl<T> fmt::Debug for JsonBuilder<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonBuilder")
    }
}

impl<T> fmt::Debug for JsonReader<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JsonReader")
    }
}
