//! Indexes: what there are, how one is built, and what a search through one finds.

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
