//! Failed requests: whether to retry, and the error to return otherwise.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};

use super::endpoint::Endpoint;
use super::error_body::ErrorBody;
use super::response::InvalidResponse;
use super::size_limit::SizeLimit;
use crate::error::Error;
use crate::model::clipped;

/// The maximum number of characters of a server message that are searched for secrets. The rest is dropped.
const MAX_SCRUBBED: usize = 2000;

/// The reason that one attempt failed.
pub(super) enum Failure {
    /// The connection could not be established or was lost.
    Connection(reqwest::Error),
    /// The response did not complete in time.
    Timeout,
    /// The status is not a success, or the body of a successful response is an error.
    Status {
        status: StatusCode,
        /// The status in the error body of a response with status 200.
        body_status: Option<StatusCode>,
        body: ErrorBody,
        retry_after: Option<Duration>,
        location: Option<String>,
    },
    /// The response is too long for the requested contents.
    TooLong { limit: usize },
    /// The response is not valid.
    Invalid(InvalidResponse),
}

/// The number and total duration of the attempts to send a request.
pub(super) struct Attempts {
    pub(super) count: u32,
    pub(super) elapsed: Duration,
    /// The time limit for one attempt.
    pub(super) timeout: Duration,
}

impl Failure {
    pub(super) fn from_transport(error: reqwest::Error) -> Self {
        if error.is_timeout() && !error.is_connect() {
            return Self::Timeout;
        }
        Self::Connection(error.without_url())
    }

    /// Creates a failure from an error in the body of a successful response.
    pub(super) fn from_success(status: StatusCode, body: ErrorBody) -> Self {
        let body_status = Some(body.status().unwrap_or(status));
        Self::Status { status, body_status, body, retry_after: None, location: None }
    }

    pub(super) fn from_status(status: StatusCode, headers: &HeaderMap, body: ErrorBody) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self::Status {
            status,
            body_status: None,
            body,
            retry_after: text(RETRY_AFTER).and_then(|value| retry_after(value, SystemTime::now())),
            location: text(LOCATION).map(without_query),
        }
    }

    /// Returns `true` if the same request may succeed later.
    pub(super) fn is_retryable(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Timeout => true,
            Self::TooLong { .. } | Self::Invalid(_) => false,
            Self::Status { status, body_status, body, .. } => {
                let status = body_status.as_ref().unwrap_or(status);
                status.is_server_error()
                    || (*status == StatusCode::TOO_MANY_REQUESTS && !body.is_quota_exhausted())
            }
        }
    }

    /// Returns the limit that the request exceeds, if it failed because of its size.
    pub(super) fn size_limit(&self, texts: usize) -> Option<SizeLimit> {
        match self {
            Self::Status { status, body_status, body, .. } => {
                SizeLimit::from_error(body_status.unwrap_or(*status), body, texts)
            }
            Self::Connection(_) | Self::Timeout | Self::TooLong { .. } | Self::Invalid(_) => None,
        }
    }

    /// Returns `true` if the connection could not be established.
    pub(super) fn is_connect(&self) -> bool {
        matches!(self, Self::Connection(error) if error.is_connect())
    }

    /// Returns the delay that the server requests.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Connection(_) | Self::Timeout | Self::TooLong { .. } | Self::Invalid(_) => None,
        }
    }

    /// Returns the reason in one word, for logs.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Connection(_) => "connection".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Status { status, body_status, .. } => body_status.unwrap_or(*status).as_u16().to_string(),
            Self::TooLong { .. } | Self::Invalid(_) => "response".to_owned(),
        }
    }

    /// Converts the failure of the last attempt to an error.
    pub(super) fn into_error(self, endpoint: &Endpoint, attempts: &Attempts) -> Error {
        let url = endpoint.display_url();
        let after = attempts.summary();
        let service = endpoint.service();
        let error = |message: String| Error::new(service.kind, message);
        match self {
            Self::Connection(source) => {
                let help = "check that the server is running and that the base URL is correct; see the source of this error";
                error(format!("no response from {url}{after}")).with_help(help).with_source(source)
            }
            Self::Timeout => {
                let message = format!("{url} did not respond within {} s{after}", seconds(attempts.timeout));
                error(message).with_help("raise `timeout` or lower `batch_texts`")
            }
            Self::Status { status, body_status, body, retry_after, location } => {
                let help = help(body_status.unwrap_or(status), &body, location.as_deref(), endpoint);
                let with = if body_status.is_some() { " with an error" } else { "" };
                let wait = retry_after.map_or_else(String::new, |wait| {
                    format!("; the server requests a delay of {} s", seconds(wait))
                });
                let says = server_message(endpoint, &body.message);
                error(format!("{url} returned {status}{with}{after}{wait}{says}")).with_help(help)
            }
            Self::TooLong { limit } => {
                let message = format!(
                    "the response from {url} is longer than {limit} bytes, which is more than its {} can occupy",
                    service.content
                );
                error(message).with_help(service.too_long_help)
            }
            Self::Invalid(InvalidResponse { what, help }) => {
                error(format!("the response from {url} {}", quoted(endpoint, &what))).with_help(help)
            }
        }
    }
}

