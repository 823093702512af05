//! The only place that names lancedb: untyped requests in, Arrow batches and this crate's errors out.

mod alter;
mod columns;
mod complete;
mod connection;
mod error;
mod folder;
mod index;
mod key_index;
mod keyed;
mod lance_model;
mod lower;
mod maintain;
mod page;
mod primary_key;
mod read;
mod scratch;
mod table;
mod turn;
mod update;
mod write;

pub use lance_model::LanceModel;
pub use lancedb;

pub(crate) use alter::{Alteration, IndexRole, StoredIndex};
pub(crate) use connection::{ConnectOptions, Connection};
pub(crate) use error::is_full_disk;
pub(crate) use index::{Build, Damage, Depth, Found, IndexState, Nearby, Snapshot, StoredKind, TextOptions};
pub(crate) use keyed::Named;
pub(crate) use maintain::{Compacted, FileState, Removed};
pub(crate) use read::{DEFAULT_HITS, FoundRow, LegQuery, NearestTo, Request, bm25_field, distance_field};
pub(crate) use scratch::Scratch;
pub(crate) use table::Table;
pub(crate) use turn::Turn;
pub(crate) use update::Assignment;
pub(crate) use write::{Batches, Merge, Merged, to_the_end};

/// lancedb's own connection.
pub type LanceConnection = lancedb::Connection;

/// lancedb's own table.
pub type LanceTable = lancedb::Table;
