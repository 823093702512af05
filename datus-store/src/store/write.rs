//! Writes: `add`, `upsert`, `sync`, `update` and `delete`, and the pipeline and the commits that they share.

mod add;
mod compare;
mod delete;
pub(super) mod group;
pub(super) mod ingest;
mod merge;
pub(super) mod spill;
mod sync;
mod unique;
mod update;
mod upsert;

pub use self::add::{Add, Added};
pub use self::delete::Delete;
pub use self::ingest::Progress;
pub use self::sync::{ScopedSync, Synced, UnscopedSync};
pub use self::update::{UnscopedUpdate, Update, Updated};
pub use self::upsert::{Upsert, Upserted};
