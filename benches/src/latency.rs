use std::fmt;
use std::time::Instant;

/// The percentiles of the query times of one program, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub struct Latency {
    /// The median.
    pub p50: f64,
    /// The 99th percentile.
    pub p99: f64,
}

impl Latency {
    /// Returns the percentiles of these times, or NaN if there are no times.
    pub fn of(mut milliseconds: Vec<f64>) -> Self {
        milliseconds.sort_by(f64::total_cmp);
        let at = |share: f64| {
            let rank = (milliseconds.len() as f64 * share).ceil() as usize;
            milliseconds.get(rank.saturating_sub(1)).copied().unwrap_or(f64::NAN)
        };
        Self { p50: at(0.5), p99: at(0.99) }
    }
}

impl fmt::Display for Latency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "p50 {:.2} ms, p99 {:.2} ms", self.p50, self.p99)
    }
}

/// Runs a query, and returns its time in milliseconds and its result.
pub async fn timed<T>(query: impl Future<Output = T>) -> (f64, T) {
    let start = Instant::now();
    let answer = query.await;
    (start.elapsed().as_secs_f64() * 1e3, answer)
}
