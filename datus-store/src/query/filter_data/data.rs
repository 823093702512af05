//! A tree of plain values, which every self-describing format of serde reads and writes.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserializer, Serialize, Serializer};

use super::limits::{MAX_FILTER_DEPTH, MAX_FILTER_SIZE, too_deep, too_large};

/// A plain value.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Data {
    Null,
    Bool(bool),
    Int(i128),
    Float(f64),
    Text(String),
    List(Vec<Data>),
    /// The entries, in order. Keys may be repeated.
    Map(Vec<(String, Data)>),
}

/// The maximum depth of the tree. Each level of a filter as data takes two levels of the tree, and columns of nested structs
/// take a few more. A deeper tree is not a filter.
const MAX_TREE_DEPTH: usize = 4 * MAX_FILTER_DEPTH;

/// The key of the map that represents a number if serde_json's `arbitrary_precision` feature is enabled.
const JSON_NUMBER: &str = "$serde_json::private::Number";

/// Reads a tree of limited depth and size.
pub(super) fn read<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Data, D::Error> {
    let budget = Cell::new(MAX_FILTER_SIZE);
    TreeSeed { budget: &budget, depth: MAX_TREE_DEPTH }.deserialize(deserializer)
}

#[derive(Clone, Copy)]
struct TreeSeed<'a> {
    /// The number of values that can still be read.
    budget: &'a Cell<usize>,
    /// The number of levels that can still be nested.
    depth: usize,
}

impl TreeSeed<'_> {
    fn inside<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom(too_deep()))?;
        Ok(Self { depth, ..self })
    }

    fn count<E: Error>(self) -> Result<(), E> {
        let left = self.budget.get().checked_sub(1).ok_or_else(|| E::custom(too_large()))?;
        self.budget.set(left);
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for TreeSeed<'_> {
    type Value = Data;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        self.count()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for TreeSeed<'_> {
    type Value = Data;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value, a list or an object")
    }

    fn visit_unit<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_none<E>(self) -> Result<Data, E> {
        Ok(Data::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_newtype_struct<D: Deserializer<'de>>(self, deserializer: D) -> Result<Data, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Data, E> {
        Ok(Data::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Data, E> {
        Ok(Data::Int(value.into()))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Data, E> {
        Ok(Data::Int(value.into()))
    }

    fn visit_i128<E>(self, value: i128) -> Result<Data, E> {
        Ok(Data::Int(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Data, E> {
        Ok(Data::Float(value))
    }

    fn visit_str<E>(self, value: &str) -> Result<Data, E> {
        Ok(Data::Text(value.to_owned()))
    }

    fn visit_string<E>(self, value: String) -> Result<Data, E> {
        Ok(Data::Text(value))
    }

    fn visit_bytes<E>(self, value: &[u8]) -> Result<Data, E> {
        Ok(Data::List(value.iter().map(|byte| Data::Int((*byte).into())).collect()))
    }

    fn visit_seq<S: SeqAccess<'de>>(self, mut items: S) -> Result<Data, S::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(inside)? {
            list.push(item);
        }
        Ok(Data::List(list))
    }

    fn visit_map<M: MapAccess<'de>>(self, mut entries: M) -> Result<Data, M::Error> {
        let inside = self.inside()?;
        let mut map = Vec::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(inside)?;
            if let (JSON_NUMBER, Data::Text(digits)) = (key.as_str(), &value) {
                return number(digits)
                    .ok_or_else(|| M::Error::custom(format_args!("`{digits}` is not a number")));
            }
            map.push((key, value));
        }
        Ok(Data::Map(map))
    }
}

/// Reads a number.
pub(super) fn number(text: &str) -> Option<Data> {
    let int = text.parse().ok().map(Data::Int);
    int.or_else(|| text.parse().ok().filter(|float: &f64| float.is_finite()).map(Data::Float))
}

impl Serialize for Data {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Bool(value) => serializer.serialize_bool(*value),
            Self::Int(value) => match (i64::try_from(*value), u64::try_from(*value)) {
                (Ok(value), _) => serializer.serialize_i64(value),
                (Err(_), Ok(value)) => serializer.serialize_u64(value),
                (Err(_), Err(_)) => serializer.serialize_i128(*value),
            },
            Self::Float(value) => serializer.serialize_f64(*value),
            Self::Text(text) => serializer.serialize_str(text),
            Self::List(items) => {
                let mut list = serializer.serialize_seq(Some(items.len()))?;
                items.iter().try_for_each(|item| list.serialize_element(item))?;
                list.end()
            }
            Self::Map(entries) => {
                let mut map = serializer.serialize_map(Some(entries.len()))?;
                entries.iter().try_for_each(|(key, value)| map.serialize_entry(key, value))?;
                map.end()
            }
        }
    }
}
