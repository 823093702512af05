//! Assigns calls to versions if the calls do not report their version.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

/// The number of alternatives that are tried before a version counts as unexplained.
const RETRIES: usize = 100;

/// The versions by position, and the calls that may have made them.
#[derive(Debug, Default)]
pub(super) struct Problem {
    /// The calls that ran when each version was made.
    pub(super) candidates: Vec<Vec<usize>>,
    /// The last version that each acknowledged call may have made. Each of these calls has made one.
    pub(super) acknowledged: BTreeMap<usize, usize>,
}

/// A solution, or a partial one.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Assigned {
    /// The calls of each version; `None` if no calls explain it.
    pub(super) calls: Vec<Option<Vec<usize>>>,
    /// The acknowledged calls that made no version.
    pub(super) missed: Vec<usize>,
}

/// The state of the search at one version: its remaining choices and its current choice.
#[derive(Debug, Default)]
struct Level {
    /// The next stage of choices.
    stage: usize,
    left: VecDeque<Vec<usize>>,
    chosen: Option<Vec<usize>>,
    /// Earlier versions whose alternatives may give this version more choices.
    conflicts: BTreeSet<usize>,
    /// The first choice, and the acknowledged calls that it leaves out.
    missing: Option<(Vec<usize>, Vec<usize>)>,
}

/// Chooses calls for each version, each call at most once. For a version and a stage, `explain` returns choices
/// without the calls that are already used, best first, and `None` after its last stage. If a version has no choice left,
/// the search backtracks to the latest earlier version that conflicts with it, and tries the next choice there.
pub(super) fn assign<F>(problem: &Problem, mut explain: F) -> Assigned
where
    F: FnMut(usize, usize, &BTreeSet<usize>) -> Option<Vec<Vec<usize>>>,
{
    let mut search = Search { problem, levels: Vec::new(), missed: BTreeSet::new() };
    let mut first = 0;
    let mut retries = RETRIES;
    let mut deepest: Option<Failure> = None;
    while search.levels.len() < problem.candidates.len() {
        search.levels.push(Level::default());
        while !search.choose(&mut explain) {
            let (failed, conflicts) = search.failed();
            if deepest.as_ref().is_none_or(|deepest| failed.place > deepest.place) {
                deepest = Some(failed);
            }
            let target = conflicts.last().copied().filter(|target| *target >= first && retries > 0);
            match (target, deepest.take()) {
                (None, Some(failure)) => {
                    first = failure.place + 1;
                    search.give_up(failure);
                    retries = RETRIES;
                    break;
                }
                (target, kept) => {
                    deepest = kept;
                    retries -= 1;
                    search.retry(target.unwrap_or(first), conflicts);
                }
            }
        }
    }
    let calls = search.levels.into_iter().map(|level| level.chosen).collect();
    Assigned { calls, missed: search.missed.into_iter().collect() }
}

/// A version for which no choice is left, and the choices for the versions before it.
struct Failure {
    place: usize,
    before: Vec<Option<Vec<usize>>>,
    missing: Option<(Vec<usize>, Vec<usize>)>,
}

struct Search<'a> {
    problem: &'a Problem,
    levels: Vec<Level>,
    missed: BTreeSet<usize>,
}

