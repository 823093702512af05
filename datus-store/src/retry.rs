//! Backoff between retries.

use std::time::Duration;

/// Returns the delay after a failed attempt: exponential backoff with full jitter.
///
/// Attempts are counted from 0. The delay is `random * min(cap, base * 2^attempt)`, with `random` in `0.0..=1.0`; callers
/// pass `fastrand::f64()`. The formula comes from "Exponential Backoff And Jitter" on the [AWS architecture blog], which
/// compares ways to spread out clients that failed at the same moment. Full jitter needed the fewest calls.
///
/// The function is pure, so its callers can be tested without waiting. It never panics.
///
/// [AWS architecture blog]: https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
pub(crate) fn delay(attempt: u32, base: Duration, cap: Duration, random: f64) -> Duration {
    let factor = 1_u32.checked_shl(attempt).unwrap_or(u32::MAX);
    let bound = base.saturating_mul(factor).min(cap);
    // `mul_f64` panics if the product is not a valid duration, so for any other `random`, the delay is the full bound.
    if (0.0..1.0).contains(&random) { bound.mul_f64(random) } else { bound }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: Duration = Duration::from_millis(100);
    const CAP: Duration = Duration::from_secs(5);

    #[test]
    fn the_bound_doubles_until_the_cap() {
        let bounds: Vec<u128> = (0..8).map(|attempt| delay(attempt, BASE, CAP, 1.0).as_millis()).collect();
        assert_eq!(bounds, [100, 200, 400, 800, 1600, 3200, 5000, 5000]);
    }

    #[test]
    fn the_delay_is_between_zero_and_the_bound() {
        assert_eq!(delay(2, BASE, CAP, 0.0), Duration::ZERO);
        assert_eq!(delay(2, BASE, CAP, 0.25), BASE);
        let mut random = fastrand::Rng::with_seed(7);
        for attempt in (0..40).chain([u32::MAX]) {
            assert!(delay(attempt, BASE, CAP, random.f64()) <= CAP);
        }
    }

    #[test]
    fn no_arguments_panic() {
        for random in [-1.0, 2.0, f64::NAN, f64::INFINITY] {
            assert_eq!(delay(u32::MAX, Duration::MAX, Duration::MAX, random), Duration::MAX);
        }
        assert!(delay(u32::MAX, Duration::MAX, Duration::MAX, 0.999_999_999_999).as_secs() > 0);
        assert_eq!(delay(3, Duration::ZERO, CAP, 1.0), Duration::ZERO);
    }
}
