//! The only place that names lancedb: untyped requests in, Arrow batches and this crate's errors out.

mod connection;
mod creation;
mod error;
mod lower;
mod read;
mod table;
mod write;

pub use lancedb;

pub(crate) use connection::{ConnectOptions, Connection};
pub(crate) use read::{NearestTo, Request};
pub(crate) use table::Table;
pub(crate) use write::Message;

/// lancedb's own connection.
pub type LanceConnection = lancedb::Connection;

/// lancedb's own table.
pub type LanceTable = lancedb::Table;
