//! Filters as data: the fields of the generated `…Filter`, and their JSON.

use std::cell::Cell;
use std::fmt;
use std::marker::PhantomData;

use serde::de::{DeserializeSeed, Error as _, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{ListOp, Operand, Predicate};
use crate::error::excerpt;
use crate::record::{ColumnPath, Native, NotFilterable, WantedItems};

/// The value that a column must equal, as a field of the generated `…Filter`.
///
/// It is kept apart from `Operand` so that the field types of a filter can be serialized without asking the user's
/// enums for serde.
pub trait Wanted<A = Native>: Sized {
    /// The predicate that the column at `column` is this.
    fn predicate(self, column: ColumnPath) -> Predicate;

    /// Writes the value.
    ///
    /// # Errors
    /// Those of the serializer.
    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error>;

    /// Reads the value.
    ///
    /// # Errors
    /// Those of the deserializer, and a value that the column cannot hold.
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
        Err(D::Error::custom("this column can't be filtered by value"))
    }
}

impl<T: Wanted<A> + Operand<T, A>, A> Wanted<A> for WantedItems<T> {
    fn predicate(self, column: ColumnPath) -> Predicate {
        let values = self.0.into_iter().map(Operand::operand).collect();
        Predicate::List { column, op: ListOp::All, values }
    }

    fn write<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Borrowed::<T, A>::new))
    }

    fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let items = Vec::<Owned<T, A>>::deserialize(deserializer)?;
        Ok(Self(items.into_iter().map(|item| item.0).collect()))
    }
}

struct Borrowed<'a, T, A>(&'a T, PhantomData<A>);

impl<'a, T, A> Borrowed<'a, T, A> {
    fn new(value: &'a T) -> Self {
        Self(value, PhantomData)
    }
}

impl<T: Wanted<A>, A> Serialize for Borrowed<'_, T, A> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.write(serializer)
    }
}

struct Owned<T, A>(T, PhantomData<A>);

impl<'de, T: Wanted<A>, A> Deserialize<'de> for Owned<T, A> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(T::read(deserializer)?, PhantomData))
    }
}

/// Writes the generated `…Filter` as a map of the columns that are given. Called by generated code.
pub struct FilterWriter<S: Serializer>(S::SerializeMap);

impl<S: Serializer> FilterWriter<S> {
    /// Starts the map.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn new(serializer: S) -> Result<Self, S::Error> {
        serializer.serialize_map(None).map(Self)
    }

    /// Writes one column, if it is given.
    ///
    /// # Errors
    /// Those of the serializer.
    pub fn column<T: Wanted<A>, A>(&mut self, name: &str, value: &Option<T>) -> Result<(), S::Error> {
        match value {
            Some(value) => self.0.serialize_entry(name, &Borrowed::<T, A>::new(value)),
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

/// A generated `…Filter` that can be read from a map of column names. Called by generated code.
pub trait FilterReader: Default {
    /// The names of the columns.
    const COLUMNS: &'static [&'static str];

    /// Reads the value of column number `index`; a null leaves the column out of the filter.
    ///
    /// # Errors
    /// Those of the deserializer.
    fn read<'de, M: MapAccess<'de>>(&mut self, index: usize, map: &mut M) -> Result<(), M::Error>;
}

/// Reads a filter; an unknown column is an error, since leaving it out would find more than was asked for.
///
/// # Errors
/// Those of the deserializer, an unknown or repeated column, a value of another type.
pub fn read_filter<'de, T: FilterReader, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let entered = Cell::new(false);
    let read = deserializer.deserialize_map(Reader { entered: &entered, filter: PhantomData });
    // Errors of the map are short by themselves.
    read.map_err(|error| if entered.get() { error } else { bounded(error) })
}

/// The longest error of a deserializer that is passed on as it is.
const LONGEST_ERROR: usize = 400;

/// The error, cut where it is longer: the text of a value that is not as it should be is in it.
fn bounded<E: serde::de::Error>(error: E) -> E {
    let text = error.to_string();
    if text.len() > LONGEST_ERROR { E::custom(excerpt(&text)) } else { error }
}

/// Reads one optional value. Called by generated code.
///
/// # Errors
/// Those of the deserializer.
pub fn read_wanted<'de, T: Wanted<A>, A, M: MapAccess<'de>>(map: &mut M) -> Result<Option<T>, M::Error> {
    Ok(map.next_value::<Option<Owned<T, A>>>()?.map(|owned| owned.0))
}

struct Reader<'a, T> {
    /// Whether there is a map.
    entered: &'a Cell<bool>,
    filter: PhantomData<T>,
}

impl<'de, T: FilterReader> Visitor<'de> for Reader<'_, T> {
    type Value = T;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map of column names to values")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<T, M::Error> {
        self.entered.set(true);
        let mut filter = T::default();
        let mut seen = vec![false; T::COLUMNS.len()];
        while let Some(index) = map.next_key_seed(ColumnIndex(T::COLUMNS))? {
            if std::mem::replace(&mut seen[index], true) {
                return Err(M::Error::duplicate_field(T::COLUMNS[index]));
            }
            filter.read(index, &mut map).map_err(|error| {
                // Formats such as JSON do not say where in a map they were.
                M::Error::custom(format_args!("column `{}`: {}", T::COLUMNS[index], bounded(error)))
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
