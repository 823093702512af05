//! The faults of a server: at random, or for one request.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::request::{Kind, S3Request};

/// Requests that commit have a fault this many times as often as others.
const COMMITS: usize = 8;

/// A fault of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// 503, and the request has no effect.
    SlowDown,
    /// 409, and the request has no effect.
    Conflict,
    /// 412, although the condition of the request holds. It has no effect.
    Precondition,
    /// The answer comes late.
    Slow,
    /// The connection ends in the middle of the answer.
    Cut,
    /// The request takes effect, and the connection ends without an answer.
    Lost,
    /// The request takes effect, and the connection is reset.
    Reset,
    /// The request takes effect, and the answer is 500.
    Failed,
}

use Fault::{Conflict, Cut, Failed, Lost, Precondition, Reset, Slow, SlowDown};

impl Fault {
    pub(crate) const ALL: [Self; 8] = [SlowDown, Conflict, Precondition, Slow, Cut, Lost, Reset, Failed];

    /// Returns the faults that a request of this kind can have.
    fn of(kind: Kind) -> &'static [Self] {
        match kind {
            Kind::Get | Kind::List => &[SlowDown, Slow, Cut, Reset],
            Kind::Head => &[SlowDown, Slow, Lost],
            Kind::Create => &[Lost, Precondition, Reset, Conflict, Failed, SlowDown, Slow],
            Kind::Put | Kind::Upload | Kind::Complete | Kind::Delete | Kind::Copy => {
                &[SlowDown, Slow, Lost, Reset, Failed]
            }
        }
    }
}

/// The faults of a server. It has none at first.
#[derive(Debug, Default)]
pub(crate) struct Faults(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    random: Option<(fastrand::Rng, usize)>,
    /// The number of random faults of each kind of request.
    turns: BTreeMap<Kind, usize>,
    /// The faults for one request each: its kind, the end of its key, and the fault.
    planned: Vec<(Kind, &'static str, Fault)>,
    injected: BTreeMap<Fault, usize>,
}

impl Faults {
    /// Gives one request in `one_in` a fault, chosen with the seed. The requests of a kind have its faults in turn.
    pub(crate) fn at_random(&self, seed: u64, one_in: usize) {
        self.state().random = Some((fastrand::Rng::with_seed(seed), one_in));
    }

    /// Gives the next request of this kind, whose key ends with this text, a fault.
    pub(crate) fn inject(&self, kind: Kind, end: &'static str, fault: Fault) {
        self.state().planned.push((kind, end, fault));
    }

    /// Returns the number of planned faults that no request has met yet.
    pub(crate) fn planned(&self) -> usize {
        self.state().planned.len()
    }

    /// Returns the number of requests that had each fault.
    pub(crate) fn injected(&self) -> BTreeMap<Fault, usize> {
        self.state().injected.clone()
    }

    /// Returns the fault of a request.
    pub(super) fn choose(&self, request: &S3Request) -> Option<Fault> {
        let mut state = self.state();
        let kind = request.kind();
        let planned = state.planned.iter().position(|(of, end, _)| *of == kind && request.key.ends_with(end));
        let fault = match planned {
            Some(place) => Some(state.planned.remove(place).2),
            None if state.is_struck(kind) => {
                let faults = Fault::of(kind);
                let turn = state.turns.entry(kind).or_default();
                *turn += 1;
                Some(faults[*turn % faults.len()])
            }
            None => None,
        };
        if let Some(fault) = fault {
            *state.injected.entry(fault).or_default() += 1;
        }
        fault
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Returns `true` if a request gets a fault at random.
    fn is_struck(&mut self, kind: Kind) -> bool {
        let Some((random, one_in)) = &mut self.random else { return false };
        // Few requests commit, and their faults matter most.
        let one_in = if kind == Kind::Create { *one_in / COMMITS } else { *one_in };
        random.usize(..one_in.max(1)) == 0
    }
}
