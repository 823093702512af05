//! Reads a configuration, with errors of a bounded length.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error};

use super::ModelConfig;

/// The most characters of an error, which repeats unknown names and wrong values whole. Its own lists of fields have 700.
const MOST: usize = 1500;

/// The fields of a [`ModelConfig`], which the compiler compares.
#[derive(serde::Deserialize)]
#[serde(remote = "ModelConfig", deny_unknown_fields)]
struct Fields {
    provider: String,
    model: Option<String>,
    revision: Option<String>,
    dimension: Option<usize>,
    send_dimension: Option<bool>,
    truncate: Option<usize>,
    normalized: Option<bool>,
    document_prefix: Option<String>,
    query_prefix: Option<String>,
    batch_size: Option<usize>,
    batch_tokens: Option<usize>,
    in_flight: Option<usize>,
    cache: Option<usize>,
    base_url: Option<String>,
    api_key_env: Option<String>,
    api_key_header: Option<String>,
    requests_per_minute: Option<u32>,
    tokens_per_minute: Option<u32>,
    timeout_seconds: Option<f64>,
    retry_seconds: Option<f64>,
    sends_text_away: Option<bool>,
    allow_plaintext_key: Option<bool>,
    path: Option<String>,
    max_tokens: Option<usize>,
    device: Option<String>,
    onnx_file: Option<String>,
    onnx_library: Option<String>,
    threads: Option<usize>,
    headers: Option<BTreeMap<String, String>>,
}

impl<'de> Deserialize<'de> for ModelConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Fields::deserialize(deserializer).map_err(|error| {
            let message = error.to_string();
            match message.char_indices().nth(MOST) {
                Some(_) => Error::custom(short(&message)),
                None => error,
            }
        })
    }
}

/// The beginning of a message that is too long, and its end, which says where.
fn short(message: &str) -> String {
    const EDGE: usize = 200;
    let end = message.char_indices().rev().nth(EDGE).map_or(0, |(at, _)| at);
    let start = message.char_indices().nth(EDGE).map_or(message.len(), |(at, _)| at);
    format!("{} … {}", message.get(..start).unwrap_or_default(), message.get(end..).unwrap_or_default())
}
