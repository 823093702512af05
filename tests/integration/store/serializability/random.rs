//! Random operations on few keys, so that workers conflict.

use fastrand::Rng;

use super::operation::{Filter, Operation, Row, Set, Stored};

const KEYS: usize = 12;
const GROUPS: usize = 3;
const MAX_ROWS: usize = 8;

/// Generates the operations of one worker.
pub(super) struct Random {
    rng: Rng,
    /// The rows that the worker read last. When they are written again, many of them are unchanged.
    seen: Vec<Row>,
}

impl Random {
    pub(super) fn new(seed: u64) -> Self {
        Self { rng: Rng::with_seed(seed), seen: Vec::new() }
    }

    pub(super) fn saw(&mut self, rows: &[Stored]) {
        self.seen = rows.iter().map(|stored| stored.row.clone()).collect();
    }

    /// Returns `true` in one call out of `times`, on average.
    pub(super) fn once_in(&mut self, times: usize) -> bool {
        self.rng.usize(..times) == 0
    }

    pub(super) fn fraction(&mut self) -> f64 {
        self.rng.f64()
    }

    pub(super) fn operation(&mut self, maintains: bool) -> Operation {
        if maintains && self.once_in(4) {
            return if self.once_in(3) { Operation::CreateIndexes } else { Operation::Optimize };
        }
        match self.rng.usize(..100) {
            0..15 => Operation::Read,
            15..24 => Operation::Add { rows: self.rows(3, None) },
            24..46 => Operation::Upsert { rows: self.rows(MAX_ROWS, None), last_wins: false },
            46..54 => {
                let mut rows = self.rows(MAX_ROWS, None);
                let again = self.rng.usize(..rows.len());
                let id = rows[again].id.clone();
                let twice = Row { id, ..self.row(None) };
                rows.push(twice);
                Operation::Upsert { rows, last_wins: true }
            }
            54..65 => {
                let group = self.group();
                Operation::Sync { rows: self.rows(MAX_ROWS / 2, Some(&group)), within: Some(group) }
            }
            65..68 => Operation::Sync { rows: self.rows(MAX_ROWS, None), within: None },
            68..89 => Operation::Update { filter: self.filter(), set: self.set() },
            89..98 => {
                let filter = match self.rng.usize(..4) {
                    0 => Filter::Group(self.group()),
                    _ => Filter::Key(self.key()),
                };
                Operation::Delete { filter }
            }
            _ => Operation::Delete { filter: Filter::All },
        }
    }

    /// Returns rows with distinct keys, often rows that the worker saw.
    fn rows(&mut self, most: usize, group: Option<&str>) -> Vec<Row> {
        let mut rows: Vec<Row> = Vec::new();
        for _ in 0..self.rng.usize(1..=most) {
            let row = match self.rng.choice(&self.seen).cloned() {
                Some(seen) if self.rng.u8(..3) > 0 && group.is_none_or(|group| seen.group == group) => seen,
                _ => self.row(group),
            };
            if rows.iter().all(|before| before.id != row.id) {
                rows.push(row);
            }
        }
        rows
    }

    fn row(&mut self, group: Option<&str>) -> Row {
        let group = group.map_or_else(|| self.group(), str::to_owned);
        Row { id: self.key(), group, counter: self.rng.i64(0..3), label: self.label(), text: self.text() }
    }

    fn filter(&mut self) -> Filter {
        match self.rng.usize(..8) {
            0 => Filter::All,
            1 => Filter::CounterBelow(self.rng.i64(0..3)),
            2 => Filter::NoLabel,
            3 | 4 => Filter::Group(self.group()),
            _ => Filter::Key(self.key()),
        }
    }

    /// Returns one or two columns to set.
    fn set(&mut self) -> Vec<Set> {
        let first = match self.rng.usize(..4) {
            0 => Set::Counter(self.rng.i64(0..3)),
            1 => Set::CounterPlus(1),
            2 => Set::Label(self.label()),
            _ => Set::Text(self.text()),
        };
        let second = match first {
            Set::Text(_) => Set::CounterPlus(1),
            _ => Set::Text(self.text()),
        };
        if self.once_in(4) { vec![first, second] } else { vec![first] }
    }

    fn key(&mut self) -> String {
        format!("k{}", self.rng.usize(..KEYS))
    }

    fn group(&mut self) -> String {
        format!("g{}", self.rng.usize(..GROUPS))
    }

    fn label(&mut self) -> Option<String> {
        self.rng.bool().then(|| "label".to_owned())
    }

    fn text(&mut self) -> Option<String> {
        match self.rng.usize(..8) {
            0 => None,
            1 => Some(" ".to_owned()),
            number => Some(format!("text {number}")),
        }
    }
}
