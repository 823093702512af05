//! The order of versions agrees with time, and each call without effect has a position while it ran.

use super::effect::is_no_change;
use super::{Replay, Standing, shown, standing};
use crate::store::serializability::log::Call;
use crate::store::serializability::operation::Outcome;

impl Replay<'_> {
    /// Checks that a call that returned before a second call began has the earlier version. The calls of one version are
    /// already in such an order.
    pub(super) fn check_order(&mut self) {
        let mut latest: Option<&Call> = None;
        let mut anomalies = Vec::new();
        for (place, makers) in self.makers.iter().enumerate() {
            let makers: Vec<&Call> = makers.iter().map(|&maker| self.call(maker)).collect();
            let first = makers.iter().min_by_key(|call| call.ended);
            if let (Some(call), Some(before)) = (first, latest)
                && call.ended < before.invoked
            {
                let number = self.history.versions[place].number;
                anomalies.push(format!(
                    "version {number} comes too late: the call that made it had returned before the one of an earlier version \
                     began:\n  {}\n  {}",
                    shown(call),
                    shown(before)
                ));
            }
            latest = makers.into_iter().chain(latest).max_by_key(|call| call.invoked);
        }
        self.report.anomalies.extend(anomalies);
    }

    /// Checks that the answer of each call that changed nothing is correct for a version that was current while the call
    /// ran, or for a state between two of the calls that committed such a version together.
    pub(super) fn check_calls_without_effect(&mut self) {
        let mut calls: Vec<usize> = (0..self.history.calls.len()).collect();
        calls.sort_by_key(|&call| self.call(call).invoked);
        // The time of return and the earliest position of each such call so far.
        let mut placed: Vec<(i64, usize)> = Vec::new();
        // The calls without effect that are inside each version.
        let mut inside: Vec<Vec<usize>> = vec![Vec::new(); self.makers.len()];
        for index in calls {
            let call = self.call(index);
            self.tally(call);
            if !has_answer_without_effect(call) {
                continue;
            }
            let (first, last) = self.current_while(call);
            let before = placed.iter().filter(|(ended, _)| *ended < call.invoked).map(|(_, place)| *place);
            let first = before.max().unwrap_or_default().max(first);
            let mut tried = Vec::new();
            let found = (first..=last).find(|&place| {
                if place > first && self.fits_inside(place, index, &mut inside[place]) {
                    return true;
                }
                let result = is_no_change(call, &self.history.versions[place].state);
                tried.extend(result.as_ref().err().map(|why| (place, why.clone())));
                result.is_ok()
            });
            match found {
                Some(place) => placed.push((call.ended, place)),
                None => {
                    let mut text =
                        format!("the answer is right on no version that was current: {}", shown(call));
                    for (place, why) in tried.iter().rev().take(3) {
                        let number = self.history.versions[*place].number;
                        text.push_str(&format!("\n  on version {number}: {why}"));
                    }
                    self.anomaly(text);
                }
            }
        }
    }

    /// Returns `true` if a call has its answer between two of the calls that made a version, in which case it is added to
    /// `inside`. No read sees rows that the finished version does not have.
    fn fits_inside(&self, place: usize, call: usize, inside: &mut Vec<usize>) -> bool {
        if self.makers[place].len() < 2 || !self.call(call).operation.can_share() {
            return false;
        }
        inside.push(call);
        let fits = self.ordered(place, inside).is_ok();
        if !fits {
            inside.pop();
        }
        fits
    }

    /// Returns the first and the last version that may have been current while a call ran.
    fn current_while(&self, call: &Call) -> (usize, usize) {
        let (mut first, mut last) = (0, self.makers.len() - 1);
        for (place, makers) in self.makers.iter().enumerate() {
            for maker in makers.iter().map(|&maker| self.call(maker)) {
                if maker.ended < call.invoked {
                    first = place;
                }
                if maker.invoked > call.ended {
                    last = last.min(place - 1);
                }
            }
        }
        while last > first && self.history.versions[last].made > call.ended {
            last -= 1;
        }
        (first, last.max(first))
    }
}

fn has_answer_without_effect(call: &Call) -> bool {
    let is_explained = match &call.outcome {
        None => false,
        Some(Outcome::Failed { kind, .. }) => kind == "invalid_input",
        Some(_) => true,
    };
    is_explained && standing(call) == Standing::NoEffect && !call.operation.is_maintenance()
}
