//! How long single queries take.

use std::fmt;
use std::time::Instant;

/// How long the queries of one program took, in milliseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Latency {
    /// Half of the queries took at most that.
    pub(crate) p50: f64,
    /// 99 of 100 took at most that.
    pub(crate) p99: f64,
}

impl Latency {
    pub(crate) fn of(mut milliseconds: Vec<f64>) -> Self {
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

/// Milliseconds that a query takes, and its answer.
pub(crate) async fn timed<T>(query: impl Future<Output = T>) -> (f64, T) {
    let start = Instant::now();
    let answer = query.await;
    (start.elapsed().as_secs_f64() * 1e3, answer)
}

/// Runs two programs by turns on each query, first the one and then the other, so that what slows the machine down slows
/// both. Some queries before the clock starts fill the caches.
pub(crate) async fn by_turns<Q, A, B>(
    queries: &[Q],
    ours: impl AsyncFn(&Q) -> A,
    theirs: impl AsyncFn(&Q) -> B,
) -> (Latency, Latency) {
    for query in queries.iter().take(20) {
        ours(query).await;
        theirs(query).await;
    }
    let (mut first, mut second) = (Vec::new(), Vec::new());
    for (number, query) in queries.iter().enumerate() {
        if number % 2 == 0 {
            first.push(timed(ours(query)).await.0);
            second.push(timed(theirs(query)).await.0);
        } else {
            second.push(timed(theirs(query)).await.0);
            first.push(timed(ours(query)).await.0);
        }
    }
    (Latency::of(first), Latency::of(second))
}

/// One program alone.
pub(crate) async fn alone<Q, A>(queries: &[Q], program: impl AsyncFn(&Q) -> A) -> Latency {
    for query in queries.iter().take(10) {
        program(query).await;
    }
    let mut milliseconds = Vec::with_capacity(queries.len());
    for query in queries {
        milliseconds.push(timed(program(query)).await.0);
    }
    Latency::of(milliseconds)
}
