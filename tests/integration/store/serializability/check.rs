//! Replays a history: each version must be the effect of exactly one call on the version before, each answer what that
//! call gives there, and the order of versions that of time.

mod effect;
mod makers;
mod matching;
mod tests;

use std::collections::BTreeMap;

use effect::{effective, is_no_change};

use super::entry::vector;
use super::history::{History, Version};
use super::log::Call;
use super::operation::{Operation, Outcome, Written};

/// The result of a check.
#[derive(Debug, Default)]
pub(super) struct Report {
    pub(super) anomalies: Vec<String>,
    /// The number of calls of each kind, and of each kind of end.
    pub(super) calls: BTreeMap<&'static str, usize>,
}

impl Report {
    /// Asserts that the run tried what it is there for: kills in the middle of operations, and in a long run each kind of
    /// operation.
    pub(super) fn assert_covers(&self, versions: u64, kills: u64) {
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

/// The counts that are not those of kinds of operations.
const UNKNOWN_END: &str = "of unknown end";
const UNCHANGED: &str = "with unchanged rows";

/// Looks for everything in a history that no serial execution of its calls explains.
pub(super) fn check(history: &History) -> Report {
    let mut replay =
        Replay { history, makers: vec![None; history.versions.len()], report: Report::default() };
    replay.check_versions();
    replay.find_calls_with_versions();
    replay.find_other_calls();
    replay.check_order();
    replay.check_calls_without_effect();
    replay.report
}

struct Replay<'a> {
    history: &'a History,
    /// For each version the call that made it.
    makers: Vec<Option<usize>>,
    report: Report,
}

impl<'a> Replay<'a> {
    fn call(&self, call: usize) -> &'a Call {
        &self.history.calls[call]
    }

    fn state_before(&self, place: usize) -> &'a Version {
        &self.history.versions[place - 1]
    }

    fn changes(&self, place: usize) -> bool {
        self.state_before(place).state != self.history.versions[place].state
    }

    fn anomaly(&mut self, text: String) {
        self.report.anomalies.push(text);
    }

    fn count(&mut self, what: &'static str) {
        *self.report.calls.entry(what).or_default() += 1;
    }

    /// Versions are consecutive, keys are unique, and each vector is the one of its row's text.
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

    /// A call that ended before another one began has the earlier version.
    fn check_order(&mut self) {
        let mut latest: Option<usize> = None;
        let mut anomalies = Vec::new();
        for (place, maker) in self.makers.iter().enumerate() {
            let Some(maker) = *maker else { continue };
            let call = self.call(maker);
            if let Some(before) =
                latest.map(|latest| self.call(latest)).filter(|before| call.ended < before.invoked)
            {
                let number = self.history.versions[place].number;
                anomalies.push(format!(
                    "version {number} comes too late: the call that made it had ended before the one of an earlier version \
                     began:\n  {}\n  {}",
                    shown(call),
                    shown(before)
                ));
            }
            if latest.is_none_or(|latest| call.invoked > self.call(latest).invoked) {
                latest = Some(maker);
            }
        }
        self.report.anomalies.extend(anomalies);
    }

    /// Each call that changed nothing is right on some version that was current while it ran.
    fn check_calls_without_effect(&mut self) {
        let mut calls: Vec<&Call> = self.history.calls.iter().collect();
        calls.sort_by_key(|call| call.invoked);
        // The end and the earliest place of each such call so far.
        let mut placed: Vec<(i64, usize)> = Vec::new();
        for call in calls {
            self.tally(call);
            if standing(call) != Standing::NoEffect
                || call.operation.is_maintenance()
                || call.outcome.is_none()
            {
                continue;
            }
            if let Some(Outcome::Failed { kind, .. }) = &call.outcome
                && kind != "invalid_input"
            {
                continue;
            }
            let (first, last) = self.current_while(call);
            let before = placed.iter().filter(|(ended, _)| *ended < call.invoked).map(|(_, place)| *place);
            let first = before.max().unwrap_or_default().max(first);
            let tried: Vec<_> = (first..=last)
                .map(|place| (place, is_no_change(call, &self.history.versions[place].state)))
                .collect();
            match tried.iter().find(|(_, result)| result.is_ok()) {
                Some((place, _)) => placed.push((call.ended, *place)),
                None => {
                    let mut text =
                        format!("the answer is right on no version that was current: {}", shown(call));
                    for (place, result) in tried.iter().rev().take(3) {
                        let why = result.as_ref().err().map_or("", String::as_str);
                        let number = self.history.versions[*place].number;
                        text.push_str(&format!("\n  on version {number}: {why}"));
                    }
                    self.anomaly(text);
                }
            }
        }
    }

    /// The first and the last version that may have been current while a call ran.
    fn current_while(&self, call: &Call) -> (usize, usize) {
        let (mut first, mut last) = (0, self.makers.len() - 1);
        for (place, maker) in self.makers.iter().enumerate() {
            let Some(maker) = maker.map(|maker| self.call(maker)) else { continue };
            if maker.ended < call.invoked {
                first = place;
            }
            if maker.invoked > call.ended {
                last = last.min(place - 1);
            }
        }
        while last > first && self.history.versions[last].made > call.ended {
            last -= 1;
        }
        (first, last.max(first))
    }

    fn tally(&mut self, call: &Call) {
        self.count(call.operation.name());
        match &call.outcome {
            None => self.count(UNKNOWN_END),
            Some(Outcome::Failed { kind, .. }) => {
                self.count("failed");
                if !call.operation.can_fail_with(kind) {
                    self.anomaly(format!("an unexpected error: {}", shown(call)));
                }
            }
            Some(Outcome::Done { counts, .. }) if counts.unchanged > 0 => self.count(UNCHANGED),
            Some(Outcome::Done { .. } | Outcome::Read(_)) => {}
        }
    }
}

/// The knowledge about a call's place that the call gives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Standing {
    /// It says which version it made.
    Placed,
    /// It changed rows and does not say in which version.
    Acknowledged,
    /// It may have been done, once.
    Unknown,
    /// It changed nothing.
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
