//! The integration tests, in one binary, since linking lancedb is the slow part of a test run. The modules are organized by
//! feature.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod adopt;
mod codec;
mod derive;
mod describe;
mod error;
mod filter_data;
mod generic;
mod messages;
mod mistakes;
mod model;
mod query;
mod store;
mod support;
