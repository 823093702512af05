use std::fmt;

use datus_store_benches::setting;

/// The number of dimensions of the vectors.
pub(crate) const DIMENSION: usize = 384;

/// The sizes of a run. Each field names the environment variable that sets it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// `DATUS_BENCH_ROWS`: the number of rows in a table before it is written to.
    pub(crate) rows: usize,
    /// `DATUS_BENCH_COMMITS`: the number of lone writes of each kind, and of writes while others read.
    pub(crate) commits: usize,
    /// `DATUS_BENCH_BARE`: the number of hand-written commits among the lone writes.
    pub(crate) bare: usize,
    /// `DATUS_BENCH_SECONDS`: the seconds for which many tasks write, for each round and program.
    pub(crate) seconds: f64,
    /// `DATUS_BENCH_ROUNDS`: the number of rounds in which the programs take turns.
    pub(crate) rounds: usize,
    /// `DATUS_BENCH_READERS`: the number of tasks that read.
    pub(crate) readers: usize,
    /// `DATUS_BENCH_WRITERS`: the number of tasks that write while others read.
    pub(crate) writers: usize,
    /// `DATUS_BENCH_READS`: the number of reads by each reader in a round in which nothing is written.
    pub(crate) reads: usize,
}

impl Settings {
    pub(crate) fn from_environment() -> Self {
        Self {
            rows: setting("ROWS", 10_000),
            commits: setting("COMMITS", 5_000),
            bare: setting("BARE", 500),
            seconds: setting("SECONDS", 20.0),
            rounds: setting("ROUNDS", 3),
            readers: setting("READERS", 8),
            writers: setting("WRITERS", 1),
            reads: setting("READS", 300),
        }
    }
}

impl fmt::Display for Settings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, commits, bare, seconds, rounds, readers, writers, reads } = self;
        write!(
            f,
            "{rows} rows of {DIMENSION} dimensions; {commits} lone writes of each kind, {bare} by hand; {rounds} rounds of \
             {seconds} s for many tasks; {readers} readers, {reads} reads each in {rounds} rounds, {writers} writers of \
             {commits} rows"
        )
    }
}
