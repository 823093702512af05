//! Rate limits for requests and tokens.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The optional limits on requests and tokens per minute.
pub(super) struct RateLimit {
    requests: Option<Gcra>,
    tokens: Option<Gcra>,
}

impl RateLimit {
    pub(super) fn new(requests: Option<NonZeroU32>, tokens: Option<NonZeroU32>) -> Self {
        Self { requests: requests.map(Gcra::new), tokens: tokens.map(Gcra::new) }
    }

    /// Reserves one request with this number of tokens, and waits until it may be sent.
    pub(super) async fn wait(&self, tokens: usize) {
        let now = Instant::now();
        let requests = self.requests.as_ref().map(|limiter| limiter.reserve(now, 1));
        let tokens = self.tokens.as_ref().map(|limiter| limiter.reserve(now, tokens));
        let wait = requests.max(tokens).unwrap_or_default();
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Replaces the estimated token count of a request with the server's count.
    pub(super) fn correct_tokens(&self, estimated: usize, actual: usize) {
        if let Some(limiter) = &self.tokens {
            limiter.correct(estimated, actual);
        }
    }
}

/// The generic cell rate algorithm. It stores the theoretical arrival time: the earliest time at which the next unit would
/// arrive at the exact rate.
///
/// Units are sent immediately while this time is at most the burst tolerance ahead of now. Otherwise, they wait.
struct Gcra {
    /// The interval between two units at the exact rate, in seconds.
    interval: f64,
    /// The maximum time by which the theoretical arrival time may be ahead of now. This is one second minus one
    /// interval, because the unit to send takes one interval itself.
    tolerance: Duration,
    arrival: Mutex<Option<Instant>>,
}

impl Gcra {
    fn new(per_minute: NonZeroU32) -> Self {
        let interval = 60.0 / f64::from(per_minute.get());
        Self {
            interval,
            tolerance: Duration::from_secs(1).saturating_sub(Duration::from_secs_f64(interval)),
            arrival: Mutex::new(None),
        }
    }

    /// Reserves the units, and returns how long to wait before sending them.
    fn reserve(&self, now: Instant, units: usize) -> Duration {
        let mut arrival = self.arrival();
        let start = arrival.map_or(now, |arrival| arrival.max(now));
        *arrival = start.checked_add(self.duration(units));
        start.duration_since(now).saturating_sub(self.tolerance)
    }

    fn correct(&self, estimated: usize, actual: usize) {
        let mut arrival = self.arrival();
        *arrival = arrival.and_then(|arrival| {
            if actual >= estimated {
                arrival.checked_add(self.duration(actual - estimated))
            } else {
                arrival.checked_sub(self.duration(estimated - actual))
            }
        });
    }

    /// Returns the time that the units take at the exact rate, at most one day.
    fn duration(&self, units: usize) -> Duration {
        const MAX: Duration = Duration::from_secs(24 * 60 * 60);
        Duration::try_from_secs_f64(self.interval * units as f64).unwrap_or(MAX).min(MAX)
    }

    fn arrival(&self) -> MutexGuard<'_, Option<Instant>> {
        self.arrival.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    fn limiter(per_minute: u32) -> Gcra {
        Gcra::new(NonZeroU32::new(per_minute).unwrap())
    }

    /// Sends batches of units for the given number of seconds, as fast as the limit allows, and returns the number of
    /// batches.
    fn sent(limiter: &Gcra, units: usize, seconds: u64) -> usize {
        let start = Instant::now();
        let end = start + Duration::from_secs(seconds);
        let mut now = start;
        (0..)
            .take_while(|_| {
                now += limiter.reserve(now, units);
                now < end
            })
            .count()
    }

    #[test]
    fn a_minute_allows_the_limit_plus_a_burst_of_one_second() {
        for (limit, burst) in [(1, 1), (60, 1), (600, 10), (3000, 50)] {
            let sent = sent(&limiter(limit), 1, 60);
            assert!((limit as usize..=limit as usize + burst).contains(&sent), "{limit}: {sent}");
        }
        // 100 tokens per request, 60,000 per minute.
        assert!((600..=611).contains(&sent(&limiter(60_000), 100, 60)));
    }

    #[test]
    fn a_burst_of_one_second_is_followed_by_even_spacing() {
        let limiter = limiter(600);
        let now = Instant::now();
        let waits: Vec<u128> = (0..12).map(|_| limiter.reserve(now, 1).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 200]);
    }

    #[test]
    fn idle_time_does_not_accumulate() {
        let limiter = limiter(600);
        let now = Instant::now();
        limiter.reserve(now, 1);
        let later = now + Duration::from_secs(3600);
        let at_once = (0..100).take_while(|_| limiter.reserve(later, 1).is_zero()).count();
        assert_eq!(at_once, 10);
    }

    #[test]
    fn a_request_above_the_limit_is_sent_and_delays_the_next() {
        let limiter = limiter(6000);
        let now = Instant::now();
        assert_eq!(limiter.reserve(now, 12_000), Duration::ZERO);
        assert!((119..=120).contains(&limiter.reserve(now, 1).as_secs()));
        assert_eq!(limiter.reserve(now, usize::MAX).as_secs(), 119);
    }

    #[test]
    fn a_wrong_estimate_is_corrected() {
        let limiter = limiter(6000);
        let now = Instant::now();
        limiter.reserve(now, 6000);
        limiter.correct(6000, 1000);
        assert!((9..=10).contains(&limiter.reserve(now, 0).as_secs()));
        limiter.correct(0, 1000);
        assert!((19..=20).contains(&limiter.reserve(now, 0).as_secs()));
    }
}
