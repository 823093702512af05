use std::fmt;
use std::time::SystemTime;

use crate::store::maintain::optimized::Optimized;

/// The state of maintenance in this process, for one table: a part of [`Health`](crate::Health).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct MaintenanceStatus {
    /// The current state.
    pub state: MaintenanceState,
    /// The time at which this process last checked the table; `None` before the first check.
    pub last_run: Option<SystemTime>,
    /// The changes from the last round that changed the table; `None` if no round did.
    pub last_done: Option<Optimized>,
}

/// The state of maintenance of a table, with the reason if maintenance does not run.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum MaintenanceState {
    /// Maintenance is off: see [`Maintenance::off`](crate::Maintenance::off).
    Off,
    /// The server maintains the table, which belongs to LanceDB's own service.
    Server,
    /// Maintenance waits for the next write. It still compacts the table further if no write follows; see
    /// [`Maintenance::idle_after`](crate::Maintenance::idle_after).
    Idle,
    /// Maintenance waits briefly after a write, runs a step, or pauses between two steps.
    Running,
    /// Another process, or a call such as `optimize` or `create_indexes`, held the maintenance lock of the table.
    Locked,
    /// Writers changed the same rows on every attempt, and the step was postponed.
    Conflict {
        /// The number of attempts.
        attempts: u32,
    },
    /// A step failed. A later write retries it, after a wait that doubles with each failure, up to ten minutes.
    Failed {
        /// The error.
        message: String,
    },
}

impl MaintenanceState {
    /// Returns `true` if maintenance is expected to run its steps.
    pub(in crate::store) fn is_healthy(&self) -> bool {
        matches!(self, Self::Server | Self::Idle | Self::Running | Self::Locked)
    }
}

impl fmt::Display for MaintenanceState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Off => f.write_str("off"),
            Self::Server => f.write_str("by the server"),
            Self::Idle => f.write_str("idle"),
            Self::Running => f.write_str("running"),
            Self::Locked => f.write_str("idle, the maintenance lock was held"),
            Self::Conflict { attempts } => write!(f, "conflicts with writers in {attempts} attempts"),
            Self::Failed { message } => write!(f, "failed: {message}"),
        }
    }
}
