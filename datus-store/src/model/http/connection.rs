use std::num::NonZeroU32;
use std::time::Duration;

use super::key::KeySource;
use crate::error::{Error, Result};
use crate::model::BatchLimits;
use crate::model::bounds::{
    MAX_BATCH_TOKENS, MAX_IN_FLIGHT, MAX_TEXTS, check_duration, check_positive, invalid,
};

/// The settings of a connection to an endpoint. The builders set them.
#[derive(Clone)]
pub(crate) struct Connection {
    pub(crate) base_url: String,
    pub(crate) key: KeySource,
    /// The header that carries the bare key, instead of `Authorization: Bearer`.
    pub(crate) key_header: Option<String>,
    /// `true` if the key may be sent to another machine over plain HTTP.
    pub(crate) allow_plaintext_key: bool,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) limits: BatchLimits,
    pub(crate) requests_per_minute: Option<u32>,
    pub(crate) tokens_per_minute: Option<u32>,
    pub(crate) timeout: Duration,
    pub(crate) retry_for: Duration,
    /// `None` for the default, which depends on the host.
    pub(crate) sends_text_away: Option<bool>,
}

impl Connection {
    pub(crate) fn new(base_url: impl Into<String>) -> Self {
        Self {
            base_url: base_url.into(),
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

    /// Checks the numbers.
    pub(crate) fn check(&self) -> Result<()> {
        check_positive("batch_texts", self.limits.texts, MAX_TEXTS)?;
        check_positive("batch_tokens", self.limits.tokens, MAX_BATCH_TOKENS)?;
        check_positive("in_flight", self.limits.in_flight, MAX_IN_FLIGHT)?;
        if self.timeout.is_zero() {
            return Err(zero("timeout"));
        }
        check_duration("timeout", self.timeout)?;
        check_duration("retry_for", self.retry_for)?;
        self.rates().map(|_| ())
    }

    /// Returns the limits on requests and tokens per minute.
    pub(super) fn rates(&self) -> Result<(PerMinute, PerMinute)> {
        let requests = per_minute("requests_per_minute", self.requests_per_minute)?;
        Ok((requests, per_minute("tokens_per_minute", self.tokens_per_minute)?))
    }
}

pub(super) type PerMinute = Option<NonZeroU32>;

fn per_minute(setting: &str, limit: Option<u32>) -> Result<PerMinute> {
    limit.map(|limit| NonZeroU32::new(limit).ok_or_else(|| zero(setting))).transpose()
}

/// Returns the error for a setting that must not be 0.
pub(crate) fn zero(setting: &str) -> Error {
    invalid(format!("`{setting}` is 0, so no request could ever be sent"))
        .with_help(format!("set `{setting}` to a larger value"))
}
