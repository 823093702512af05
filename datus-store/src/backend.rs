//! The only module that names lancedb. It takes untyped requests and returns Arrow batches and this crate's errors.

mod alter;
mod append;
mod assign;
mod columns;
mod commit;
mod complete;
mod connection;
mod drop_table;
mod error;
mod index;
mod key_index;
mod key_values;
mod keyed;
mod lance_model;
mod location;
mod lower;
mod maintain;
mod page;
mod primary_key;
mod read;
mod rows;
mod scratch;
mod table;
mod text_index;
mod trash;
mod turn;
mod uncovered;
mod update;
mod write;

pub use lance_model::LanceModel;
pub use lancedb;

pub(crate) use alter::{Alteration, IndexRole, StoredIndex};
pub(crate) use append::Written;
pub(crate) use assign::assigned;
pub(crate) use commit::Attempts;
pub(crate) use connection::{ConnectOptions, Connection};
pub(crate) use error::is_full_disk;
pub(crate) use index::{Build, Damage, Depth, Found, IndexState, Nearby, Snapshot, StoredKind, TextOptions};
pub(crate) use key_values::key_values;
pub(crate) use keyed::{Named, null_flag};
pub(crate) use maintain::{Compacted, FileState, Limits, Removed, Retention, Skipped, Work, Writers, next};
pub(crate) use read::{
    DEFAULT_HITS, FoundRow, FoundRows, LegQuery, NearestTo, Request, bm25_field, distance_field,
};
pub(crate) use rows::{DatasetVersion, FragmentInfo, RowChange, address};
pub(crate) use scratch::Scratch;
pub(crate) use table::Table;
pub(crate) use text_index::TextIndex;
pub(crate) use turn::Turn;
pub(crate) use uncovered::Uncovered;
pub(crate) use update::Assignment;
pub(crate) use write::{Batches, Merge, Merged, to_the_end};

/// The connection type of lancedb.
pub type LanceConnection = lancedb::Connection;

/// The table type of lancedb.
pub type LanceTable = lancedb::Table;
