//! The JSON of a response. Parsing is lenient if the meaning is clear.

use std::fmt;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::bounds::MAX_DIMENSION;

/// Base64 with or without padding, which is redundant.
const BASE64: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(serde::Deserialize)]
pub(super) struct Wire {
    #[serde(default)]
    pub(super) data: Option<Vec<Item>>,
    #[serde(default)]
    pub(super) usage: Option<Usage>,
}

#[derive(serde::Deserialize)]
pub(super) struct Item {
    #[serde(default)]
    pub(super) index: Index,
    pub(super) embedding: Vector,
}

/// The index of a vector among the texts.
#[derive(Default)]
pub(super) enum Index {
    /// The field is absent or null.
    #[default]
    Missing,
    At(usize),
    /// A number that is not a valid index: negative, fractional or too large.
    Other(f64),
}

/// A vector, given as a list of numbers or as base64 of little-endian 32-bit floats.
pub(super) struct Vector {
    pub(super) values: Vec<f32>,
    /// The number of values in the response. Values beyond the largest dimension are not kept.
    pub(super) length: usize,
}

/// The number of tokens that the server counted. Any other value is read as `None`, without an error.
pub(super) struct Usage {
    pub(super) tokens: Option<usize>,
}

impl<'de> Deserialize<'de> for Index {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(IndexVisitor)
    }
}

struct IndexVisitor;

impl<'de> Visitor<'de> for IndexVisitor {
    type Value = Index;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a number as the index of a vector")
    }

    fn visit_u64<E: Error>(self, index: u64) -> Result<Index, E> {
        Ok(usize::try_from(index).map_or(Index::Other(index as f64), Index::At))
    }

    fn visit_i64<E: Error>(self, index: i64) -> Result<Index, E> {
        Ok(usize::try_from(index).map_or(Index::Other(index as f64), Index::At))
    }

    fn visit_f64<E: Error>(self, index: f64) -> Result<Index, E> {
        let whole = index >= 0.0 && index.fract() == 0.0 && index < 9e15;
        Ok(if whole { Index::At(index as usize) } else { Index::Other(index) })
    }

    fn visit_unit<E: Error>(self) -> Result<Index, E> {
        Ok(Index::Missing)
    }
}

impl<'de> Deserialize<'de> for Vector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(VectorVisitor)
    }
}

struct VectorVisitor;

impl<'de> Visitor<'de> for VectorVisitor {
    type Value = Vector;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of numbers or a base64 string")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Vector, A::Error> {
        let mut vector = Vector { values: Vec::new(), length: 0 };
        while let Some(value) = list.next_element::<f32>()? {
            vector.length += 1;
            if vector.length <= MAX_DIMENSION {
                vector.values.push(value);
            }
        }
        Ok(vector)
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Vector, E> {
        let bytes = BASE64.decode(text.trim()).map_err(|error| E::custom(format!("not base64: {error}")))?;
        let (values, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(E::custom(format!("base64 of {} bytes, which are not 32-bit floats", bytes.len())));
        }
        let length = values.len();
        let values = values.iter().take(MAX_DIMENSION).map(|bytes| f32::from_le_bytes(*bytes)).collect();
        Ok(Vector { values, length })
    }
}

impl<'de> Deserialize<'de> for Usage {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(UsageVisitor)
    }
}

struct UsageVisitor;

impl Usage {
    const UNKNOWN: Self = Self { tokens: None };
}

impl<'de> Visitor<'de> for UsageVisitor {
    type Value = Usage;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("anything")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Usage, A::Error> {
        let (mut total, mut prompt) = (None, None);
        while let Some(name) = fields.next_key::<String>()? {
            match name.as_str() {
                "total_tokens" => total = fields.next_value::<Usage>()?.tokens,
                "prompt_tokens" => prompt = fields.next_value::<Usage>()?.tokens,
                _ => {
                    let IgnoredAny = fields.next_value()?;
                }
            }
        }
        Ok(Usage { tokens: total.or(prompt) })
    }

    fn visit_u64<E: Error>(self, count: u64) -> Result<Usage, E> {
        Ok(Usage { tokens: usize::try_from(count).ok() })
    }

    fn visit_i64<E: Error>(self, count: i64) -> Result<Usage, E> {
        Ok(Usage { tokens: usize::try_from(count).ok() })
    }

    fn visit_f64<E: Error>(self, count: f64) -> Result<Usage, E> {
        let whole = count >= 0.0 && count.fract() == 0.0 && count < 9e15;
        Ok(Usage { tokens: whole.then_some(count as usize) })
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Usage, A::Error> {
        while list.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Usage::UNKNOWN)
    }

    fn visit_bool<E: Error>(self, _: bool) -> Result<Usage, E> {
        Ok(Usage::UNKNOWN)
    }

    fn visit_str<E: Error>(self, _: &str) -> Result<Usage, E> {
        Ok(Usage::UNKNOWN)
    }

    fn visit_unit<E: Error>(self) -> Result<Usage, E> {
        Ok(Usage::UNKNOWN)
    }
}
