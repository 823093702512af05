//! Filters as data: the generated `…Filter` in serde formats, and as a predicate.
//!
//! A filter is first read into [`Data`], a tree of plain values, and then compared with the descriptions of the columns.
//! Error messages can therefore name the column and its operators, and the code is compiled once instead of once per record.

mod data;
mod flat;
mod limits;
mod lower;
mod operators;
mod problem;
mod read;
mod scalar;
#[cfg(feature = "schemars")]
pub(crate) mod schema;
mod write;

use serde::{Deserializer, Serializer};

pub(crate) use data::Data;
pub use limits::{MAX_FILTER_DEPTH, MAX_FILTER_SIZE};
pub(crate) use lower::predicate;
pub(crate) use read::read;
pub(crate) use scalar::write as write_scalar;

use super::Filter;
use crate::record::RecordFilter;

/// Reads a filter on some columns of a record from JSON.
#[cfg(feature = "tool")]
pub(crate) fn predicate_from_json(
    json: serde_json::Value,
    columns: &[crate::record::FilterColumn],
    combinators: [&'static str; 3],
) -> Result<super::Predicate, String> {
    let data = data::read(json).map_err(|error| error.to_string())?;
    read(data, columns, combinators).map(|parts| predicate(parts, columns))
}

/// Converts the generated `…Filter` of a record to a filter. Called by generated code.
pub fn filter_of<R, F: RecordFilter>(filter: F) -> Filter<R> {
    Filter::from_predicate(predicate(filter.into_parts(), F::COLUMNS))
}

/// Serializes the generated `…Filter` of a record. Called by generated code.
///
/// # Errors
/// Returns any error from the serializer, and an error for a filter that cannot be represented as data.
pub fn write_filter<F: RecordFilter, S: Serializer>(filter: &F, serializer: S) -> Result<S::Ok, S::Error> {
    let data = write::filter(filter.clone().into_parts(), F::COLUMNS, F::COMBINATORS);
    serde::Serialize::serialize(&data.map_err(serde::ser::Error::custom)?, serializer)
}

/// Deserializes the generated `…Filter` of a record. Called by generated code.
///
/// # Errors
/// Returns any error from the deserializer, and an error that names the column, the value and what is accepted.
pub fn read_filter<'de, F: RecordFilter, D: Deserializer<'de>>(deserializer: D) -> Result<F, D::Error> {
    let data = data::read(deserializer)?;
    read(data, F::COLUMNS, F::COMBINATORS).map(F::from_parts).map_err(serde::de::Error::custom)
}

/// Serializes the generated `…Filter` of a nested struct. Called by generated code.
///
/// # Errors
/// See [`write_filter`].
pub fn write_struct_filter<F: crate::record::StructFilter, S: Serializer>(
    filter: &F,
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let data = write::columns(filter.clone().into_columns(), F::COLUMNS).map(Data::Map);
    serde::Serialize::serialize(&data.map_err(serde::ser::Error::custom)?, serializer)
}

/// Deserializes the generated `…Filter` of a nested struct. Called by generated code.
///
/// # Errors
/// See [`read_filter`].
pub fn read_struct_filter<'de, F: crate::record::StructFilter, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<F, D::Error> {
    let data = data::read(deserializer)?;
    read::structure(data, F::COLUMNS).map(F::from_columns).map_err(serde::de::Error::custom)
}
