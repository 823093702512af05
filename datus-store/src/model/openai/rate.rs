//! How many requests and tokens go out in a minute.

use std::num::NonZeroU32;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The limits of requests and tokens, where there are any.
pub(super) struct Rate {
    requests: Option<Meter>,
    tokens: Option<Meter>,
}

impl Rate {
    pub(super) fn new(requests: Option<NonZeroU32>, tokens: Option<NonZeroU32>) -> Self {
        Self { requests: requests.map(Meter::new), tokens: tokens.map(Meter::new) }
    }

    /// Takes the place of one request of so many tokens, and waits until it is due.
    pub(super) async fn wait(&self, tokens: usize) {
        let now = Instant::now();
        let requests = self.requests.as_ref().map(|meter| meter.reserve(now, 1));
        let tokens = self.tokens.as_ref().map(|meter| meter.reserve(now, tokens));
        let wait = requests.max(tokens).unwrap_or_default();
        if !wait.is_zero() {
            tokio::time::sleep(wait).await;
        }
    }

    /// Corrects the guess of a request's tokens by what the server counted.
    pub(super) fn settle(&self, guessed: usize, counted: usize) {
        if let Some(meter) = &self.tokens {
            meter.settle(guessed, counted);
        }
    }
}

/// The generic cell rate algorithm: it keeps the time at which all that was sent is paid for.
///
/// What is sent while that time is less than a second ahead goes out at once, the rest when it is.
struct Meter {
    /// What one unit costs, in seconds.
    unit: f64,
    /// How far ahead the time may be.
    ahead: Duration,
    paid: Mutex<Option<Instant>>,
}

impl Meter {
    fn new(per_minute: NonZeroU32) -> Self {
        let unit = 60.0 / f64::from(per_minute.get());
        Self {
            unit,
            ahead: Duration::from_secs(1).saturating_sub(Duration::from_secs_f64(unit)),
            paid: Mutex::new(None),
        }
    }

    /// Pays for the units, and says how long to wait before they may be sent.
    fn reserve(&self, now: Instant, units: usize) -> Duration {
        let mut paid = self.paid();
        let from = paid.map_or(now, |paid| paid.max(now));
        *paid = from.checked_add(self.cost(units));
        from.duration_since(now).saturating_sub(self.ahead)
    }

    fn settle(&self, guessed: usize, counted: usize) {
        let mut paid = self.paid();
        *paid = paid.and_then(|paid| {
            if counted >= guessed {
                paid.checked_add(self.cost(counted - guessed))
            } else {
                paid.checked_sub(self.cost(guessed - counted))
            }
        });
    }

    fn cost(&self, units: usize) -> Duration {
        const MOST: Duration = Duration::from_secs(24 * 60 * 60);
        Duration::try_from_secs_f64(self.unit * units as f64).unwrap_or(MOST).min(MOST)
    }

    fn paid(&self) -> MutexGuard<'_, Option<Instant>> {
        self.paid.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    fn meter(per_minute: u32) -> Meter {
        Meter::new(NonZeroU32::new(per_minute).unwrap())
    }

    /// Sends units as fast as the meter lets it for a time; how many were sent.
    fn sent(meter: &Meter, units: usize, seconds: u64) -> usize {
        let start = Instant::now();
        let end = start + Duration::from_secs(seconds);
        let mut now = start;
        (0..)
            .take_while(|_| {
                now += meter.reserve(now, units);
                now < end
            })
            .count()
    }

    #[test]
    fn in_a_minute_no_more_is_sent_than_the_limit_and_what_a_second_has() {
        for (limit, burst) in [(1, 1), (60, 1), (600, 10), (3000, 50)] {
            let sent = sent(&meter(limit), 1, 60);
            assert!((limit as usize..=limit as usize + burst).contains(&sent), "{limit}: {sent}");
        }
        // 100 tokens a request, 60,000 a minute.
        assert!((600..=611).contains(&sent(&meter(60_000), 100, 60)));
    }

    #[test]
    fn a_second_has_its_share_at_once_and_then_they_are_spread() {
        let meter = meter(600);
        let now = Instant::now();
        let waits: Vec<u128> = (0..12).map(|_| meter.reserve(now, 1).as_millis()).collect();
        assert_eq!(waits, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 100, 200]);
    }

    #[test]
    fn time_that_was_not_used_is_not_saved_up() {
        let meter = meter(600);
        let now = Instant::now();
        meter.reserve(now, 1);
        let later = now + Duration::from_secs(3600);
        let at_once = (0..100).take_while(|_| meter.reserve(later, 1).is_zero()).count();
        assert_eq!(at_once, 10);
    }

    #[test]
    fn more_than_a_minute_has_is_sent_and_paid_for_by_the_next() {
        let meter = meter(6000);
        let now = Instant::now();
        assert_eq!(meter.reserve(now, 12_000), Duration::ZERO);
        assert!((119..=120).contains(&meter.reserve(now, 1).as_secs()));
        assert_eq!(meter.reserve(now, usize::MAX).as_secs(), 119);
    }

    #[test]
    fn a_wrong_guess_is_corrected() {
        let meter = meter(6000);
        let now = Instant::now();
        meter.reserve(now, 6000);
        meter.settle(6000, 1000);
        assert!((9..=10).contains(&meter.reserve(now, 0).as_secs()));
        meter.settle(0, 1000);
        assert!((19..=20).contains(&meter.reserve(now, 0).as_secs()));
    }
}
