//! Limits on the size of requests, learned from the errors of a server.

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::StatusCode;

use super::error_body::ErrorBody;
use crate::model::BatchLimits;

/// The limit that a request exceeds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SizeLimit {
    /// The maximum number of texts in one request, as reported by the server.
    Texts(usize),
    /// A limit on tokens or bytes, or a limit on texts that the server does not report.
    Unknown,
}

/// Phrases in errors about the number of texts. They are from Text Embeddings Inference, SiliconFlow, DashScope and Voyage
/// ("batch size"), OpenAI ("array too long"), Azure and Mistral ("too many inputs"), Gemini ("in one batch"), and Cohere
/// ("number of texts").
const TEXTS: [&str; 8] = [
    "batch size",
    "batch_size",
    "array too long",
    "too many inputs",
    "too many texts",
    "in one batch",
    "number of inputs",
    "number of texts",
];

/// Phrases in errors about the tokens of all texts together. They are from OpenAI, Voyage and Mistral.
const TOKENS: [&str; 4] =
    ["tokens per request", "tokens per submitted batch", "tokens in batch", "split into more batches"];

/// A phrase in errors about one long text, which smaller requests would not fix. It is from Text Embeddings Inference.
const ONE_TEXT: &str = "must have less than";

impl SizeLimit {
    /// Reads the limit from the error for a request of `texts` texts. Returns `None` if a smaller request would not help.
    pub(super) fn from_error(status: StatusCode, body: &ErrorBody, texts: usize) -> Option<Self> {
        if texts < 2 || status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return None;
        }
        let message = body.message.to_lowercase();
        let has_any = |phrases: &[&str]| phrases.iter().any(|phrase| message.contains(phrase));
        if has_any(&TEXTS) {
            let limit = numbers(&message).filter(|number| (1..texts).contains(number)).max();
            return Some(limit.map_or(Self::Unknown, Self::Texts));
        }
        let is_too_large = has_any(&TOKENS)
            || body.code == "max_tokens_per_request"
            || (status == StatusCode::PAYLOAD_TOO_LARGE && !message.contains(ONE_TEXT));
        is_too_large.then_some(Self::Unknown)
    }

    /// Returns how many of `texts` texts to send in the next request: the limit reported by the server, or half of them.
    ///
    /// If the request was split before, it is at least halved, in case the server keeps reporting limits that are too high.
    pub(super) fn next_batch_size(self, texts: usize, was_split: bool) -> usize {
        let half = texts / 2;
        let next = match self {
            Self::Texts(limit) if was_split => limit.min(half),
            Self::Texts(limit) => limit,
            Self::Unknown => half,
        };
        next.max(1)
    }
}

/// Returns the whole numbers in a text, with or without thousands separators.
fn numbers(text: &str) -> impl Iterator<Item = usize> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != ',');
    parts.filter_map(|part| part.replace(',', "").parse().ok())
}

/// The limits learned from the errors of a server.
#[derive(Debug)]
pub(super) struct ObservedLimits {
    texts: AtomicUsize,
    tokens: AtomicUsize,
}

impl ObservedLimits {
    pub(super) fn new() -> Self {
        Self { texts: AtomicUsize::new(usize::MAX), tokens: AtomicUsize::new(usize::MAX) }
    }

    pub(super) fn lower_texts(&self, limit: usize) {
        self.texts.fetch_min(limit.max(1), Ordering::Relaxed);
    }

    pub(super) fn lower_tokens(&self, limit: usize) {
        self.tokens.fetch_min(limit.max(1), Ordering::Relaxed);
    }

    /// Lowers the given limits to the observed ones.
    pub(super) fn apply(&self, limits: BatchLimits) -> BatchLimits {
        limits
            .with_texts(limits.texts.min(self.texts.load(Ordering::Relaxed)))
            .with_tokens(limits.tokens.min(self.tokens.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size_limit(status: u16, message: &str, texts: usize) -> Option<SizeLimit> {
        let body = ErrorBody { message: message.to_owned(), code: String::new() };
        SizeLimit::from_error(StatusCode::from_u16(status).unwrap_or_default(), &body, texts)
    }

    // fault 26
    #[test]
    fn the_limit_of_texts_is_found_in_the_messages_of_servers() {
        for (status, message, texts, limit) in [
            (413, "batch size 5 > maximum allowed batch size 2", 5, 2),
            (422, "batch size 5 > maximum allowed batch size 2", 5, 2),
            (
                400,
                "Invalid 'input': array too long. Expected an array with maximum length 2048, but got an array with length 3000 instead.",
                3000,
                2048,
            ),
            (
                400,
                "Invalid 'input': array too long. Expected maximum length 2,048, but got 3,000",
                3000,
                2048,
            ),
            (400, "Too many inputs. The max number of inputs is 16. We hope to increase it soon", 17, 16),
            (400, "* BatchEmbedContentsRequest.requests: at most 100 requests can be in one batch", 256, 100),
            (400, "invalid request: total number of texts must be at most 96 - received 256", 256, 96),
            (400, "The batch size limit is 128. Your batch size is 256.", 256, 128),
            (400, "batch size is invalid, it should not be larger than 10.: input.contents", 256, 10),
        ] {
            assert_eq!(size_limit(status, message, texts), Some(SizeLimit::Texts(limit)), "{message}");
        }
    }

    #[test]
    fn a_request_is_halved_if_the_server_names_no_limit() {
        for (status, message) in [
            (413, ""),
            (413, "<html>Request Entity Too Large</html>"),
            (400, "Requested 350000 tokens, max 300000 tokens per request"),
            (400, "Too many tokens overall, split into more batches."),
            (400, "Too many inputs in request, split into more batches."),
        ] {
            assert_eq!(size_limit(status, message, 5), Some(SizeLimit::Unknown), "{message}");
        }
        let next = SizeLimit::next_batch_size;
        assert_eq!((next(SizeLimit::Unknown, 5, false), next(SizeLimit::Unknown, 2, true)), (2, 1));
        assert_eq!((next(SizeLimit::Texts(4), 5, false), next(SizeLimit::Texts(4), 5, true)), (4, 2));
    }

    #[test]
    fn a_request_is_not_split_if_that_would_not_help() {
        for (status, message, texts) in [
            (413, "batch size 5 > maximum allowed batch size 2", 1),
            (413, "`inputs` must have less than 512 tokens. Given: 600", 5),
            (429, "batch size 5 > maximum allowed batch size 2", 5),
            (500, "batch size 5 > maximum allowed batch size 2", 5),
            (400, "the model does not exist", 5),
        ] {
            assert_eq!(size_limit(status, message, texts), None, "{message}");
        }
    }
}
