//! Filters as data: the fields of the generated `…Filter`, and their serialization.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ListOp, Operand, Predicate};
use crate::error::excerpt;
use crate::record::{ColumnPath, Native, NotFilterable, WantedItems};

/// A filter value in a field of the generated `…Filter`, which the column must equal.
///
/// The trait is separate from `Operand`, so that a filter can be serialized even if the user's enums do not implement
/// serde's traits.
pub trait Wanted<A = Native>: Sized {
    /// Returns the predicate that compares the column with this value.
    fn predicate(self, column: ColumnPath) -> Predicate;

    /// Serializes the value.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Deserializes a value.
    ///
    /// # Errors
    /// Those of the deserializer, and an error for a value that the column cannot represent.
    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error>;
}

impl<A> Wanted<A> for NotFilterable {
    fn predicate(self, _column: ColumnPath) -> Predicate {
        match self {}
    }

    fn write<S: Serializer>(&self, _serializer: S) -> Result<S::Ok, S::Error> {
        match *self {}
    }

    fn read<'de, D: Deserializer<'de>>(_deserializer: D) -> Result<Self, D::Error> {
        Err(D::Error::custom("this column cannot be compared with a value"))
    }
}

impl<T: Wanted<A> + Operand<T, A>, A> Wanted<A> for WantedItems<T> {
    fn predicate(self, column: ColumnPath) -> Predicate {
        let values = self.0.into_iter().map(Operand::operand).collect();
        Predicate::List { column, op: ListOp::All, values }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(AsSerialize::<T, A>::new))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<AsDeserialize<T, A>>::deserialize(deserializer)?;
        Ok(Self(items.into_iter().map(|item| item.0).collect()))
    }
}

struct AsSerialize<'a, T, A>(&'a T, PhantomData<A>);

impl<'a, T, A> AsSerialize<'a, T, A> {
    fn new(value: &'a T) -> Self {
        Self(value, PhantomData)
    }
}

impl<T: Wanted<A>, A> Serialize for AsSerialize<'_, T, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

struct AsDeserialize<T, A>(T, PhantomData<A>);

impl<'de, T: Wanted<A>, A> Deserialize<'de> for AsDeserialize<T, A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(T::read(deserializer)?, PhantomData))
    }
}

/// Serializes the generated `…Filter` as a map from column names to values. Used by generated code.
pub struct FilterWriter<S: Serializer>(S::SerializeMap);

impl<S: Serializer> FilterWriter<S> {
    /// Starts the map.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn new(serializer: S) -> Result<Self, S::Error> {
        serializer.serialize_map(None).map(Self)
    }

    /// Writes a column if its value is `Some`.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn column<T: Wanted<A>, A>(&mut self, name: &str, value: &Option<T>) -> Result<(), S::Error> {
        match value {
            Some(value) => self.0.serialize_entry(name, &AsSerialize::<T, A>::new(value)),
            None => Ok(()),
        }
    }

    /// Ends the map.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn end(self) -> Result<S::Ok, S::Error> {
        self.0.end()
    }
}

impl<S: Serializer> fmt::Debug for FilterWriter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("FilterWriter")
    }
}

/// A generated `…Filter` that can be deserialized from a map with column names as keys. Used by generated code.
pub trait FilterReader: Default {
    /// The names of the columns.
    const COLUMNS: &'static [&'static str];

    /// Reads the value of the column at position `index`. A null leaves the column out of the filter.
    ///
    /// # Errors
    /// Those of the deserializer.
    fn read<'de, M: MapAccess<'de>>(&mut self, index: usize, map: &mut M) -> Result<(), M::Error>;
}

/// Deserializes a filter. An unknown column is an error, because ignoring it would return more rows than requested.
///
/// # Errors
/// Those of the deserializer, and an error for an unknown or repeated column or a value of the wrong type.
pub fn read_filter<'de, T: FilterReader, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let in_map = Cell::new(false);
    let result = deserializer.deserialize_map(FilterVisitor { in_map: &in_map, filter: PhantomData });
    // Errors inside the map are short already.
    result.map_err(|error| if in_map.get() { error } else { shortened(error) })
}

/// The maximum length of a deserializer's error, in bytes.
const MAX_ERROR_LENGTH: usize = 400;

/// Shortens an error that is too long. A deserializer's error can contain the whole invalid value.
fn shortened<E: serde::de::Error>(error: E) -> E {
    let text = error.to_string();
    if text.len() > MAX_ERROR_LENGTH { E::custom(excerpt(&text)) } else { error }
}

/// Reads an optional value from a map. Called by generated code.
///
/// # Errors
/// Those of the deserializer.
pub fn read_wanted<'de, T: Wanted<A>, A, M: MapAccess<'de>>(map: &mut M) -> Result<Option<T>, M::Error> {
    Ok(map.next_value::<Option<AsDeserialize<T, A>>>()?.map(|value| value.0))
}

struct FilterVisitor<'a, T> {
    /// Set to `true` when the deserializer has found a map.
    in_map: &'a Cell<bool>,
    filter: PhantomData<T>,
}

impl<'de, T: FilterReader> Visitor<'de> for FilterVisitor<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of column names to values")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        self.in_map.set(true);
        let mut filter = T::default();
        let mut seen = vec![false; T::COLUMNS.len()];
        while let Some(index) = map.next_key_seed(ColumnIndex(T::COLUMNS))? {
            if std::mem::replace(&mut seen[index], true) {
                return Err(M::Error::duplicate_field(T::COLUMNS[index]));
            }
            filter.read(index, &mut map).map_err(|error| {
                // The errors of formats such as JSON do not name the key.
                M::Error::custom(format_args!("column `{}`: {}", T::COLUMNS[index], shortened(error)))
            })?;
        }
        Ok(filter)
    }
}

#[derive(Clone, Copy)]
struct ColumnIndex(&'static [&'static str]);

impl<'de> DeserializeSeed<'de> for ColumnIndex {
    type Value = usize;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<usize, D::Error> {
        deserializer.deserialize_identifier(self)
    }
}

impl Visitor<'_> for ColumnIndex {
    type Value = usize;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the name of a column")
    }

    fn visit_str<E: serde::de::Error>(self, name: &str) -> Result<usize, E> {
        self.0
            .iter()
            .position(|column| *column == name)
            .ok_or_else(|| E::unknown_field(&excerpt(name), self.0))
    }
}
