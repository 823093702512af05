//! What several tests need.

pub(crate) mod cloud;
pub(crate) mod evaluate;
pub(crate) mod models;
pub(crate) mod process;
