//! One scope of the random test: its store, and the model of its rows.

use std::collections::BTreeMap;

use datus_store::{Embedded, EmbeddingRecord, ScopedStore};
use fastrand::Rng;

use super::reads::Read;
use super::writes::Write;
use crate::support::models::vector;

/// A row of the random test. Its text is a point and a word, such as `"2 0 1 soup"`.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "facts")]
pub(super) struct Fact {
    #[datus(scope)]
    pub(super) tenant: String,
    #[datus(scope)]
    pub(super) region: i32,
    #[datus(key)]
    pub(super) id: i64,
    pub(super) group: i32,
    #[datus(embed(metric = l2), fts)]
    pub(super) text: String,
}

/// A scope: the values of the two columns.
pub(super) type Scope = (&'static str, i32);

/// The words of the texts.
pub(super) const WORDS: [&str; 3] = ["tomato", "soup", "bread"];
/// The keys that all scopes use.
const KEYS: i64 = 12;
pub(super) const GROUPS: i32 = 3;

/// An operation on the rows of one scope.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Operation {
    Read(Read),
    Write(Write),
}

impl Operation {
    pub(super) fn all() -> Vec<Self> {
        let reads = Read::ALL.iter().map(|read| Self::Read(*read));
        // Each write occurs twice, so that there are rows to read.
        let writes = Write::ALL.iter().map(|write| Self::Write(*write));
        reads.chain(writes.clone()).chain(writes).collect()
    }
}

/// A scope, with a model of the rows that it must have.
pub(super) struct Tenant {
    pub(super) scope: Scope,
    pub(super) store: ScopedStore<Fact>,
    /// The store of another scope, for its cursors.
    pub(super) other: ScopedStore<Fact>,
    pub(super) rows: BTreeMap<i64, Fact>,
    /// An older version of the table, and the scope's rows in that version.
    pub(super) remembered: (u64, BTreeMap<i64, Fact>),
    /// The next operations, in reverse order.
    pub(super) queue: Vec<Operation>,
    pub(super) rng: Rng,
}

impl Tenant {
    /// Runs operations, and compares each result with the model.
    pub(super) async fn run(mut self, operations: usize) -> Self {
        for _ in 0..operations {
            if self.queue.is_empty() {
                self.queue = Operation::all();
                self.rng.shuffle(&mut self.queue);
            }
            match self.queue.pop() {
                Some(Operation::Read(read)) => self.read(read).await,
                Some(Operation::Write(write)) => {
                    self.write(write).await;
                    self.check_rows(write).await;
                }
                None => {}
            }
        }
        self
    }

    /// Compares all rows of the scope, and their vectors, with the model.
    pub(super) async fn check_rows(&self, after: Write) {
        let stored = self.store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
        let rows: Vec<Fact> = stored.iter().map(|row| row.record.clone()).collect();
        assert_eq!(rows, self.all(|_| true), "{:?} {after:?}", self.scope);
        let is_own = |row: &Embedded<Fact>| row.vector().unwrap() == vector(&row.record.text);
        assert!(stored.iter().all(is_own), "{:?} {after:?}", self.scope);
    }

    /// Returns the rows of the model that a condition keeps, in the order of their keys.
    pub(super) fn all(&self, keep: impl Fn(&Fact) -> bool) -> Vec<Fact> {
        self.rows.values().filter(|row| keep(row)).cloned().collect()
    }

    pub(super) fn key(&mut self) -> i64 {
        self.rng.i64(0..KEYS)
    }

    pub(super) fn group(&mut self) -> i32 {
        self.rng.i32(0..GROUPS)
    }

    pub(super) fn word(&mut self) -> &'static str {
        WORDS[self.rng.usize(..WORDS.len())]
    }

    pub(super) fn text(&mut self) -> String {
        format!("{} {} 1 {}", self.rng.i32(0..4), self.rng.i32(0..4), self.word())
    }

    pub(super) fn fact(&mut self, id: i64) -> Fact {
        let (tenant, region) = self.scope;
        Fact { tenant: tenant.to_owned(), region, id, group: self.group(), text: self.text() }
    }

    /// Returns a few rows with distinct keys.
    pub(super) fn facts(&mut self) -> Vec<Fact> {
        let mut rows = BTreeMap::new();
        for _ in 0..self.rng.usize(1..5) {
            let id = self.key();
            rows.insert(id, self.fact(id));
        }
        rows.into_values().collect()
    }

    /// Returns a key that the scope does not have, outside the shared keys.
    pub(super) fn new_key(&mut self) -> i64 {
        (KEYS..).find(|id| !self.rows.contains_key(id)).unwrap_or(KEYS)
    }
}
