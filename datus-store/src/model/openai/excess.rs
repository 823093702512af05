//! Requests that a server refuses for their size, and the limits that it shows by that.

use std::sync::atomic::{AtomicUsize, Ordering};

use reqwest::StatusCode;

use super::complaint::Complaint;
use crate::model::BatchLimits;

/// The reason that a request is too large.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Excess {
    /// The server names the most texts that it takes.
    Texts(usize),
    /// It has too many tokens or bytes, or too many texts of a number that the server does not name.
    Size,
}

/// Parts of messages about the number of texts: Text Embeddings Inference, SiliconFlow, DashScope and Voyage ("batch
/// size"), OpenAI ("array too long"), Azure and Mistral ("too many inputs"), Gemini ("in one batch"), Cohere ("number of
/// texts").
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

/// Parts of messages about all texts together: OpenAI, Voyage and Mistral.
const TOKENS: [&str; 4] =
    ["tokens per request", "tokens per submitted batch", "tokens in batch", "split into more batches"];

/// Part of messages about one text, which a smaller request does not help: Text Embeddings Inference.
const ONE_TEXT: &str = "must have less than";

impl Excess {
    /// Reads the reason from the refusal of a request of `texts` texts; `None` if fewer texts would not help.
    pub(super) fn of(status: StatusCode, complaint: &Complaint, texts: usize) -> Option<Self> {
        if texts < 2 || status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS {
            return None;
        }
        let message = complaint.message.to_lowercase();
        let says = |parts: &[&str]| parts.iter().any(|part| message.contains(part));
        if says(&TEXTS) {
            let limit = numbers(&message).filter(|number| (1..texts).contains(number)).max();
            return Some(limit.map_or(Self::Size, Self::Texts));
        }
        let is_large = says(&TOKENS) || complaint.code == "max_tokens_per_request";
        let is_large = is_large || (status == StatusCode::PAYLOAD_TOO_LARGE && !message.contains(ONE_TEXT));
        is_large.then_some(Self::Size)
    }

    /// Returns the number of texts to send at once in place of `texts`: the limit that the server names, or half of them.
    /// The second limit of one call is not trusted: the request is at least halved.
    pub(super) fn next(self, texts: usize, again: bool) -> usize {
        let half = texts / 2;
        let next = match self {
            Self::Texts(limit) if again => limit.min(half),
            Self::Texts(limit) => limit,
            Self::Size => half,
        };
        next.max(1)
    }
}

/// The whole numbers in a text, with or without commas between thousands.
fn numbers(text: &str) -> impl Iterator<Item = usize> {
    let parts = text.split(|c: char| !c.is_ascii_digit() && c != ',');
    parts.filter_map(|part| part.replace(',', "").parse().ok())
}

/// The limits that a server has shown.
#[derive(Debug)]
pub(super) struct Learned {
    texts: AtomicUsize,
    tokens: AtomicUsize,
}

impl Learned {
    pub(super) fn new() -> Self {
        Self { texts: AtomicUsize::new(usize::MAX), tokens: AtomicUsize::new(usize::MAX) }
    }

    pub(super) fn texts(&self, most: usize) {
        self.texts.fetch_min(most.max(1), Ordering::Relaxed);
    }

    pub(super) fn tokens(&self, most: usize) {
        self.tokens.fetch_min(most.max(1), Ordering::Relaxed);
    }

    /// Lowers the limits to those that the server has shown.
    pub(super) fn limit(&self, limits: BatchLimits) -> BatchLimits {
        limits
            .with_texts(limits.texts.min(self.texts.load(Ordering::Relaxed)))
            .with_tokens(limits.tokens.min(self.tokens.load(Ordering::Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn excess(status: u16, message: &str, texts: usize) -> Option<Excess> {
        let complaint = Complaint { message: message.to_owned(), code: String::new() };
        Excess::of(StatusCode::from_u16(status).unwrap_or_default(), &complaint, texts)
    }

    // fault 26
    #[test]
    fn the_most_texts_are_found_in_what_servers_say() {
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
            assert_eq!(excess(status, message, texts), Some(Excess::Texts(limit)), "{message}");
        }
    }

    #[test]
    fn a_request_that_is_too_large_without_a_number_is_halved() {
        for (status, message) in [
            (413, ""),
            (413, "<html>Request Entity Too Large</html>"),
            (400, "Requested 350000 tokens, max 300000 tokens per request"),
            (400, "Too many tokens overall, split into more batches."),
            (400, "Too many inputs in request, split into more batches."),
        ] {
            assert_eq!(excess(status, message, 5), Some(Excess::Size), "{message}");
        }
        assert_eq!((Excess::Size.next(5, false), Excess::Size.next(2, true)), (2, 1));
        assert_eq!((Excess::Texts(4).next(5, false), Excess::Texts(4).next(5, true)), (4, 2));
    }

    #[test]
    fn what_fewer_texts_do_not_help_is_not_cut() {
        for (status, message, texts) in [
            (413, "batch size 5 > maximum allowed batch size 2", 1),
            (413, "`inputs` must have less than 512 tokens. Given: 600", 5),
            (429, "batch size 5 > maximum allowed batch size 2", 5),
            (500, "batch size 5 > maximum allowed batch size 2", 5),
            (400, "the model does not exist", 5),
        ] {
            assert_eq!(excess(status, message, texts), None, "{message}");
        }
    }
}
