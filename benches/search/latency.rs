//! Times single queries.

use datus_store_benches::timed;

pub(crate) use datus_store_benches::Latency;

/// Runs two programs on each query in alternating order, so that anything that slows the machine down affects both. Some
/// warm-up queries run before the clock starts.
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

/// Runs one program on each query, after some warm-up queries.
pub(crate) async fn single<Q, A>(queries: &[Q], program: impl AsyncFn(&Q) -> A) -> Latency {
    for query in queries.iter().take(10) {
        program(query).await;
    }
    let mut milliseconds = Vec::with_capacity(queries.len());
    for query in queries {
        milliseconds.push(timed(program(query)).await.0);
    }
    Latency::of(milliseconds)
}
