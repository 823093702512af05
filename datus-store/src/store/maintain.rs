//! Maintenance: indexes, health, optimization, background maintenance, repairs, and checks of models and vectors.

pub(super) mod health;
pub(super) mod indexes;
pub(super) mod maintenance;
mod optimize;
mod optimized;
mod repair;
mod scripts;
mod verify;
mod verify_vectors;

pub use self::health::{Advice, CheckHealth, Health, IndexHealth, LiveRecall};
pub use self::indexes::{CreateIndexes, FilteredRecall, IndexAction, IndexEntry, IndexReport, Recall};
pub use self::maintenance::{Maintenance, MaintenanceState, MaintenanceStatus};
pub use self::optimize::Optimize;
pub use self::optimized::{OptimizeProgress, OptimizeStep, Optimized};
pub use self::repair::{Repair, RepairPlan, RepairStep, Repaired};
pub use self::verify::{VerifiedModel, VerifyModel};
pub use self::verify_vectors::{VerifiedVectors, VerifyVectors};
