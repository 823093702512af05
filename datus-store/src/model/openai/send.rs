use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::CONTENT_ENCODING;
use tokio::sync::Semaphore;

use super::answer::{Answer, Expected, Unusable};
use super::complaint::{Complaint, MOST_BYTES};
use super::endpoint::Endpoint;
use super::excess::Excess;
use super::failure::{Failure, Tries};
use super::rate::Rate;
use crate::error::{Error, ErrorKind};
use crate::model::{ModelIdentity, clipped};
use crate::retry;

/// The bounds of the random wait before a request is tried again.
const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(20);

/// How often a server is tried that can't be reached and never could.
const TRIES_OF_A_STRANGER: u32 = 3;

/// The time that the body of a failure may take. Its status says most of it.
const WAIT_FOR_A_FAILURE: Duration = Duration::from_secs(5);

/// A request for embeddings.
#[derive(Clone, Copy)]
pub(super) struct Outgoing<'a> {
    pub(super) body: &'a [u8],
    /// The estimated number of tokens.
    pub(super) tokens: usize,
    pub(super) expected: Expected,
}

/// The reason that a request was not answered.
pub(super) enum Rejected {
    /// It has more texts, tokens or bytes than the server takes.
    TooLarge(Excess),
    Failed(Error),
}

/// Sends requests within the limits and tries them again.
pub(super) struct Sender {
    endpoint: Endpoint,
    rate: Rate,
    slots: Semaphore,
    timeout: Duration,
    retry_for: Duration,
    /// Whether the server has ever answered.
    answered: AtomicBool,
}

impl Sender {
    pub(super) fn new(
        endpoint: Endpoint,
        rate: Rate,
        in_flight: usize,
        timeout: Duration,
        retry_for: Duration,
    ) -> Self {
        let slots = Semaphore::new(in_flight.min(Semaphore::MAX_PERMITS));
        Self { endpoint, rate, slots, timeout, retry_for, answered: AtomicBool::new(false) }
    }

    pub(super) fn endpoint(&self) -> &Endpoint {
        &self.endpoint
    }

    /// Corrects the guess of a request's tokens by what the server counted.
    pub(super) fn settle(&self, guessed: usize, counted: usize) {
        self.rate.settle(guessed, counted);
    }

    /// Sends a request, more than once if need be, and gives its answer. It keeps its place among those in flight while it
    /// waits to be tried again: a server in trouble is not sent others meanwhile.
    pub(super) async fn send(
        &self,
        request: Outgoing<'_>,
        model: &ModelIdentity,
    ) -> Result<Answer, Rejected> {
        let closed = |_| Rejected::Failed(Error::new(ErrorKind::Model, "the model was closed"));
        let _slot = self.slots.acquire().await.map_err(closed)?;
        self.rate.wait(request.tokens).await;
        let start = Instant::now();
        let mut number = 1;
        let mut before: Option<Failure> = None;
        loop {
            let left = self.retry_for.saturating_sub(start.elapsed());
            // The first try has all its time, however short the time for retries is.
            let timeout = if number == 1 { self.timeout } else { self.timeout.min(left) };
            let failure = match self.once(request, timeout).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            // A try that the budget cuts off says nothing of the server; the one before it does.
            let cut_off = timeout < self.timeout && matches!(failure, Failure::Timeout);
            let failure = before.take().filter(|_| cut_off).unwrap_or(failure);
            if let Some(excess) = failure.excess(request.expected.texts) {
                return Err(Rejected::TooLarge(excess));
            }
            if !self.wait_after(&failure, number, request.tokens, start).await {
                let tries = Tries { number, elapsed: start.elapsed(), timeout: self.timeout };
                return Err(Rejected::Failed(failure.into_error(&self.endpoint, model, &tries)));
            }
            before = Some(failure);
            number += 1;
        }
    }

    async fn once(&self, request: Outgoing<'_>, timeout: Duration) -> Result<Answer, Failure> {
        let start = Instant::now();
        let post = self.endpoint.post().timeout(timeout).body(request.body.to_vec());
        let mut response = post.send().await.map_err(Failure::of_transport)?;
        self.answered.store(true, Ordering::Relaxed);
        let status = response.status();
        if !status.is_success() {
            let mut said = Vec::new();
            // What can't be read of a failure is left out: its status says enough.
            let read = beginning(&mut response, &mut said);
            let _ = tokio::time::timeout(WAIT_FOR_A_FAILURE, read).await;
            return Err(Failure::of_status(status, response.headers(), Complaint::read(&said)));
        }
        refuse_compressed(&response)?;
        let body = whole(response, request.expected.most_bytes()).await?;
        let bytes = body.len();
        let answer = Answer::read(body, request.expected).await.map_err(|unusable| match unusable {
            Unusable::Refused(complaint) => Failure::of_success(status, complaint),
            Unusable::Broken(fault) => Failure::Broken(fault),
        })?;
        let elapsed_ms = start.elapsed().as_millis() as u64;
        tracing::debug!(endpoint = self.endpoint.shown(), bytes, elapsed_ms, "embedded");
        Ok(answer)
    }

    /// Waits until the request may be tried again; false where it is not to be.
    async fn wait_after(&self, failure: &Failure, number: u32, tokens: usize, start: Instant) -> bool {
        let is_stranger = failure.is_connect() && !self.answered.load(Ordering::Relaxed);
        if !failure.may_pass() || (is_stranger && number >= TRIES_OF_A_STRANGER) {
            return false;
        }
        let wait = match failure.retry_after() {
            // With some spread, since other clients got the same answer.
            Some(asked) => asked.saturating_add(retry::delay(0, BASE, CAP, fastrand::f64())),
            None => retry::delay(number - 1, BASE, CAP, fastrand::f64()),
        };
        let left = self.retry_for.saturating_sub(start.elapsed());
        if wait >= left {
            return false;
        }
        tracing::warn!(
            endpoint = self.endpoint.shown(),
            reason = failure.reason(),
            tries = number,
            wait_ms = wait.as_millis() as u64,
            "the request for embeddings failed and is tried again"
        );
        tokio::time::sleep(wait).await;
        let left = self.retry_for.saturating_sub(start.elapsed());
        tokio::time::timeout(left, self.rate.wait(tokens)).await.is_ok()
    }
}

/// The whole body, unless it is longer than `most` bytes.
async fn whole(mut response: Response, most: usize) -> Result<Vec<u8>, Failure> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Failure::of_transport)? {
        if body.len().saturating_add(chunk.len()) > most {
            return Err(Failure::TooLong { most });
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// Reads the beginning of a body.
async fn beginning(response: &mut Response, read: &mut Vec<u8>) {
    while read.len() < MOST_BYTES
        && let Ok(Some(chunk)) = response.chunk().await
    {
        read.extend_from_slice(&chunk);
    }
    read.truncate(MOST_BYTES);
}

/// Refuses a body that has to be unpacked.
fn refuse_compressed(response: &Response) -> Result<(), Failure> {
    let encoding = response.headers().get(CONTENT_ENCODING).and_then(|value| value.to_str().ok());
    match encoding.map(str::trim) {
        None | Some("" | "identity") => Ok(()),
        Some(encoding) => Err(Failure::Broken(super::answer::Fault {
            what: format!("is compressed as `{}`, which was not asked for", clipped(encoding)),
            help: "switch off compression at the server or at the proxy in front of it".to_owned(),
        })),
    }
}
