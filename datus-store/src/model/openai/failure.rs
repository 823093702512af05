//! A request that failed: whether to try again, and what to say if not.

use std::time::{Duration, SystemTime};

use reqwest::header::{HeaderMap, LOCATION, RETRY_AFTER};
use reqwest::{StatusCode, Url};

use super::answer::Complaint;
use super::endpoint::Endpoint;
use crate::error::{Error, ErrorKind};
use crate::model::ModelIdentity;

/// The most characters of what a server says that an error repeats.
const MOST_SAID: usize = 300;

/// Why one try of a request failed.
pub(super) enum Failure {
    /// No connection, or one that broke.
    Connection(reqwest::Error),
    /// No whole answer in time.
    Timeout,
    /// A status that is no success.
    Status {
        status: StatusCode,
        complaint: Complaint,
        retry_after: Option<Duration>,
        location: Option<String>,
    },
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

    pub(super) fn of_status(status: StatusCode, headers: &HeaderMap, body: &[u8]) -> Self {
        let text = |name| headers.get(name).and_then(|value| value.to_str().ok());
        Self::Status {
            status,
            complaint: Complaint::read(body),
            retry_after: text(RETRY_AFTER).and_then(|value| retry_after(value, SystemTime::now())),
            location: text(LOCATION).map(without_query),
        }
    }

    /// Whether the same request may succeed later.
    pub(super) fn may_pass(&self) -> bool {
        match self {
            Self::Connection(_) | Self::Timeout => true,
            Self::Status { status, complaint, .. } => {
                status.is_server_error()
                    || (*status == StatusCode::TOO_MANY_REQUESTS && !complaint.is_of_an_empty_account())
            }
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
            Self::Connection(_) | Self::Timeout => None,
        }
    }

    /// The failure in a word, for logs.
    pub(super) fn reason(&self) -> String {
        match self {
            Self::Connection(_) => "connection".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Status { status, .. } => status.as_u16().to_string(),
        }
    }

    /// The error of a request that is not tried again.
    pub(super) fn into_error(self, endpoint: &Endpoint, model: &ModelIdentity, tries: &Tries) -> Error {
        let place = endpoint.shown();
        let often = tries.shown();
        match self {
            Self::Connection(source) => {
                let message = format!(
                    "no answer came from {place}{often}: check that it is running and that the base URL is right; the \
                     source of this error says what broke"
                );
                Error::new(ErrorKind::Model, message).with_source(source)
            }
            Self::Timeout => {
                let message = format!(
                    "{place} did not answer within {} s{often}: raise `timeout` or lower `batch_texts`",
                    seconds(tries.timeout)
                );
                Error::new(ErrorKind::Model, message)
            }
            Self::Status { status, complaint, retry_after, location } => {
                let remedy = remedy(status, &complaint, retry_after, location.as_deref(), endpoint, model);
                let message =
                    format!("{place} answered {status}{often}: {remedy}{}", said(endpoint, &complaint));
                Error::new(ErrorKind::Model, message)
            }
        }
    }
}

impl Complaint {
    /// A status 429 that waiting does not end.
    fn is_of_an_empty_account(&self) -> bool {
        self.code == "insufficient_quota"
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
    retry_after: Option<Duration>,
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
        429 => format!(
            "{}set or lower `requests_per_minute` and `tokens_per_minute`, or raise `retry_for`",
            asked_to_wait(retry_after)
        ),
        500..=599 => format!(
            "{}the server is down or busy: try again later, or raise `retry_for`",
            asked_to_wait(retry_after)
        ),
        300..=399 => {
            let place = location.map_or_else(|| "another place".to_owned(), |place| endpoint.scrub(place));
            format!("it redirects to {place}, which is not followed: set the base URL to where the API is")
        }
        _ => "see what the server says".to_owned(),
    }
}

fn asked_to_wait(retry_after: Option<Duration>) -> String {
    retry_after.map_or_else(String::new, |wait| format!("it asks to wait {} s; ", seconds(wait)))
}

/// What the server said, as the end of a message.
fn said(endpoint: &Endpoint, complaint: &Complaint) -> String {
    let said = endpoint.scrub(complaint.message.trim());
    if said.is_empty() {
        return String::new();
    }
    let mut short: String = said.chars().take(MOST_SAID).collect();
    if short.len() < said.len() {
        short.push('…');
    }
    format!("; it says {short:?}")
}

/// The error of an answer that can't be used.
pub(super) fn broken(endpoint: &Endpoint, what: &str) -> Error {
    Error::new(ErrorKind::Model, endpoint.scrub(&format!("the answer of {} {what}", endpoint.shown())))
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
