//! Deserializes a configuration, with errors of bounded length.

use std::collections::BTreeMap;

use serde::de::{Deserialize, Deserializer, Error};

use super::ModelConfig;

/// The maximum number of characters in an error. serde quotes unknown names and wrong values in full, and lists all
/// fields, which takes 700 characters.
const MAX_ERROR: usize = 1500;

/// The fields of [`ModelConfig`]. The compiler checks that they match.
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
            match message.char_indices().nth(MAX_ERROR) {
                Some(_) => Error::custom(shortened(&message)),
                None => error,
            }
        })
    }
}

/// Keeps the start and the end of a long message. The end contains the line and column.
fn shortened(message: &str) -> String {
    const EDGE: usize = 200;
    let head_end = message.char_indices().nth(EDGE).map_or(message.len(), |(at, _)| at);
    let tail_start = message.char_indices().rev().nth(EDGE).map_or(0, |(at, _)| at);
    let (head, tail) = (message.get(..head_end), message.get(tail_start..));
    format!("{} … {}", head.unwrap_or_default(), tail.unwrap_or_default())
}