impl Attempts {
    fn summary(&self) -> String {
        if self.count == 1 {
            return String::new();
        }
        format!(" after {} attempts in {} s", self.count, seconds(self.elapsed))
    }
}

fn help(status: StatusCode, body: &ErrorBody, location: Option<&str>, endpoint: &Endpoint) -> String {
    let id = &endpoint.service().model;
    match status.as_u16() {
        401 => endpoint.key_help().to_owned(),
        403 => format!("{}; also check that the key may use the model `{id}`", endpoint.key_help()),
        404 => format!("check the base URL and the name of the model, `{id}`"),
        400 | 413 | 422 => {
            "a text may be too long for the model, or the request too large: shorten the texts, or lower `batch_texts` \
             or `batch_tokens`"
                .to_owned()
        }
        429 if body.is_quota_exhausted() => {
            "check the billing of the account, which has no quota left".to_owned()
        }
        429 => "set or lower `requests_per_minute` and `tokens_per_minute`, or raise `retry_for`".to_owned(),
        500..=599 => "the server is down or busy: try again later, or raise `retry_for`".to_owned(),
        300..=399 => {
            let location =
                location.map_or_else(|| "a different URL".to_owned(), |location| quoted(endpoint, location));
            format!(
                "set the base URL to the URL of the API: the server redirects to {location}, which is not followed"
            )
        }
        _ => "see the message of the server".to_owned(),
    }
}

/// Returns the server's message, formatted as the end of an error message.
fn server_message(endpoint: &Endpoint, message: &str) -> String {
    match quoted(endpoint, message.trim()) {
        message if message.is_empty() => message,
        message => format!("; the server says {message:?}"),
    }
}

/// Shortens text from a server for quoting, and removes secrets.
fn quoted(endpoint: &Endpoint, text: &str) -> String {
    let text: String = text.chars().take(MAX_SCRUBBED).collect();
    clipped(&endpoint.scrub(&text)).into_owned()
}

/// Parses the value of a `Retry-After` header: a number of seconds, or a date.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// Removes the user, the query and the fragment from a URL, because they may contain secrets.
fn without_query(location: &str) -> String {
    let end = location.find(['?', '#']).unwrap_or(location.len());
    let location = location.get(..end).unwrap_or_default();
    match Url::parse(location) {
        Ok(url) => format!("{}://{}{}", url.scheme(), url.host_str().unwrap_or_default(), url.path()),
        Err(_) => location.to_owned(),
    }
}

fn seconds(duration: Duration) -> String {
    let seconds = duration.as_secs_f64();
    if duration.subsec_nanos() == 0 || seconds >= 100.0 {
        format!("{seconds:.0}")
    } else {
        format!("{seconds:.1}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now = SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        for (value, expected) in [
            ("0", Some(0)),
            (" 120 ", Some(120)),
            ("Sun, 06 Nov 1994 08:49:47 GMT", Some(10)),
            ("Sun, 06 Nov 1994 08:49:27 GMT", Some(0)),
            ("soon", None),
            ("-1", None),
            ("NaN", None),
            ("1e300", None),
        ] {
            assert_eq!(retry_after(value, now), expected.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn the_location_of_a_redirect_is_stripped_of_secrets() {
        assert_eq!(without_query("https://user:secret@host/v1?key=secret#secret"), "https://host/v1");
        assert_eq!(without_query("/login?next=secret"), "/login");
    }
}
