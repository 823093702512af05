//! The faults of a server, which occur at random or for one request.
//!
//! A request can also be stopped, so that a test can kill the process that made it at this point:
//!
//! ```text
//! server.faults().inject(Kind::Create, ".manifest", Fault::Unanswered);
//! let mut child = process::start(…);
//! server.faults().until_stopped().await;
//! child.kill().await.unwrap();
//! ```

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::timeout;

use super::request::{Kind, S3Request};

/// Requests that commit are this many times as likely to have a fault as other requests.
const COMMITS: usize = 8;

/// The longest time that a test waits for a request.
const PATIENCE: Duration = Duration::from_secs(120);

/// A fault of one request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Fault {
    /// 503, and the request has no effect.
    SlowDown,
    /// 409, and the request has no effect.
    Conflict,
    /// 412 even though the precondition holds, and the request has no effect.
    Precondition,
    /// The response comes late.
    Slow,
    /// The connection closes in the middle of the response.
    Cut,
    /// The request takes effect, and the connection closes without a response.
    Lost,
    /// The request takes effect, and the connection is reset.
    Reset,
    /// The request takes effect, and the response is 500.
    Failed,
    /// The request waits for [`Faults::release`] before it takes effect. It has no effect if its process is killed.
    Held,
    /// The request takes effect, and its response waits for [`Faults::release`].
    Unanswered,
}

use Fault::{Conflict, Cut, Failed, Held, Lost, Precondition, Reset, Slow, SlowDown, Unanswered};

impl Fault {
    /// The faults that occur at random.
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
pub(crate) struct Faults {
    state: Mutex<State>,
    /// The number of requests so far.
    requests: watch::Sender<usize>,
    /// The number of planned stops that no request has reached yet.
    stops: watch::Sender<usize>,
    /// The number of calls to [`Faults::release`].
    releases: watch::Sender<usize>,
}

#[derive(Debug, Default)]
struct State {
    random: Option<(fastrand::Rng, usize)>,
    /// The number of random faults so far, for each kind of request.
    turns: BTreeMap<Kind, usize>,
    /// The faults for one request each: its kind, the end of its target, and the fault.
    planned: Vec<(Kind, String, Fault)>,
    injected: BTreeMap<Fault, usize>,
}

impl Faults {
    /// Gives one in `one_in` requests a fault, at random, based on the seed. Requests of one kind get the faults for this
    /// kind in turn.
    pub(crate) fn at_random(&self, seed: u64, one_in: usize) {
        self.state().random = Some((fastrand::Rng::with_seed(seed), one_in));
    }

    /// Gives a fault to the next request of this kind whose key or prefix ends with this text.
    pub(crate) fn inject(&self, kind: Kind, end: impl Into<String>, fault: Fault) {
        if matches!(fault, Held | Unanswered) {
            self.stops.send_modify(|stops| *stops += 1);
        }
        self.state().planned.push((kind, end.into(), fault));
    }

    /// Waits until requests have reached all planned stops.
    pub(crate) async fn until_stopped(&self) {
        let mut stops = self.stops.subscribe();
        let reached = timeout(PATIENCE, stops.wait_for(|stops| *stops == 0)).await;
        reached.expect("a request reaches the stop").expect("a server");
    }

    /// Lets all requests that are currently stopped continue.
    pub(crate) fn release(&self) {
        self.releases.send_modify(|releases| *releases += 1);
    }

    /// Returns the number of requests so far.
    pub(crate) fn requests(&self) -> usize {
        *self.requests.borrow()
    }

    /// Waits until the server has had this many requests.
    pub(crate) async fn until_requests(&self, requests: usize) {
        let mut seen = self.requests.subscribe();
        let reached = timeout(PATIENCE, seen.wait_for(|seen| *seen >= requests)).await;
        reached.expect("there are requests").expect("a server");
    }

    /// Stops a request until the next release.
    pub(super) async fn stop(&self) {
        let mut releases = self.releases.subscribe();
        self.stops.send_modify(|stops| *stops -= 1);
        // This fails if the server has stopped.
        let _ = releases.changed().await;
    }

    /// Returns the number of planned faults that no request has met yet.
    pub(crate) fn planned(&self) -> usize {
        self.state().planned.len()
    }

    /// Returns the number of requests that had each fault.
    pub(crate) fn injected(&self) -> BTreeMap<Fault, usize> {
        self.state().injected.clone()
    }

    /// Chooses a fault for the request, or returns `None`.
    pub(super) fn choose(&self, request: &S3Request) -> Option<Fault> {
        self.requests.send_modify(|requests| *requests += 1);
        let mut state = self.state();
        let (kind, target) = (request.kind(), request.target());
        let planned =
            state.planned.iter().position(|(of, end, _)| *of == kind && target.ends_with(end.as_str()));
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
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Decides at random whether a request gets a fault.
    fn is_struck(&mut self, kind: Kind) -> bool {
        let Some((random, one_in)) = &mut self.random else { return false };
        // Few requests commit, and faults in these requests matter most.
        let one_in = if kind == Kind::Create { *one_in / COMMITS } else { *one_in };
        random.usize(..one_in.max(1)) == 0
    }
}
