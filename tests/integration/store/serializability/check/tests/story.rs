//! A history that is built call by call, as a correct store would produce it.

use crate::store::serializability::check::check;
use crate::store::serializability::history::{History, Version};
use crate::store::serializability::log::Call;
use crate::store::serializability::model::{Present, State, apply};
use crate::store::serializability::operation::{Counts, Filter, Operation, Outcome, Row};

/// The nanoseconds between two events.
pub(super) const STEP: i64 = 1_000_000;

/// Builds a history without anomalies, one call at a time.
pub(super) struct Story {
    pub(super) history: History,
    clock: i64,
}

impl Story {
    pub(super) fn new() -> Self {
        let empty = Version { number: 1, ..Version::default() };
        Self { history: History { versions: vec![empty], ..History::default() }, clock: STEP }
    }

    pub(super) fn state(&self) -> &State {
        &self.history.versions.last().unwrap().state
    }

    pub(super) fn tick(&mut self) -> i64 {
        self.clock += STEP;
        self.clock
    }

    /// Runs an operation like a correct store. Returns the number of its call.
    pub(super) fn run(&mut self, operation: Operation) -> usize {
        self.run_together(vec![operation])
    }

    /// Runs operations at the same time, like a store that makes one version of them. Returns the number of the first
    /// call.
    pub(super) fn run_together(&mut self, operations: Vec<Operation>) -> usize {
        let first = self.history.calls.len();
        let invoked: Vec<i64> = operations.iter().map(|_| self.tick()).collect();
        let made = self.tick();
        let mut state = self.state().clone();
        let number = self.history.versions.last().unwrap().number;
        let mut is_changed = false;
        for (operation, (invoked, place)) in operations.into_iter().zip(invoked.into_iter().zip(0..)) {
            let outcome = match apply(&operation, &state, made / 1000 + place) {
                _ if operation == Operation::Read => Outcome::Read(self.state().values().cloned().collect()),
                Err(Present(_)) => {
                    Outcome::Failed { kind: "invalid_input".to_owned(), message: String::new() }
                }
                Ok((after, counts)) => {
                    let changed = after != state;
                    is_changed |= changed;
                    state = after;
                    let says = changed && !matches!(operation, Operation::Delete { .. });
                    Outcome::Done { counts, version: says.then_some(number + 1), embedded: 0, reused: 0 }
                }
            };
            let name = format!("call {}", self.history.calls.len());
            let call = Call { name, operation, invoked, ended: 0, outcome: Some(outcome) };
            self.history.calls.push(call);
        }
        if is_changed {
            self.history.versions.push(Version { number: number + 1, made, state, ..Version::default() });
        }
        // Answers come in any order.
        for call in (first..self.history.calls.len()).rev() {
            self.history.calls[call].ended = self.tick();
        }
        first
    }

    pub(super) fn last(&mut self) -> &mut Version {
        self.history.versions.last_mut().unwrap()
    }

    pub(super) fn counts(&mut self, call: usize) -> &mut Counts {
        match &mut self.history.calls[call].outcome {
            Some(Outcome::Done { counts, .. }) => counts,
            outcome => panic!("{outcome:?} has no counts"),
        }
    }

    /// Asserts that there is exactly one anomaly and that its text contains `words`.
    pub(super) fn is_reported(&self, words: &str) {
        let anomalies = check(&self.history).anomalies;
        assert!(anomalies.len() == 1 && anomalies[0].contains(words), "{anomalies:#?}");
    }
}

pub(super) fn row(id: &str, text: &str) -> Row {
    Row { id: id.to_owned(), group: "g".to_owned(), counter: 0, label: None, text: Some(text.to_owned()) }
}

pub(super) fn upsert(rows: &[(&str, &str)]) -> Operation {
    Operation::Upsert { rows: rows.iter().map(|(id, text)| row(id, text)).collect(), last_wins: false }
}

pub(super) fn delete(id: &str) -> Operation {
    Operation::Delete { filter: Filter::Key(id.to_owned()) }
}

/// Returns a story of the rows `a=X b=Y`.
pub(super) fn story() -> Story {
    let mut story = Story::new();
    story.run(upsert(&[("a", "X"), ("b", "Y")]));
    story
}
