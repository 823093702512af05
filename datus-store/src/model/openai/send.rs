use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use tokio::sync::Semaphore;

use super::endpoint::Endpoint;
use super::failure::{Failure, Tries};
use super::rate::Rate;
use crate::error::{Error, ErrorKind, Result};
use crate::model::ModelIdentity;
use crate::retry;

/// The bounds of the random wait before a request is tried again.
const BASE: Duration = Duration::from_millis(500);
const CAP: Duration = Duration::from_secs(20);

/// How often a server is tried that can't be reached and never could.
const TRIES_OF_A_STRANGER: u32 = 3;

/// So much of what comes with a failure is read.
const MOST_OF_A_FAILURE: usize = 64 << 10;

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

    /// Sends a request of so many tokens, more than once if need be, and gives the body of the answer. It keeps its place
    /// among those in flight while it waits to be tried again: a server in trouble is not sent others meanwhile.
    pub(super) async fn send(&self, body: &[u8], tokens: usize, model: &ModelIdentity) -> Result<Vec<u8>> {
        let _slot =
            self.slots.acquire().await.map_err(|_| Error::new(ErrorKind::Model, "the model was closed"))?;
        self.rate.wait(tokens).await;
        let start = Instant::now();
        let mut number = 1;
        loop {
            let left = self.retry_for.saturating_sub(start.elapsed());
            // The first try has all its time, however short the time for retries is.
            let timeout = if number == 1 { self.timeout } else { self.timeout.min(left) };
            let failure = match self.once(body, timeout).await {
                Ok(answer) => return Ok(answer),
                Err(failure) => failure,
            };
            if !self.wait_after(&failure, number, tokens, start).await {
                let tries = Tries { number, elapsed: start.elapsed(), timeout: self.timeout };
                return Err(failure.into_error(&self.endpoint, model, &tries));
            }
            number += 1;
        }
    }

    async fn once(&self, body: &[u8], timeout: Duration) -> Result<Vec<u8>, Failure> {
        let start = Instant::now();
        let request = self.endpoint.post().timeout(timeout).body(body.to_vec());
        let mut response = request.send().await.map_err(Failure::of_transport)?;
        self.answered.store(true, Ordering::Relaxed);
        let status = response.status();
        if status.is_success() {
            let answer = response.bytes().await.map_err(Failure::of_transport)?;
            let elapsed_ms = start.elapsed().as_millis() as u64;
            tracing::debug!(endpoint = self.endpoint.shown(), bytes = answer.len(), elapsed_ms, "embedded");
            return Ok(answer.into());
        }
        let mut said = Vec::new();
        // What can't be read of a failure is left out: its status says enough.
        while said.len() < MOST_OF_A_FAILURE
            && let Ok(Some(chunk)) = response.chunk().await
        {
            said.extend_from_slice(&chunk);
        }
        Err(Failure::of_status(status, response.headers(), &said))
    }

    /// Waits until the request may be tried again; false where it is not to be.
    async fn wait_after(&self, failure: &Failure, number: u32, tokens: usize, start: Instant) -> bool {
        let is_stranger = failure.is_connect() && !self.answered.load(Ordering::Relaxed);
        if !failure.may_pass() || (is_stranger && number >= TRIES_OF_A_STRANGER) {
            return false;
        }
        let wait = match failure.retry_after() {
            // With some spread, since others were told the same.
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
