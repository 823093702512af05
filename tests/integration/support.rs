//! Helpers that several tests share.

mod cases;
pub(crate) mod cloud;
pub(crate) mod evaluate;
pub(crate) mod log;
pub(crate) mod models;
pub(crate) mod namespace;
pub(crate) mod process;
pub(crate) mod s3;

pub(crate) use cases::cases;
