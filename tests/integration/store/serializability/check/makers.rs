//! Finds the calls that made each version: one, or several in sequence.

use std::collections::{BTreeMap, BTreeSet};

use super::assign::{Problem, assign};
use super::candidates::{is_visible, sets};
use super::effect::difference;
use super::serial::order;
use super::{Replay, Standing, shown, standing};
use crate::store::serializability::history::Version;
use crate::store::serializability::log::Call;
use crate::store::serializability::model::apply;
use crate::store::serializability::operation::Outcome;

/// The maximum number of calls to assign to a version that they do not report, if all of them are visible in it.
const MAX_VISIBLE: usize = 5;
const MAX_HIDDEN: usize = 3;

impl Replay<'_> {
    /// Assigns the calls that report their version to that version.
    pub(super) fn find_calls_with_versions(&mut self) {
        for (index, call) in self.history.calls.iter().enumerate() {
            let Some(Outcome::Done { version: Some(version), .. }) = call.outcome else { continue };
            let found = self.history.versions.iter().position(|candidate| candidate.number == version);
            match found.filter(|place| *place > 0) {
                Some(place) => self.makers[place].push(index),
                None => self
                    .anomaly(format!("there is no version {version}, which this call made: {}", shown(call))),
            }
        }
        for makers in &mut self.makers {
            makers.sort_by_key(|&call| self.history.calls[call].invoked);
        }
    }

    /// Searches for the order of these calls, and for additional calls that took part without reporting it.
    pub(super) fn find_makers(&mut self) {
        let mut pool: Vec<usize> = (0..self.history.calls.len())
            .filter(|&call| matches!(standing(self.call(call)), Standing::Acknowledged | Standing::Unknown))
            .collect();
        // An acknowledged call needs a version. The one that returned first has the fewest versions to choose from.
        let is_unknown = |call: usize| standing(self.call(call)) == Standing::Unknown;
        pool.sort_by_key(|&call| (is_unknown(call), self.call(call).ended));
        let ran = |call: &usize, place: usize| {
            let call = self.call(*call);
            place > 0 && (call.invoked..=call.ended).contains(&self.history.versions[place].made)
        };
        let candidates: Vec<Vec<usize>> = (0..self.history.versions.len())
            .map(|place| pool.iter().copied().filter(|call| ran(call, place)).collect())
            .collect();
        let mut acknowledged = BTreeMap::new();
        let mut missed = Vec::new();
        for &call in pool.iter().filter(|&&call| standing(self.call(call)) == Standing::Acknowledged) {
            match candidates.iter().rposition(|candidates| candidates.contains(&call)) {
                Some(last) => drop(acknowledged.insert(call, last)),
                None => missed.push(call),
            }
        }
        let problem = Problem { candidates, acknowledged };
        let assigned = assign(&problem, |place, stage, used| match stage {
            _ if place == 0 => (stage == 0).then(|| vec![Vec::new()]),
            0 => Some(self.few_visible(place, &problem.candidates[place], used)),
            1 => Some(self.more(place, &problem.candidates[place], used)),
            _ => None,
        });
        for (place, calls) in assigned.calls.into_iter().enumerate().skip(1) {
            match calls.and_then(|calls| self.ordered(place, &calls).ok()) {
                Some(ordered) => self.makers[place] = ordered,
                None => {
                    let text = self.unexplained(place, &problem.candidates[place]);
                    self.anomaly(text);
                }
            }
        }
        missed.extend(assigned.missed);
        for call in missed {
            let text = format!("no version is the effect of {}", shown(self.call(call)));
            self.anomaly(text);
        }
    }

    /// Returns the order in which a version is the effect of its calls and some additional ones.
    pub(super) fn ordered(&self, place: usize, more: &[usize]) -> Result<Vec<usize>, String> {
        let indexes: Vec<usize> = self.makers[place].iter().chain(more).copied().collect();
        let calls: Vec<&Call> = indexes.iter().map(|&call| self.call(call)).collect();
        let order = order(&calls, &self.state_before(place).state, &self.history.versions[place].state)?;
        Ok(order.into_iter().map(|call| indexes[call]).collect())
    }

    /// Returns the smallest sets of calls that are visible in a version and explain it.
    fn few_visible(&self, place: usize, candidates: &[usize], used: &BTreeSet<usize>) -> Vec<Vec<usize>> {
        let (before, after) = (&self.state_before(place).state, &self.history.versions[place].state);
        let visible = |call: &usize| !used.contains(call) && is_visible(self.call(*call), before, after);
        let visible: Vec<usize> = candidates.iter().copied().filter(visible).collect();
        (0..=MAX_VISIBLE)
            .map(|size| self.explaining(place, &visible, size))
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    /// Returns further sets of calls that explain a version.
    fn more(&self, place: usize, candidates: &[usize], used: &BTreeSet<usize>) -> Vec<Vec<usize>> {
        let (before, after) = (&self.state_before(place).state, &self.history.versions[place].state);
        let mut free: Vec<usize> = candidates.iter().copied().filter(|call| !used.contains(call)).collect();
        free.sort_by_key(|&call| !is_visible(self.call(call), before, after));
        let is_explained = self.ordered(place, &[]).is_ok();
        let acknowledged = |call: &usize| standing(self.call(*call)) == Standing::Acknowledged;
        let found = (1..=MAX_HIDDEN).flat_map(|size| self.explaining(place, &free, size));
        // An explained version needs no further calls, but an acknowledged call needs a version.
        found.filter(|calls| !is_explained || calls.iter().any(acknowledged)).collect()
    }

    /// Returns the sets of `size` calls that explain a version together with the calls that report it.
    fn explaining(&self, place: usize, calls: &[usize], size: usize) -> Vec<Vec<usize>> {
        let single = self.makers[place].len() + size < 2;
        let shares = |call: &usize| single || self.call(*call).operation.can_share();
        let calls: Vec<usize> = calls.iter().copied().filter(shares).collect();
        sets(&calls, size).into_iter().filter(|calls| self.ordered(place, calls).is_ok()).collect()
    }

    fn unexplained(&self, place: usize, candidates: &[usize]) -> String {
        let (before, version) = (self.state_before(place), &self.history.versions[place]);
        let number = version.number;
        let why = self.ordered(place, &[]).err().unwrap_or_default();
        let made: Vec<&Call> = self.makers[place].iter().map(|&call| self.call(call)).collect();
        let mut text = match made.as_slice() {
            [] => {
                let change = difference(&before.state, &version.state);
                format!("version {number} is the effect of no call: before < and after >:{change}")
            }
            [call] => format!(
                "version {number} is not this call on version {}: {}\n  {why}{}",
                before.number,
                shown(call),
                self.hint(call, place)
            ),
            calls => {
                let calls: String = calls.iter().map(|call| format!("\n  {}", shown(call))).collect();
                format!(
                    "version {number} is not these calls on version {}, in any order:{calls}\n  {why}",
                    before.number
                )
            }
        };
        for &call in candidates {
            let why = order(&[self.call(call)], &before.state, &version.state);
            let why = why.err().unwrap_or_else(|| "it made a different version".to_owned());
            text.push_str(&format!("\n  not {}\n  {why}", shown(self.call(call))));
        }
        text
    }

    /// Returns a hint that names the earlier version, if any, on which the call's answer would be right.
    fn hint(&self, call: &Call, place: usize) -> String {
        let older = self.history.versions[..place].iter().rev().skip(1).take(40);
        let Some(Outcome::Done { counts, .. }) = call.outcome else { return String::new() };
        let gives = |version: &&Version| {
            apply(&call.operation, &version.state, 0).is_ok_and(|(_, given)| given == counts)
        };
        older.into_iter().find(gives).map_or_else(String::new, |version| {
            format!("\n  its answer would be right on version {}", version.number)
        })
    }
}
