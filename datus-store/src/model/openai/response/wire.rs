//! The JSON of a response. Parsing is lenient if the meaning is clear.

use std::fmt;

use base64::Engine;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::de::{Deserialize, Deserializer, Error, SeqAccess, Visitor};

use crate::model::bounds::MAX_DIMENSION;
use crate::model::http::wire::{Index, Usage};

/// Base64 with or without padding, because padding is redundant.
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

/// A vector, given as a list of numbers or as base64 of little-endian 32-bit floats.
pub(super) struct Vector {
    pub(super) values: Vec<f32>,
    /// The number of values in the response. Values beyond the largest dimension are not kept.
    pub(super) length: usize,
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
