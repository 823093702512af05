//! The only module that uses lancedb directly. It accepts untyped requests, and returns Arrow batches and this crate's
//! errors.

mod append;
mod assign;
mod bulk;
mod columns;
mod commit;
mod complete;
mod connection;
mod counts;
mod differing;
mod drop_table;
mod error;
mod in_memory_table;
mod index;
mod key_index;
mod key_values;
mod keyed;
#[cfg(feature = "lancedb")]
mod lance_model;
mod location;
mod locks;
mod lower;
mod maintain;
mod namespace;
mod page;
mod primary_key;
mod read;
mod rows;
mod schema;
mod storage_check;
mod storage_options;
mod table;
mod table_name;
mod table_site;
mod tags;
mod text_index;
mod trash;
mod unindexed;
mod update;
mod write;

#[cfg(feature = "lancedb")]
pub use lance_model::LanceModel;
#[cfg(feature = "lancedb")]
pub use lancedb;

pub(crate) use append::{Append, Written};
pub(crate) use assign::{apply_assignments, matching_rows};
pub(crate) use bulk::{BulkOutcome, BulkVersion, PartFiles, PartState, StoredColumn, StoredPart};
pub(crate) use columns::Alteration;
pub(crate) use commit::Attempts;
pub(crate) use connection::{ConnectOptions, Connection};
pub(crate) use differing::DifferingRows;
pub(crate) use error::is_full_disk;
pub(crate) use in_memory_table::InMemoryTable;
pub(crate) use index::{
    Build, CheckLevel, IndexDamage, IndexState, Neighbor, SearchParams, StagedIndex, StoredKind, TextOptions,
    VectorSnapshot,
};
pub(crate) use key_values::key_values;
pub(crate) use keyed::{KeyColumn, null_flag};
pub(crate) use locks::TableLock;
pub(crate) use maintain::{
    Compacted, Exclusions, FileState, MaintenanceStep, PlanSettings, Removed, Retention, WriterPolicy,
    next_step,
};
pub(crate) use namespace::NamespaceAddress;
pub(crate) use read::{
    DEFAULT_HITS, LegQuery, NearestTo, Request, ScoredRow, ScoredRows, bm25_field, distance_field,
};
pub(crate) use rows::{AddressedRows, DatasetVersion, FragmentInfo, RowChange, address, fragment_of};
pub(crate) use table::Table;
pub(crate) use table_name::check_table_name;
pub(crate) use text_index::TextIndex;
pub(crate) use unindexed::UnindexedRows;
pub(crate) use update::Assignment;
pub(crate) use write::{Batches, Merge, Merged, spawn_uncancellable};

/// lancedb's connection type.
#[cfg(feature = "lancedb")]
pub type LanceConnection = lancedb::Connection;

/// lancedb's table type.
#[cfg(feature = "lancedb")]
pub type LanceTable = lancedb::Table;
