//! Searches for an order in which several calls, one after another, turn one state into another.

use std::collections::HashSet;

use super::effect::{check_counts, effective, is_no_change, moment, resolve};
use super::{Standing, shown, standing};
use crate::store::serializability::log::Call;
use crate::store::serializability::model::{Present, State, apply};

/// The number of steps after which a search gives up. Calls that commute reach the same states, which are tried once.
const MAX_STEPS: usize = 20_000;

/// Returns an order of the calls that explains `after`. In this order, each call has the answer that it gives at its
/// position, and if one call returned before another began, it comes before the other. A call without effect may be between
/// two others.
///
/// # Errors
/// Returns, as text, the difference that the longest order that was tried does not explain.
pub(super) fn order(calls: &[&Call], before: &State, after: &State) -> Result<Vec<usize>, String> {
    let mut search = Search { calls, after, seen: HashSet::new(), steps: 0, failure: None };
    let mut order = Vec::with_capacity(calls.len());
    if search.extend(&mut order, before) {
        return Ok(order);
    }
    Err(search.failure.map_or_else(|| "no order agrees with time".to_owned(), |(_, why)| why))
}

struct Search<'a> {
    calls: &'a [&'a Call],
    after: &'a State,
    /// The executed calls and the state of each step that led to no solution.
    seen: HashSet<String>,
    steps: usize,
    /// The length of the longest order that was tried, and the difference that it does not explain.
    failure: Option<(usize, String)>,
}

impl Search<'_> {
    fn extend(&mut self, order: &mut Vec<usize>, state: &State) -> bool {
        if order.len() == self.calls.len() {
            return match resolve(self.calls, state, self.after) {
                Ok(()) => true,
                Err(why) => self.failed(order, order.len() + 1, why),
            };
        }
        let mut done: Vec<usize> = order.clone();
        done.sort_unstable();
        self.steps += 1;
        if self.steps > MAX_STEPS || !self.seen.insert(format!("{done:?} {state:?}")) {
            return false;
        }
        let left: Vec<usize> = (0..self.calls.len()).filter(|call| !done.contains(call)).collect();
        for &next in &left {
            if left.iter().any(|&other| self.calls[other].ended < self.calls[next].invoked) {
                continue;
            }
            match step(self.calls[next], state, moment(next)) {
                Ok(state) => {
                    order.push(next);
                    if self.extend(order, &state) {
                        return true;
                    }
                    order.pop();
                }
                Err(why) => {
                    let why = match self.calls.len() {
                        1 => why,
                        _ => format!("{}: {why}", shown(self.calls[next])),
                    };
                    self.failed(order, order.len(), why);
                }
            }
        }
        false
    }

    /// Records the difference if this is the longest order so far.
    fn failed(&mut self, order: &[usize], length: usize, why: String) -> bool {
        if self.failure.as_ref().is_none_or(|(longest, _)| length > *longest) {
            let names: Vec<&str> = order.iter().map(|&call| self.calls[call].name.as_str()).collect();
            let why = match names.len() {
                0 | 1 if self.calls.len() == 1 => why,
                0 => format!("at first, {why}"),
                _ => format!("after {}: {why}", names.join(", ")),
            };
            self.failure = Some((length, why));
        }
        false
    }
}

/// Executes a call on a state, and checks its answer.
fn step(call: &Call, state: &State, now: i64) -> Result<State, String> {
    if standing(call) == Standing::NoEffect {
        return is_no_change(call, state).map(|()| state.clone());
    }
    match apply(&effective(call), state, now) {
        Ok((after, counts)) => check_counts(call, counts).map(|()| after),
        Err(Present(keys)) => Err(format!("the table has {} already", keys.join(", "))),
    }
}
