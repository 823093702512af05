//! Replays a history. Each version must be the effect of one call on the previous version, or of several in sequence.
//! Each answer must be the one that the call has at its position, and the order of calls must agree with time.

mod assign;
mod candidates;
mod effect;
mod makers;
mod serial;
mod tests;
mod time;

use std::collections::BTreeMap;

use datus_store::ErrorKind;
use effect::effective;

use super::entry::vector;
use super::history::{History, Version};
use super::log::Call;
use super::operation::{Operation, Outcome, Written};

/// The result of a check.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) anomalies: Vec<String>,
    /// The number of calls of each kind, and of each kind of outcome.
    pub(super) calls: BTreeMap<&'static str, usize>,
    /// The number of versions that were each created by several calls in a shared commit.
    pub(super) shared: usize,
}

impl Report {
    /// Asserts that the run covered its subject: kills during operations; in a long run, each kind of operation; and, if
    /// several tasks write to a store, a version that several calls made together.
    pub(super) fn assert_covers(&self, versions: u64, kills: u64, shares: bool) {
        assert!(!shares || self.shared > 0, "no calls made a version together: {:?}", self.calls);
        let count = |what: &str| self.calls.get(what).copied().unwrap_or_default();
        assert!(kills < 5 || count(UNKNOWN_END) > 0, "no operation was killed: {:?}", self.calls);
        if versions >= 300 {
            let missing: Vec<_> = Operation::NAMES.into_iter().filter(|name| count(name) == 0).collect();
            assert!(
                missing.is_empty() && count(UNCHANGED) > 0,
                "{missing:?} did not occur: {:?}",
                self.calls
            );
        }
    }
}

/// The name of a count that does not belong to a kind of operation, like `UNCHANGED`.
const UNKNOWN_END: &str = "of unknown end";
const UNCHANGED: &str = "with unchanged rows";

/// Reports everything in a history that no serial execution of its calls explains.
pub(super) fn check(history: &History) -> Report {
    let mut replay =
        Replay { history, makers: vec![Vec::new(); history.versions.len()], report: Report::default() };
    replay.check_versions();
    replay.find_calls_with_versions();
    replay.find_makers();
    replay.check_order();
    replay.check_calls_without_effect();
    replay.report.shared = replay.makers.iter().filter(|makers| makers.len() > 1).count();
    replay.report
}

struct Replay<'a> {
    history: &'a History,
    /// The calls that made each version, in order.
    makers: Vec<Vec<usize>>,
    report: Report,
}

impl<'a> Replay<'a> {
    fn call(&self, call: usize) -> &'a Call {
        &self.history.calls[call]
    }

    fn state_before(&self, place: usize) -> &'a Version {
        &self.history.versions[place - 1]
    }

    fn anomaly(&mut self, text: String) {
        self.report.anomalies.push(text);
    }

    fn count(&mut self, what: &'static str) {
        *self.report.calls.entry(what).or_default() += 1;
    }

    /// Checks that versions are consecutive, keys are unique, and each vector belongs to its row's text.
    fn check_versions(&mut self) {
        let versions = &self.history.versions;
        for (place, version) in versions.iter().enumerate() {
            let number = version.number;
            let before = place.checked_sub(1).map(|before| &versions[before]);
            if before.is_some_and(|before| before.number + 1 != number) {
                self.anomaly(format!(
                    "version {number} does not follow version {}",
                    versions[place - 1].number
                ));
            }
            if !version.doubled.is_empty() && before.is_none_or(|before| before.doubled != version.doubled) {
                self.anomaly(format!(
                    "version {number}: several rows have the key {}",
                    version.doubled.join(", ")
                ));
            }
            for (id, stored) in &version.state {
                let wanted = stored.row.text.as_deref().and_then(vector);
                let known = before.and_then(|before| before.state.get(id)) == Some(stored);
                if stored.vector != wanted && !known {
                    self.anomaly(format!("version {number}: the vector is not the text's: {stored}"));
                }
            }
        }
    }

    fn tally(&mut self, call: &Call) {
        self.count(call.operation.name());
        match &call.outcome {
            None => self.count(UNKNOWN_END),
            Some(Outcome::Failed { kind, .. }) => {
                self.count("failed");
                let of_storage = self.history.storage_fails && kind == ErrorKind::Engine.name();
                if !of_storage && !call.operation.can_fail_with(kind) {
                    self.anomaly(format!("an unexpected error: {}", shown(call)));
                }
            }
            Some(Outcome::Done { counts, .. }) if counts.unchanged > 0 => self.count(UNCHANGED),
            Some(Outcome::Done { .. } | Outcome::Read(_)) => {}
        }
    }
}

/// The information that a call provides about its position.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// The call reports the version that it made.
    Placed,
    /// The call changed rows, but does not report in which version.
    Acknowledged,
    /// The call was executed once or not at all.
    Unknown,
    /// The call changed nothing.
    NoEffect,
}

fn standing(call: &Call) -> Standing {
    match (&call.outcome, &call.operation) {
        (None, operation) if operation.is_maintenance() || *operation == Operation::Read => {
            Standing::NoEffect
        }
        (None, _) => Standing::Unknown,
        (Some(Outcome::Failed { kind, message }), operation) => match operation.written(kind, message) {
            Written::Nothing => Standing::NoEffect,
            Written::Partly | Written::Unknown => Standing::Unknown,
        },
        (Some(Outcome::Done { version: Some(_), .. }), _) => Standing::Placed,
        (Some(Outcome::Done { counts, .. }), Operation::Delete { .. }) if counts.deleted > 0 => {
            Standing::Acknowledged
        }
        (Some(Outcome::Done { .. } | Outcome::Read(_)), _) => Standing::NoEffect,
    }
}

fn shown(call: &Call) -> String {
    let outcome = call.outcome.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string);
    format!("{}: {} -> {outcome}", call.name, effective(call))
}
