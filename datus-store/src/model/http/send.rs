use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use tokio::sync::Semaphore;

use super::connection::Connection;
use super::endpoint::Endpoint;
use super::error_body::{self, ErrorBody};
use super::failure::{Attempts, Failure};
use super::rate::RateLimit;
use super::response::{self, ExpectedResponse, InvalidResponse, ResponseError};
use super::service::Service;
use super::size_limit::{ObservedLimits, SizeLimit};
use crate::error::Error;
use crate::model::{BatchLimits, clipped};
use crate::retry;

/// The base and the cap of the backoff before a retry.
const BACKOFF_BASE: Duration = Duration::from_millis(500);
const BACKOFF_CAP: Duration = Duration::from_secs(20);

/// The maximum number of attempts to connect to a server that has never responded.
const MAX_CONNECT_ATTEMPTS: u32 = 3;

/// The time limit for reading an error body. If it is exceeded, the error contains only the status.
const ERROR_BODY_TIMEOUT: Duration = Duration::from_secs(5);

/// A request, and the response that it expects.
pub(crate) struct Request<'a, E> {
    pub(crate) body: &'a [u8],
    pub(crate) estimated_tokens: usize,
    pub(crate) expected: E,
}

/// The reason that a request has no response.
pub(crate) enum SendError {
    /// The request has more texts, tokens or bytes than the server accepts.
    TooLarge(SizeLimit),
    Failed(Error),
}

/// Sends requests within the limits, and retries them.
pub(crate) struct Sender {
    endpoint: Endpoint,
    rate: RateLimit,
    limits: BatchLimits,
    observed_limits: ObservedLimits,
    permits: Semaphore,
    timeout: Duration,
    retry_for: Duration,
    sends_text_away: bool,
    /// `true` once the server has responded.
    has_responded: AtomicBool,
}

impl Sender {
    /// Creates the HTTP client for a service. No request is sent.
    pub(crate) fn new(connection: &Connection, service: Service) -> Result<Self, Error> {
        connection.check()?;
        let (requests, tokens) = connection.rates()?;
        let endpoint = Endpoint::new(connection, service)?;
        let Connection { limits, timeout, retry_for, sends_text_away, .. } = *connection;
        Ok(Self {
            rate: RateLimit::new(requests, tokens),
            limits,
            observed_limits: ObservedLimits::new(),
            permits: Semaphore::new(limits.in_flight.min(Semaphore::MAX_PERMITS)),
            timeout,
            retry_for,
            sends_text_away: sends_text_away.unwrap_or(!endpoint.is_loopback()),
            has_responded: AtomicBool::new(false),
            endpoint,
        })
    }

    pub(crate) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Returns the configured limits, or lower ones if the server has rejected larger requests.
    pub(crate) fn limits(&self) -> BatchLimits {
        self.observed_limits.apply(self.limits)
    }

    pub(super) fn observed_limits(&self) -> &ObservedLimits {
        &self.observed_limits
    }

    /// Returns `true` if texts leave this machine.
    pub(crate) fn sends_text_away(&self) -> bool {
        self.sends_text_away
    }

    /// Fails outside of a tokio runtime.
    pub(super) fn check_runtime(&self) -> Result<(), Error> {
        if tokio::runtime::Handle::try_current().is_ok() {
            return Ok(());
        }
        let message = "a model behind an endpoint needs a tokio runtime, and none is running here";
        let help = "call it inside a runtime, such as that of `#[tokio::main]` or `datus_store::block_on`";
        Err(Error::new(self.endpoint.service().kind, message).with_help(help))
    }

    /// Replaces the estimated token count of a request with the server's count.
    pub(crate) fn correct_tokens(&self, estimated: usize, actual: usize) {
        self.rate.correct_tokens(estimated, actual);
    }

    /// Sends a request, with retries, and returns the response.
    ///
    /// The request keeps its permit while it waits for a retry, so that an overloaded server receives fewer requests.
    pub(crate) async fn send<E: ExpectedResponse>(
        &self,
        request: Request<'_, E>,
    ) -> Result<E::Response, SendError> {
        let kind = self.endpoint.service().kind;
        let closed = |_| SendError::Failed(Error::new(kind, "the model was closed"));
        let _permit = self.permits.acquire().await.map_err(closed)?;
        self.rate.wait(request.estimated_tokens).await;
        let start = Instant::now();
        let mut count = 1;
        let mut previous: Option<Failure> = None;
        loop {
            let remaining = self.retry_for.saturating_sub(start.elapsed());
            // The first attempt has its full timeout, even if the time for retries is shorter.
            let timeout = if count == 1 { self.timeout } else { self.timeout.min(remaining) };
            let failure = match self.attempt(&request, timeout).await {
                Ok(response) => return Ok(response),
                Err(failure) => failure,
            };
            // If the retry budget cut this attempt short, the previous failure describes the server's problem better.
            let cut_short = timeout < self.timeout && matches!(failure, Failure::Timeout);
            let failure = previous.take().filter(|_| cut_short).unwrap_or(failure);
            if let Some(limit) = failure.size_limit(request.expected.texts()) {
                return Err(SendError::TooLarge(limit));
            }
            if !self.wait_for_retry(&failure, count, request.estimated_tokens, start).await {
                let attempts = Attempts { count, elapsed: start.elapsed(), timeout: self.timeout };
                return Err(SendError::Failed(failure.into_error(&self.endpoint, &attempts)));
            }
            previous = Some(failure);
            count += 1;
        }
    }

