//! Every name that generated code may use. Nothing here is public API.

pub use crate::error::Result;
pub use crate::model::{Dynamic, ModelBinding, ModelTag, SeveralVectors};
pub use crate::query::{
    BatchStream, Distinct, Filter, FilterReader, FilterWriter, Hits, IntoFilter, IntoOrder, Operand, Output,
    Predicate, Projection, Records, Refine, RowOutput, Search, SearchAll, Selected, Value, VectorCol, Wanted,
    WithVectors, arrow, arrow_stream, count, explain, first, rows,
};
pub use crate::query::{enum_value, equals, next_array, read_enum, read_filter, read_wanted};
#[cfg(feature = "serde_json")]
pub use crate::record::Json;
pub use crate::record::{
    Col, Column, ColumnBuilder, ColumnName, ColumnPath, ColumnReader, DecimalOf, Dictionary, Element,
    EmbeddingRecord, EnumBuilder, EnumReader, FieldDef, Handle, IndexKind, ListBuilder, ListColumn, ListReader, Metric,
    Microsecond, Millisecond, Nanosecond, Native, NewtypeBuilder, NewtypeReader, NonNull, NotFilterable, Null,
    Nullness, RecordDef, Row, RowBuilder, RowReader, Searchable, Second, StructBuilder, StructReader, TextColumn,
    TimestampOf, TimestampSpec, Transparent, VectorDef, WantedItems,
};
pub use arrow_array::{ArrayRef, RecordBatch};
pub use arrow_schema::DataType;
pub use futures::future::BoxFuture;
pub use futures::stream::BoxStream;
pub use serde;
pub use std::string::String;
pub use std::vec;
pub use std::vec::Vec;

use crate::error::{Error, ErrorKind};

/// Names the column in an error of its codec.
///
/// # Errors
/// The error given.
pub fn in_column<T>(result: Result<T>, name: &str) -> Result<T> {
    result.map_err(|error| error.inside_column(name))
}

/// The reader of a column that the table must have.
///
/// # Errors
/// `Decode` when the table lacks it, and those of [`ColumnReader::open`].
pub fn required<T: Column<A>, A>(columns: &[Option<ArrayRef>], index: usize) -> Result<T::Reader> {
    match columns.get(index) {
        Some(Some(array)) => T::Reader::open(array),
        _ => Err(Error::new(
            ErrorKind::Decode,
            "the table lacks the column: add it, or give the field `#[datus(default)]`",
        )),
    }
}

/// The reader of a column that an older table may lack.
///
/// # Errors
/// Those of [`ColumnReader::open`].
pub fn optional<T: Column<A>, A>(columns: &[Option<ArrayRef>], index: usize) -> Result<Option<T::Reader>> {
    columns.get(index).and_then(Option::as_ref).map(T::Reader::open).transpose()
}

/// The equalities of a filter as data.
pub type Wants = Vec<Predicate>;

/// Adds the equality of a column to a filter as data, where it is given.
pub fn add_wanted<T: Wanted<A>, A>(all: &mut Wants, column: ColumnPath, value: Option<T>) {
    all.extend(value.map(|value| value.predicate(column)));
}

/// Keeps the rows of a query whose column equals the value.
#[must_use]
pub fn keep_equal<Q: Refine, T, A, V: Operand<T, A>>(query: Q, column: &'static [&'static str], value: V) -> Q {
    let column: Col<Q::Record, T, A> = Handle::at(ColumnPath::new(column));
    query.with_filter(column.eq(value).into_predicate())
}

/// Compiles where the type is text.
pub fn text_column<T: TextColumn>() {}

/// Compiles where the type is a list.
pub fn list_column<T: ListColumn>() {}

/// Compiles where the type is the tag of a model.
pub fn model_tag<T: ModelTag>() {}
