//! Finds the call that made each version.

use super::effect::{difference, explains};
use super::matching::assign;
use super::{Replay, Standing, shown, standing};
use crate::store::serializability::history::Version;
use crate::store::serializability::log::Call;
use crate::store::serializability::model::apply;
use crate::store::serializability::operation::Outcome;

impl Replay<'_> {
    /// Gives the calls that say which version they made to that version.
    pub(super) fn find_calls_with_versions(&mut self) {
        let made = self.history.calls.iter().enumerate().filter_map(|(index, call)| match call.outcome {
            Some(Outcome::Done { version: Some(version), .. }) => Some((version, index, call)),
            _ => None,
        });
        let mut made: Vec<_> = made.collect();
        made.sort_by_key(|(version, ..)| *version);
        for (version, index, call) in made {
            let found = self.history.versions.iter().position(|candidate| candidate.number == version);
            let Some(place) = found.filter(|place| *place > 0) else {
                self.anomaly(format!("there is no version {version}, which this call made: {}", shown(call)));
                continue;
            };
            if let Some(other) = self.makers[place] {
                let other = shown(self.call(other));
                self.anomaly(format!("two calls made version {version}:\n  {other}\n  {}", shown(call)));
                continue;
            }
            self.makers[place] = Some(index);
            let (before, after) = (&self.state_before(place).state, &self.history.versions[place].state);
            if let Err(why) = explains(call, before, after) {
                let hint = self.hint(call, place);
                self.anomaly(format!(
                    "version {version} is not this call on version {}: {}\n  {why}{hint}",
                    version - 1,
                    shown(call)
                ));
            }
        }
    }

    /// The older version, if any, on which the call has the answer that it gave.
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

    /// Searches the calls that made the other versions.
    pub(super) fn find_other_calls(&mut self) {
        let unexplained: Vec<usize> = (1..self.makers.len())
            .filter(|&place| self.makers[place].is_none() && self.changes(place))
            .collect();
        let mut pool: Vec<usize> = Vec::new();
        let mut acknowledged = Vec::new();
        for (index, call) in self.history.calls.iter().enumerate() {
            match standing(call) {
                Standing::Acknowledged => {
                    acknowledged.push(index);
                    pool.push(index);
                }
                Standing::Unknown => pool.push(index),
                Standing::Placed | Standing::NoEffect => {}
            }
        }
        // The call that ended first has the fewest versions to choose from.
        pool.sort_by_key(|&call| self.call(call).ended);
        let candidates: Vec<Vec<usize>> = unexplained
            .iter()
            .map(|&place| pool.iter().copied().filter(|&call| self.can_have_made(call, place)).collect())
            .collect();
        let found = assign(&candidates, &acknowledged);
        for (&place, maker) in unexplained.iter().zip(&found) {
            self.makers[place] = *maker;
            if maker.is_none() {
                let text = self.unexplained(place, &pool);
                self.anomaly(text);
            }
        }
        for call in acknowledged.into_iter().filter(|call| !found.contains(&Some(*call))) {
            let text = format!("no version is the effect of {}", shown(self.call(call)));
            self.anomaly(text);
        }
    }

    fn can_have_made(&self, call: usize, place: usize) -> bool {
        let (call, made) = (self.call(call), &self.history.versions[place]);
        (call.invoked..=call.ended).contains(&made.made)
            && explains(call, &self.state_before(place).state, &made.state).is_ok()
    }

    fn unexplained(&self, place: usize, pool: &[usize]) -> String {
        let (before, version) = (self.state_before(place), &self.history.versions[place]);
        let change = difference(&before.state, &version.state);
        let mut text =
            format!("version {} is the effect of no call: before < and after >:{change}", version.number);
        for call in pool.iter().map(|&call| self.call(call)) {
            if (call.invoked..=call.ended).contains(&version.made) {
                let why = explains(call, &before.state, &version.state);
                let why = why.err().unwrap_or_else(|| "it made a different version".to_owned());
                text.push_str(&format!("\n  not {}\n  {why}", shown(call)));
            }
        }
        text
    }
}
