use std::num::NonZeroU32;
use std::time::Duration;

use super::OpenAiModel;
use super::key::KeySource;
use crate::model::BatchLimits;

/// The settings of the builder, with their defaults.
#[derive(Clone)]
pub(super) struct Settings {
    pub(super) model: String,
    pub(super) revision: String,
    pub(super) base_url: String,
    /// `None` for what is known of the model.
    pub(super) dimension: Option<usize>,
    /// `None` for what fits the model and the dimension.
    pub(super) send_dimension: Option<bool>,
    /// `None` for what is known of the model.
    pub(super) normalized: Option<bool>,
    pub(super) document_prefix: String,
    pub(super) query_prefix: String,
    pub(super) key: KeySource,
    /// The header that holds only the key, in place of `Authorization: Bearer`.
    pub(super) key_header: Option<String>,
    /// `true` if the key may be sent to another machine over plain HTTP.
    pub(super) allow_plaintext_key: bool,
    pub(super) headers: Vec<(String, String)>,
    pub(super) limits: BatchLimits,
    pub(super) requests_per_minute: Option<u32>,
    pub(super) tokens_per_minute: Option<u32>,
    pub(super) timeout: Duration,
    pub(super) retry_for: Duration,
    /// `None` for what the host says.
    pub(super) sends_text_away: Option<bool>,
}

impl Settings {
    pub(super) fn new(model: String) -> Self {
        Self {
            model,
            revision: String::new(),
            base_url: OpenAiModel::DEFAULT_BASE_URL.to_owned(),
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

    /// What is known of the models of OpenAI itself.
    pub(super) fn known(&self) -> Option<Known> {
        let (dimension, shortens) = match self.model.as_str() {
            "text-embedding-3-small" => (1536, true),
            "text-embedding-3-large" => (3072, true),
            "text-embedding-ada-002" => (1536, false),
            _ => return None,
        };
        Some(Known { dimension, shortens })
    }
}

/// A model of OpenAI; all of them give vectors of length one.
pub(super) struct Known {
    pub(super) dimension: usize,
    /// Whether the service gives shorter vectors when asked.
    pub(super) shortens: bool,
}

/// A limit for each minute, which can't be 0.
pub(super) fn per_minute(limit: Option<u32>) -> Option<Option<NonZeroU32>> {
    limit.map_or(Some(None), |limit| NonZeroU32::new(limit).map(Some))
}