    async fn attempt<E: ExpectedResponse>(
        &self,
        request: &Request<'_, E>,
        timeout: Duration,
    ) -> Result<E::Response, Failure> {
        let start = Instant::now();
        let post = self.endpoint.post().timeout(timeout).body(request.body.to_vec());
        let mut response = post.send().await.map_err(Failure::from_transport)?;
        self.has_responded.store(true, Ordering::Relaxed);
        let status = response.status();
        if !status.is_success() {
            let mut prefix = Vec::new();
            // Errors while reading are ignored, because the status is sufficient.
            let read = read_prefix(&mut response, &mut prefix);
            let _ = tokio::time::timeout(ERROR_BODY_TIMEOUT, read).await;
            return Err(Failure::from_status(status, response.headers(), ErrorBody::read(&prefix)));
        }
        reject_compressed(&response)?;
        let body = read_body(response, request.expected.max_bytes()).await?;
        let bytes = body.len();
        let contents = response::read(body, &request.expected).await.map_err(|error| match error {
            ResponseError::Server(body) => Failure::from_success(status, body),
            ResponseError::Invalid(invalid) => Failure::Invalid(invalid),
        })?;
        let elapsed_ms = start.elapsed().as_millis() as u64;
        let request = self.endpoint.service().path;
        tracing::debug!(endpoint = self.endpoint.display_url(), request, bytes, elapsed_ms, "received");
        Ok(contents)
    }

    /// Waits until the request can be retried. Returns `false` if it should not be retried.
    async fn wait_for_retry(&self, failure: &Failure, count: u32, tokens: usize, start: Instant) -> bool {
        let never_reached = failure.is_connect() && !self.has_responded.load(Ordering::Relaxed);
        if !failure.is_retryable() || (never_reached && count >= MAX_CONNECT_ATTEMPTS) {
            return false;
        }
        let wait = match failure.retry_after() {
            // Other clients may have received the same header, so a random delay is added.
            Some(asked) => asked.saturating_add(retry::delay(0, BACKOFF_BASE, BACKOFF_CAP, fastrand::f64())),
            None => retry::delay(count - 1, BACKOFF_BASE, BACKOFF_CAP, fastrand::f64()),
        };
        let remaining = self.retry_for.saturating_sub(start.elapsed());
        if wait >= remaining {
            return false;
        }
        tracing::warn!(
            endpoint = self.endpoint.display_url(),
            request = self.endpoint.service().path,
            reason = failure.reason(),
            attempts = count,
            wait_ms = wait.as_millis() as u64,
            "the request failed and will be retried"
        );
        tokio::time::sleep(wait).await;
        let remaining = self.retry_for.saturating_sub(start.elapsed());
        tokio::time::timeout(remaining, self.rate.wait(tokens)).await.is_ok()
    }
}

/// Reads the body, which must not be longer than `limit` bytes.
async fn read_body(mut response: Response, limit: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Failure::from_transport)? {
        if body.len().saturating_add(chunk.len()) > limit {
            return Err(Failure::TooLong { limit });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads the start of an error body.
async fn read_prefix(response: &mut Response, prefix: &mut Vec<u8>) {
    while prefix.len() < error_body::MAX_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        prefix.extend_from_slice(&chunk);
    }
    prefix.truncate(error_body::MAX_BYTES);
}

/// Fails if the body is compressed.
fn reject_compressed(response: &Response) -> Result<(), Failure> {
    let encoding = response.headers().get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    match encoding.map(str::trim) {
        None | Some("" | "identity") => Ok(()),
        Some(encoding) => Err(Failure::Invalid(InvalidResponse {
            what: format!("is compressed as `{}`, which was not requested", clipped(encoding)),
            help: "turn off compression on the server or the proxy in front of it".to_owned(),
        })),
    }
}
