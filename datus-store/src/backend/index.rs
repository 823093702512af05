//! Indexes: their state, builds, checks and measurements.

mod build;
mod damage;
mod details;
mod measure;
mod staged;
mod state;

pub(crate) use build::Build;
pub(crate) use damage::{CheckLevel, IndexDamage};
pub(crate) use details::TextOptions;
pub(crate) use measure::{Neighbor, SearchParams, VectorSnapshot};
pub(crate) use staged::StagedIndex;
pub(crate) use state::{IndexState, StoredKind};
