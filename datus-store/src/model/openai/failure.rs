//! A request that failed: whether to try again, and what to say if not.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};

use super::answer::Fault;
use super::complaint::Complaint;
use super::endpoint::Endpoint;
use super::excess::Excess;
use crate::error::{Error, ErrorKind};
use crate::model::{ModelIdentity, clipped};

/// The most characters of what a server says that secrets are looked for in.
const MOST_SCRUBBED: usize = 2000;

/// Why one try of a request failed.
pub(super) enum Failure {
    /// No connection, or one that broke.
    Connection(reqwest::Error),
    /// No whole answer in time.
    Timeout,
    /// A status that is no success, or an error that came with one.
    Status {
        status: StatusCode,
        /// The status that the error has in the body of an answer of status 200.
        within: Option<StatusCode>,
        complaint: Complaint,
        retry_after: Option<Duration>,
        location: Option<String>,
    },
    /// An answer that is longer than vectors of this request are.
    TooLong { most: usize },
    /// An answer that can't be used.
    Broken(Fault),
}

/// How often and how long it was tried.
pub(super) struct Tries {
    pub(super) number: u32,
    pub(super) elapsed: Duration,
    /// How long one of them could take.
    pub(super) timeout: Duration,
}

impl Failure {
    pub(super) fn of_transport(error: reqwest::Error) -> Self {
        if error.is_timeout() && !error.is_connect() {
            return Self::Timeout;
        }
        Self::Connection(error.without_url())
    }

    /// An error that came with a status of success.
    pub(super) fn of_success(status: StatusCode, complaint: Complaint) -> Self {
        let within = Some(complaint.status().unwrap_or(status));
        Self::Status { status, within, complaint, retry_after: None, location: None }
    }

    pub(super) fn of_status(status: StatusCode, headers: &HeaderMap, complaint: Complaint) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self::Status {
            status,
            within: None,
            complaint,
            retry_after: text(RETRY_AFTER).and_then(|value| retry_after(value, SystemTime::now())),
            location: text(LOCATION).map(without_query),
        }
    }

    /// Whether the same request may succeed later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Timeout => true,
            Self::TooLong { .. } | Self::Broken(_) => false,
            Self::Status { status, within, complaint, .. } => {
                let status = within.as_ref().unwrap_or(status);
                status.is_server_error()
                    || (*status == StatusCode::TOO_MANY_REQUESTS && !complaint.is_of_an_empty_account())
            }
        }
    }

    /// The reason that the request is too large, if it failed for its size.
    pub(super) fn excess(&self, texts: usize) -> Option<Excess> {
        match self {
            Self::Status { status, within, complaint, .. } => {
                Excess::of(within.unwrap_or(*status), complaint, texts)
            }
            Self::Connection(_) | Self::Timeout | Self::TooLong { .. } | Self::Broken(_) => None,
        }
    }

    /// Whether no connection came about.
    pub(super) fn is_connect(&self) -> bool {
        matches!(self, Self::Connection(error) if error.is_connect())
    }

    /// How long the server asks to wait.
    pub(super) fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Status { retry_after, .. } => *retry_after,
            Self::Connection(_) | Self::Timeout | Self::TooLong { .. } | Self::Broken(_) => None,
        }
    }

    /// The failure in a word, for logs.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Connection(_) => "connection".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Status { status, within, .. } => within.unwrap_or(*status).as_u16().to_string(),
            Self::TooLong { .. } | Self::Broken(_) => "answer".to_owned(),
        }
    }

    /// The error of a request that is not tried again.
    pub(super) fn into_error(self, endpoint: &Endpoint, model: &ModelIdentity, tries: &Tries) -> Error {
        let place = endpoint.shown();
        let often = tries.shown();
        let fault = |message: String| Error::new(ErrorKind::Model, message);
        match self {
            Self::Connection(source) => {
                let help = "check that it is running and that the base URL is right; the source of this error says what broke";
                fault(format!("no answer came from {place}{often}")).with_help(help).with_source(source)
            }
            Self::Timeout => {
                let message = format!("{place} did not answer within {} s{often}", seconds(tries.timeout));
                fault(message).with_help("raise `timeout` or lower `batch_texts`")
            }
            Self::Status { status, within, complaint, retry_after, location } => {
                let help = remedy(within.unwrap_or(status), &complaint, location.as_deref(), endpoint, model);
                let with = if within.is_some() { " with an error" } else { "" };
                let wait = retry_after
                    .map_or_else(String::new, |wait| format!("; it asks to wait {} s", seconds(wait)));
                let said = said(endpoint, &complaint.message);
                fault(format!("{place} answered {status}{with}{often}{wait}{said}")).with_help(help)
            }
            Self::TooLong { most } => {
                let message =
                    format!("the answer of {place} is longer than {most} bytes, more than its vectors need");
                fault(message).with_help("check the base URL, the name of the model and `dimension`")
            }
            Self::Broken(Fault { what, help }) => {
                fault(format!("the answer of {place} {}", short(endpoint, &what))).with_help(help)
            }
        }
    }
}

impl Tries {
    fn shown(&self) -> String {
        if self.number == 1 {
            return String::new();
        }
        format!(", {} times in {} s", self.number, seconds(self.elapsed))
    }
}

fn remedy(
    status: StatusCode,
    complaint: &Complaint,
    location: Option<&str>,
    endpoint: &Endpoint,
    model: &ModelIdentity,
) -> String {
    let id = &model.id;
    match status.as_u16() {
        401 => endpoint.key_remedy().to_owned(),
        403 => format!("{}, and that it may use the model `{id}`", endpoint.key_remedy()),
        404 => format!("check the base URL and the name of the model, `{id}`"),
        400 | 413 | 422 => {
            "a text may be too long for the model, or a request too large: cut the texts, or lower `batch_texts` or \
             `batch_tokens`"
                .to_owned()
        }
        429 if complaint.is_of_an_empty_account() => "the account has no quota left: see its billing".to_owned(),
        429 => "set or lower `requests_per_minute` and `tokens_per_minute`, or raise `retry_for`".to_owned(),
        500..=599 => "the server is down or busy: try again later, or raise `retry_for`".to_owned(),
        300..=399 => {
            let place = location.map_or_else(|| "another place".to_owned(), |place| short(endpoint, place));
            format!("it redirects to {place}, which is not followed: set the base URL to where the API is")
        }
        _ => "see what the server says".to_owned(),
    }
}

/// What the server said, as the end of a message.
fn said(endpoint: &Endpoint, message: &str) -> String {
    match short(endpoint, message.trim()) {
        said if said.is_empty() => said,
        said => format!("; it says {said:?}"),
    }
}

/// A text that came from outside, without secrets and cut to what a message repeats.
fn short(endpoint: &Endpoint, text: &str) -> String {
    let text: String = text.chars().take(MOST_SCRUBBED).collect();
    clipped(&endpoint.scrub(&text)).into_owned()
}

/// How long a `Retry-After` asks to wait: a number of seconds, or a date.
fn retry_after(value: &str, now: SystemTime) -> Option<Duration> {
    let value = value.trim();
    if let Ok(seconds) = value.parse::<f64>() {
        return Duration::try_from_secs_f64(seconds).ok();
    }
    let date = httpdate::parse_http_date(value).ok()?;
    Some(date.duration_since(now).unwrap_or_default())
}

/// A place without the user, the query and the fragment, any of which may hold a secret.
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
    fn a_place_is_shown_without_what_may_be_secret() {
        assert_eq!(without_query("https://user:secret@host/v1?key=secret#secret"), "https://host/v1");
        assert_eq!(without_query("/login?next=secret"), "/login");
    }
}
