//! What several tests need.

pub(crate) mod evaluate;
pub(crate) mod models;
pub(crate) mod process;
