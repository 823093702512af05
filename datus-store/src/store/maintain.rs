//! Maintenance: indexes, health, optimization, background maintenance, and the check of a model.

pub(super) mod health;
pub(super) mod indexes;
pub(super) mod maintenance;
mod optimize;
mod optimized;
mod scripts;
mod verify;

pub use self::health::{Advice, CheckHealth, Health, IndexHealth, LiveRecall};
pub use self::indexes::{CreateIndexes, FilteredRecall, IndexAction, IndexEntry, IndexReport, Recall};
pub use self::maintenance::{Maintenance, MaintenanceState, MaintenanceStatus};
pub use self::optimize::Optimize;
pub use self::optimized::{OptimizeProgress, OptimizeStep, Optimized};
pub use self::verify::{VerifiedModel, VerifyModel};
