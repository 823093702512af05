//! What several tests need.

pub(crate) mod changed;
pub(crate) mod evaluate;
pub(crate) mod models;
pub(crate) mod process;
