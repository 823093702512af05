//! Indexes: their state, building them, and searches through them.

mod build;
mod damage;
mod details;
mod measure;
mod state;

pub(crate) use build::Build;
pub(crate) use damage::{Damage, Depth};
pub(crate) use details::TextOptions;
pub(crate) use measure::{Found, Nearby, Snapshot};
pub(crate) use state::{IndexState, StoredKind};
