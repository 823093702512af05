//! Parses the response to a rerank request.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, MapAccess, SeqAccess, Visitor};

use crate::model::http::response::{ENVELOPE_BYTES, ExpectedResponse, ResponseError};
use crate::model::http::wire::{Index, Usage, in_order};

/// The scores for a request, in the order of its texts.
#[derive(Debug)]
pub(super) struct ScoresResponse {
    pub(super) scores: Vec<f32>,
    /// The number of tokens that the server counted, if the server reports this number.
    pub(super) tokens: Option<usize>,
}

/// The size of the request.
#[derive(Debug, Clone, Copy)]
pub(super) struct ExpectedScores {
    texts: usize,
    /// The total length of the texts, because some servers return them.
    text_bytes: usize,
}

/// The maximum number of bytes of one result in addition to its text.
const RESULT_BYTES: usize = 1024;

/// The maximum number of bytes that JSON needs for one byte of a text.
const ESCAPED_BYTES: usize = 6;

impl ExpectedScores {
    pub(super) fn new(texts: &[&str]) -> Self {
        Self { texts: texts.len(), text_bytes: texts.iter().map(|text| text.len()).sum() }
    }
}

impl ExpectedResponse for ExpectedScores {
    type Response = ScoresResponse;

    fn texts(&self) -> usize {
        self.texts
    }

    fn max_bytes(&self) -> usize {
        let texts = self.text_bytes.saturating_mul(ESCAPED_BYTES);
        self.texts.saturating_mul(RESULT_BYTES).saturating_add(texts).saturating_add(ENVELOPE_BYTES)
    }

    fn parse(&self, body: &[u8]) -> Result<ScoresResponse, ResponseError> {
        let Wire { results, usage } = match serde_json::from_slice(body) {
            Ok(wire) => wire,
            Err(error) => {
                return Err(ResponseError::server(body).unwrap_or_else(|| unreadable(body, &error)));
            }
        };
        if results.len() != self.texts {
            return Err(ResponseError::server(body).unwrap_or_else(|| self.wrong_number(results.len())));
        }
        if self.texts > 1 && results.iter().all(|result| matches!(result.index, Index::Missing)) {
            let help = "use a server that returns each score with the `index` of its text";
            return Err(ResponseError::invalid("has scores without an `index`", help));
        }
        let items = results.into_iter().map(|result| (result.index, result.score)).collect();
        let mut scores = Vec::with_capacity(self.texts);
        for (at, score) in in_order(items, "scores")?.into_iter().enumerate() {
            let score = score.ok_or_else(|| not_a_number(at, "no score"))? as f32;
            if !score.is_finite() {
                return Err(not_a_number(at, &format!("the score {score}")));
            }
            scores.push(score);
        }
        Ok(ScoresResponse { scores, tokens: usage.and_then(|usage| usage.tokens) })
    }
}

impl ExpectedScores {
    fn wrong_number(&self, found: usize) -> ResponseError {
        let help = match found {
            0 => "check the base URL, the name of the model and the `RerankApi`",
            _ if found < self.texts => {
                "make the server score every text: remove `top_n`, `top_k` and thresholds"
            }
            _ => "check that the server returns one score for each text",
        };
        ResponseError::invalid(format!("has {found} scores for {} texts", self.texts), help)
    }
}

fn not_a_number(text: usize, found: &str) -> ResponseError {
    let help = "check the model: every score must be a finite 32-bit float";
    ResponseError::invalid(format!("has {found} for text {text}"), help)
}

fn unreadable(body: &[u8], error: &serde_json::Error) -> ResponseError {
    if error.is_syntax() && has_non_finite_number(body) {
        let help = "check the model: every score must be a finite 32-bit float";
        return ResponseError::invalid("has a score that is NaN or infinite", help);
    }
    let what = format!("is not a list of scores in the format of Cohere's or TEI's rerank API ({error})");
    ResponseError::invalid(what, "check the base URL and the `RerankApi`")
}

/// Returns `true` if a value is NaN or infinite. Python writes such values, although JSON has no such numbers.
fn has_non_finite_number(body: &[u8]) -> bool {
    let text = String::from_utf8_lossy(body);
    text.split(':').skip(1).map(str::trim_start).any(|value| {
        let value = value.strip_prefix('-').unwrap_or(value);
        value.starts_with("NaN") || value.starts_with("Infinity")
    })
}

/// A response: a list, or an object with a `results` or `data` field.
struct Wire {
    results: Vec<Item>,
    usage: Option<Usage>,
}

#[derive(Deserialize)]
struct Item {
    #[serde(default)]
    index: Index,
    #[serde(default, alias = "relevance_score")]
    score: Option<f64>,
}

impl<'de> Deserialize<'de> for Wire {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(WireVisitor)
    }
}

struct WireVisitor;

impl<'de> Visitor<'de> for WireVisitor {
    type Value = Wire;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list, or an object with the field `results`")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Wire, A::Error> {
        let mut results = Vec::new();
        while let Some(item) = list.next_element()? {
            results.push(item);
        }
        Ok(Wire { results, usage: None })
    }

    fn visit_map<A: MapAccess<'de>>(self, mut fields: A) -> Result<Wire, A::Error> {
        let mut wire = Wire { results: Vec::new(), usage: None };
        while let Some(name) = fields.next_key::<String>()? {
            match name.as_str() {
                "results" | "data" => {
                    if let Some(results) = fields.next_value::<Option<Vec<Item>>>()? {
                        wire.results = results;
                    }
                }
                "usage" => wire.usage = fields.next_value()?,
                _ => {
                    let IgnoredAny = fields.next_value()?;
                }
            }
        }
        Ok(wire)
    }
}
