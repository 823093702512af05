use std::fmt;

use datus_store_benches::setting;

/// The sizes of a run. Each field names the environment variable that sets it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// `DATUS_BENCH_ROWS`: the number of rows in the table.
    pub(crate) rows: usize,
    /// `DATUS_BENCH_ROUNDS`: the number of rounds in which the programs alternate.
    pub(crate) rounds: usize,
    /// `DATUS_BENCH_QUERIES`: the number of searches of each kind in a round.
    pub(crate) queries: usize,
    /// `DATUS_BENCH_CHANGED`: the number of rows that an upsert changes.
    pub(crate) changed: usize,
    /// `DATUS_BENCH_STARTS`: the number of times that each program is started for a cold search.
    pub(crate) starts: usize,
}

impl Settings {
    pub(crate) fn from_environment() -> Self {
        Self {
            rows: setting("ROWS", 100_000),
            rounds: setting("ROUNDS", 3),
            queries: setting("QUERIES", 100),
            changed: setting("CHANGED", 1_000),
            starts: setting("STARTS", 10),
        }
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, rounds, queries, changed, starts } = self;
        write!(
            f,
            "{rows} rows of 384 dimensions, {rounds} rounds, {queries} searches of a kind in each, {changed} changed rows, \
             {starts} cold starts"
        )
    }
}
