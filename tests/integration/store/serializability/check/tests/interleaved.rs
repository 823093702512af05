//! Histories of a correct store whose calls overlap, are killed, or are dropped.

use super::story::Story;
use crate::store::serializability::check::check;
use crate::store::serializability::history::Version;
use crate::store::serializability::log::Call;
use crate::store::serializability::model::{Present, apply};
use crate::store::serializability::operation::{Operation, Outcome};
use crate::store::serializability::random::Random;

const WORKERS: usize = 8;

/// A running call. It has an outcome once it is executed.
struct Running {
    call: Call,
    /// The worker that waits for it; `None` if the call was dropped.
    worker: Option<usize>,
}

/// Runs calls at random, like a store that makes one version of several small writes.
fn interleaved(seed: u64, steps: usize, kills: bool) -> Story {
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut story = Story::new();
    let mut random = Random::new(seed);
    let mut running: Vec<Running> = Vec::new();
    for step in 0..steps {
        let idle = (0..WORKERS).find(|worker| running.iter().all(|call| call.worker != Some(*worker)));
        match (idle, rng.usize(..4)) {
            (Some(worker), 0 | 1) => {
                let (name, operation) = (format!("{worker} #{step}"), random.operation(false));
                let call = Call { name, operation, invoked: story.tick(), ended: i64::MAX, outcome: None };
                running.push(Running { call, worker: Some(worker) });
            }
            (_, 2) => execute(&mut story, &mut running, &mut rng),
            _ if !running.is_empty() => {
                let at = rng.usize(..running.len());
                let is_done = running[at].call.outcome.is_some();
                match rng.usize(if kills { 0..8 } else { 2..8 }) {
                    0 => running[at].worker = None,
                    // The process is killed.
                    1 => {
                        let Running { call, .. } = running.swap_remove(at);
                        let ended = story.tick();
                        story.history.calls.push(Call { ended, outcome: None, ..call });
                    }
                    _ if is_done => {
                        let Running { call, worker } = running.swap_remove(at);
                        let call = match worker {
                            Some(_) => Call { ended: story.tick(), ..call },
                            None => Call { outcome: None, ..call },
                        };
                        story.history.calls.push(call);
                    }
                    _ => {}
                }
            }
            _ => {}
        }
        let rows: Vec<_> = story.state().values().cloned().collect();
        random.saw(&rows);
    }
    for Running { call, worker } in running {
        let ended = story.tick();
        let outcome = call.outcome.filter(|_| worker.is_some());
        story.history.calls.push(Call { ended, outcome, ..call });
    }
    story
}

/// Executes one of the waiting calls, or several small writes that share one version.
fn execute(story: &mut Story, running: &mut [Running], rng: &mut fastrand::Rng) {
    let waiting = |running: &&mut Running| running.call.outcome.is_none();
    let mut waiting: Vec<&mut Running> = running.iter_mut().filter(waiting).collect();
    rng.shuffle(&mut waiting);
    let shares = waiting.first().is_some_and(|first| first.call.operation.can_share());
    let together = waiting.into_iter().filter(|next| !shares || next.call.operation.can_share());
    let together = together.take(if shares { rng.usize(1..=WORKERS) } else { 1 });
    let made = story.tick();
    let mut state = story.state().clone();
    let number = story.last().number;
    let mut is_changed = false;
    for (place, Running { call, .. }) in (0..).zip(together) {
        call.outcome = Some(match apply(&call.operation, &state, made / 1000 + place) {
            _ if call.operation == Operation::Read => {
                Outcome::Read(story.state().values().cloned().collect())
            }
            Err(Present(_)) => Outcome::Failed { kind: "invalid_input".to_owned(), message: String::new() },
            Ok((after, counts)) => {
                let changed = after != state;
                is_changed |= changed;
                state = after;
                let says = changed && !matches!(call.operation, Operation::Delete { .. });
                Outcome::Done { counts, version: says.then_some(number + 1), embedded: 0, reused: 0 }
            }
        });
    }
    if is_changed {
        story.history.versions.push(Version { number: number + 1, made, state, ..Version::default() });
    }
}

#[test]
fn correct_histories_of_calls_that_overlap_have_no_anomaly() {
    let mut shared = 0;
    for seed in 0..6 {
        let report = check(&interleaved(seed, 800, true).history);
        assert!(report.anomalies.is_empty(), "seed {seed}: {:#?}", report.anomalies);
        shared += report.shared;
    }
    assert!(shared > 100, "{shared}");
}

#[test]
fn a_lost_row_in_any_version_is_reported() {
    for seed in 0..8 {
        let mut story = interleaved(seed, 300, false);
        let mut rng = fastrand::Rng::with_seed(seed);
        // Removes a row that a version wrote, from it and from all later versions that contain the row.
        let versions = &mut story.history.versions;
        let place = rng.usize(1..versions.len());
        let (before, after) = (versions[place - 1].state.clone(), versions[place].state.clone());
        let Some(id) = after.keys().find(|id| before.get(*id) != after.get(*id)) else { continue };
        let written = after[id].clone();
        for version in
            versions.iter_mut().skip(place).take_while(|version| version.state.get(id) == Some(&written))
        {
            match before.get(id) {
                Some(stored) => drop(version.state.insert(id.clone(), stored.clone())),
                None => drop(version.state.remove(id)),
            }
        }
        let report = check(&story.history);
        assert!(!report.anomalies.is_empty(), "seed {seed}: version {}, row {id}", place + 1);
    }
}
