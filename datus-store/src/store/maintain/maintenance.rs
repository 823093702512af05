//! Maintenance in the background: merging fragments, folding indexes and removing versions after writes.

mod pass;
mod policy;
mod schedule;
mod status;

pub use self::policy::Maintenance;
pub(in crate::store) use self::schedule::Schedule;
pub use self::status::{MaintenanceState, MaintenanceStatus};
