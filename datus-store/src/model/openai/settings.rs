use std::num::NonZeroU32;
use std::time::Duration;

use super::key::KeySource;
use crate::model::BatchLimits;

pub(super) const DEFAULT_BASE_URL: &str = "https://api.openai.com/v1";

/// The settings of the builder.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) model: String,
    pub(super) revision: String,
    pub(super) base_url: String,
    /// `None` for the default of a known model.
    pub(super) dimension: Option<usize>,
    /// `None` for the default, which depends on the model and the dimension.
    pub(super) send_dimension: Option<bool>,
    /// `None` for the default, which depends on the model.
    pub(super) normalized: Option<bool>,
    pub(super) document_prefix: String,
    pub(super) query_prefix: String,
    pub(super) key: KeySource,
    /// The header that carries the bare key, instead of `Authorization: Bearer`.
    pub(super) key_header: Option<String>,
    /// `true` if the key may be sent to another machine over plain HTTP.
    pub(super) allow_plaintext_key: bool,
    pub(super) headers: Vec<(String, String)>,
    pub(super) limits: BatchLimits,
    pub(super) requests_per_minute: Option<u32>,
    pub(super) tokens_per_minute: Option<u32>,
    pub(super) timeout: Duration,
    pub(super) retry_for: Duration,
    /// `None` for the default, which depends on the host.
    pub(super) sends_text_away: Option<bool>,
}

impl Settings {
    pub(super) fn new(model: String) -> Self {
        Self {
            model,
            revision: String::new(),
            base_url: DEFAULT_BASE_URL.to_owned(),
            dimension: None,
            send_dimension: None,
            normalized: None,
            document_prefix: String::new(),
            query_prefix: String::new(),
            key: KeySource::Default,
            key_header: None,
            allow_plaintext_key: false,
            headers: Vec::new(),
            limits: BatchLimits::default().with_texts(256).with_tokens(250_000).with_in_flight(4),
            requests_per_minute: None,
            tokens_per_minute: None,
            timeout: Duration::from_secs(60),
            retry_for: Duration::from_secs(60),
            sends_text_away: None,
        }
    }

    /// Returns the properties of the model if it is a model of OpenAI.
    pub(super) fn known_model(&self) -> Option<KnownModel> {
        let (dimension, can_shorten) = match self.model.as_str() {
            "text-embedding-3-small" => (1536, true),
            "text-embedding-3-large" => (3072, true),
            "text-embedding-ada-002" => (1536, false),
            _ => return None,
        };
        Some(KnownModel { dimension, can_shorten })
    }
}

/// A model of OpenAI. All of them return unit vectors.
pub(super) struct KnownModel {
    pub(super) dimension: usize,
    /// `true` if the service can return shorter vectors.
    pub(super) can_shorten: bool,
}

/// Converts a limit per minute. Returns `None` if it is 0.
pub(super) fn per_minute(limit: Option<u32>) -> Option<Option<NonZeroU32>> {
    limit.map_or(Some(None), |limit| NonZeroU32::new(limit).map(Some))
}
