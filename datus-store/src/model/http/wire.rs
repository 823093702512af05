//! The parts of JSON responses that several services share. Parsing is lenient if the meaning is clear.

use std::fmt;

use serde::de::{Deserialize, Deserializer, Error, IgnoredAny, MapAccess, SeqAccess, Visitor};

use super::response::ResponseError;

/// The index of an item among the texts.
#[derive(Default)]
pub(crate) enum Index {
    /// The field is absent or null.
    #[default]
    Missing,
    At(usize),
    /// A number that is not a valid index: negative, fractional or too large.
    Other(f64),
}

/// The number of tokens that the server counted. Any other value is read as `None`, without an error.
pub(crate) struct Usage {
    pub(crate) tokens: Option<usize>,
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
        f.write_str("a number as the index of an item")
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

/// The help for a response that contradicts itself.
const HELP: &str = "report this to the maintainers of the server, or use a different server";

/// Returns the items in the order of their `index`, or in the given order if none has an `index`.
pub(crate) fn in_order<T>(mut items: Vec<(Index, T)>, noun: &str) -> Result<Vec<T>, ResponseError> {
    let texts = items.len();
    match items.iter().filter(|(index, _)| matches!(index, Index::Missing)).count() {
        0 => {}
        missing if missing == texts => return Ok(items.into_iter().map(|(_, item)| item).collect()),
        // Servers based on Protocol Buffers omit zeros.
        1 => {
            let missing = items.iter_mut().find(|(index, _)| matches!(index, Index::Missing));
            missing.into_iter().for_each(|(index, _)| *index = Index::At(0));
        }
        _ => {
            let what = format!("has an `index` for some {noun} but not for others");
            return Err(ResponseError::invalid(what, HELP));
        }
    }
    let mut ordered: Vec<Option<T>> = (0..texts).map(|_| None).collect();
    for (index, item) in items {
        let at = match index {
            Index::At(at) => at,
            Index::Other(index) => {
                return Err(ResponseError::invalid(format!("has the index {index} for {texts} texts"), HELP));
            }
            Index::Missing => 0,
        };
        let Some(slot) = ordered.get_mut(at) else {
            return Err(ResponseError::invalid(format!("has the index {at} for {texts} texts"), HELP));
        };
        if slot.replace(item).is_some() {
            return Err(ResponseError::invalid(format!("has two {noun} for the index {at}"), HELP));
        }
    }
    // There are as many items as slots, and no slot was filled twice, so every slot is filled.
    Ok(ordered.into_iter().flatten().collect())
}
