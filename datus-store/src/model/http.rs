//! The HTTP client that models and rerankers behind an endpoint share: connection, key, limits, retries and errors.

pub(crate) mod batches;
pub(crate) mod connection;
mod endpoint;
pub(crate) mod error_body;
mod failure;
pub(crate) mod key;
mod rate;
pub(crate) mod response;
pub(crate) mod send;
pub(crate) mod service;
pub(crate) mod settings;
mod size_limit;
#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
pub(crate) mod tests;
pub(crate) mod wire;