impl Search<'_> {
    /// Makes the next choice for the last level. Returns `false` if none is left.
    fn choose<F>(&mut self, explain: &mut F) -> bool
    where
        F: FnMut(usize, usize, &BTreeSet<usize>) -> Option<Vec<Vec<usize>>>,
    {
        let place = self.levels.len() - 1;
        let used: BTreeSet<usize> = self.levels[..place]
            .iter()
            .filter_map(|level| level.chosen.as_ref())
            .flatten()
            .copied()
            .collect();
        loop {
            let stage = self.levels[place].stage;
            let Some(choice) = self.levels[place].left.pop_front() else {
                let Some(choices) = explain(place, stage, &used) else { return false };
                self.levels[place].left = choices.into();
                self.levels[place].stage += 1;
                continue;
            };
            let missing: Vec<usize> = self
                .problem
                .acknowledged
                .iter()
                .filter(|(_, last)| **last == place)
                .map(|(call, _)| *call)
                .filter(|call| !used.contains(call) && !choice.contains(call) && !self.missed.contains(call))
                .collect();
            if missing.is_empty() {
                self.levels[place].chosen = Some(choice);
                return true;
            }
            for earlier in 0..place {
                if missing.iter().any(|call| self.problem.candidates[earlier].contains(call)) {
                    self.levels[place].conflicts.insert(earlier);
                }
            }
            self.levels[place].missing.get_or_insert((choice, missing));
        }
    }

    /// Returns the failure of the last level, and the versions whose choices caused it.
    fn failed(&mut self) -> (Failure, BTreeSet<usize>) {
        let place = self.levels.len() - 1;
        let candidates = &self.problem.candidates[place];
        let mut conflicts = std::mem::take(&mut self.levels[place].conflicts);
        for (earlier, level) in self.levels[..place].iter().enumerate() {
            if level.chosen.iter().flatten().any(|call| candidates.contains(call)) {
                conflicts.insert(earlier);
            }
        }
        let before = self.levels[..place].iter().map(|level| level.chosen.clone()).collect();
        (Failure { place, before, missing: self.levels[place].missing.take() }, conflicts)
    }

    /// Returns to a version to make a different choice for it.
    fn retry(&mut self, target: usize, conflicts: BTreeSet<usize>) {
        self.levels.truncate(target + 1);
        self.levels[target].chosen = None;
        self.levels[target].conflicts.extend(conflicts.into_iter().filter(|place| *place < target));
    }

    /// Leaves a version unexplained, or acknowledged calls without a version.
    fn give_up(&mut self, failure: Failure) {
        let level = |chosen| Level { chosen, ..Level::default() };
        self.levels = failure.before.into_iter().map(level).collect();
        let chosen = failure.missing.map(|(choice, missing)| {
            self.missed.extend(missing);
            choice
        });
        self.levels.push(level(chosen));
    }
}

/// Solves a problem in which each version is the effect of one of several sets of calls.
#[cfg(test)]
fn solve(versions: &[&[&[usize]]], acknowledged: &[(usize, usize)]) -> Assigned {
    let candidates = versions.iter().map(|sets| sets.concat()).collect();
    let problem = Problem { candidates, acknowledged: acknowledged.iter().copied().collect() };
    assign(&problem, |version, stage, used| {
        let free = versions[version].iter().filter(|set| set.iter().all(|call| !used.contains(call)));
        (stage == 0).then(|| free.map(|set| set.to_vec()).collect())
    })
}

#[test]
fn a_call_moves_if_that_explains_more_versions() {
    assert_eq!(solve(&[&[&[1], &[2]], &[&[1]]], &[]).calls, [Some(vec![2]), Some(vec![1])]);
    let found = solve(&[&[&[1], &[2]], &[&[1]], &[&[1], &[2]]], &[]);
    assert_eq!(found.calls, [Some(vec![2]), Some(vec![1]), None]);
    // The version in between has no influence.
    let found = solve(&[&[&[1, 3], &[2]], &[&[]], &[&[3, 4]]], &[]);
    assert_eq!(found.calls, [Some(vec![2]), Some(vec![]), Some(vec![3, 4])]);
}

#[test]
fn acknowledged_calls_take_precedence_for_a_version() {
    assert_eq!(solve(&[&[&[1], &[2]]], &[(2, 0)]).calls, [Some(vec![2])]);
    let found = solve(&[&[&[1], &[2]], &[&[2]]], &[(1, 0), (2, 1)]);
    assert_eq!(found.calls, [Some(vec![1]), Some(vec![2])]);
    let found = solve(&[&[&[1], &[2]]], &[(1, 0), (2, 0)]);
    assert_eq!(found, Assigned { calls: vec![Some(vec![1])], missed: vec![2] });
}
