//! The store of a record: its table, and the operations that write, embed, search and read rows.

pub mod access;
mod arrow;
mod background;
mod bulk;
mod changed;
mod core;
mod current;
mod describe;
mod extra_columns;
mod gate;
mod locate;
mod maintain;
mod open;
mod python;
mod read;
mod reembed;
mod restriction;
mod scope;
mod snapshot;
mod target;
mod trace;
mod vectors;
mod versions;
mod write;

pub use self::core::ShadowOverlap;
pub use bulk::{Bulk, BulkCommit, BulkJob, BulkPart, BulkWorker, BulkWrite};
pub use describe::Description;
pub(crate) use describe::describe;
pub use extra_columns::ExtraColumns;
pub use maintain::{
    Advice, CheckHealth, CreateIndexes, FilteredRecall, Health, IndexAction, IndexEntry, IndexHealth,
    IndexReport, LiveRecall, Maintenance, MaintenanceState, MaintenanceStatus, Optimize, OptimizeProgress,
    OptimizeStep, Optimized, Recall, Repair, RepairPlan, RepairStep, Repaired, VerifiedModel,
    VerifiedVectors, VerifyModel, VerifyVectors,
};
pub use open::{Adopt, Adopted, AdoptedVector, Drift, MakePlan, Open, plan};
pub use read::{QueryKind, VectorSearch};
pub use reembed::{PreparedReembed, Reembed, ReembedIfNeeded, Reembedded};
pub use scope::{AcrossScopes, ScopedStore, View};
pub(crate) use trace::{Traced, traced};
pub use versions::{
    Change, ChangeSet, Changes, ChangesBuilder, CreateTag, IntoVersion, Replay, Tag, VersionName,
};
pub use write::{
    Add, Added, Delete, DeleteBuilder, Progress, SyncBuilder, SyncRows, Synced, Update, UpdateBuilder,
    Updated, Upsert, Upserted,
};

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use self::access::WholeTable;
use self::core::Core;
use self::current::Current;
use self::open::plan::Step;
use self::read::Reader;
use self::restriction::{Restriction, RowFilter};
#[cfg(feature = "lancedb")]
use crate::backend::LanceTable;
use crate::query::{Execute, Predicate};
use crate::record::EmbeddingRecord;

/// The table of the record `R`, opened with the models that embed it.
///
/// [`Database::store`](crate::Database::store) opens it. A store is cheap to clone, and clones see each other's writes.
///
/// Every operation checks that the table is still the one that was opened. It fails with
/// [`TableNotFound`](crate::ErrorKind::TableNotFound) if the table was dropped, and with
/// [`TableChanged`](crate::ErrorKind::TableChanged) if another program changed the table in a way that affects the record.
/// [`reopen`](Store::reopen) opens the table again.
///
/// If the record has `#[datus(scope)]` fields, [`scoped`](Store::scoped) selects the rows to read and write. `A` is the
/// store's [access](crate::access) to the rows: views and scoped stores are also `Store`s, with a different `A`.
///
/// ```
/// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
///
/// #[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
/// struct Page {
///     #[datus(key)]
///     path: String,
///     chapter: u32,
///     #[datus(embed)]
///     text: String,
/// }
///
/// # datus_store::block_on(async {
/// let db = Database::connect("memory://").await?;
/// let pages: Store<Page> = db.store(HashingModel::default()).await?;
/// pages
///     .add([
///         Page { path: "a".into(), chapter: 1, text: "How to bake bread".into() },
///         Page { path: "b".into(), chapter: 2, text: "How to brew tea".into() },
///     ])
///     .await?;
///
/// let second: Vec<Page> = pages.search_all().chapter(2).await?;
/// assert_eq!(second[0].path, "b");
/// let hits = pages.search("baking bread").filter(|t| t.chapter.lt(9)).limit(1).await?;
/// assert_eq!(hits[0].record.path, "a");
/// # Ok::<(), datus_store::Error>(())
/// # }).unwrap();
/// ```
pub struct Store<R, A = WholeTable> {
    rows: TableRows,
    /// The steps that were applied to the table when it was opened.
    applied: Arc<[Step]>,
    types: PhantomData<fn() -> (R, A)>,
}

/// A table, and the rows that a store reads and writes.
#[derive(Clone)]
struct TableRows {
    current: Arc<Current>,
    restriction: Arc<Restriction>,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Returns the name of the table.
    pub fn table_name(&self) -> &str {
        self.current().table().name()
    }

    /// Returns the steps that were applied to the table when it was opened.
    ///
    /// The slice is empty unless the table was opened with [`Drift::ApplySafe`] and did not match the record. Creating a
    /// table is not a step.
    pub fn applied(&self) -> &[Step] {
        &self.applied
    }
}

impl<R: EmbeddingRecord> Store<R> {
    /// Returns the underlying lancedb table, for features that this crate does not cover. This requires the `lancedb` cargo
    /// feature.
    ///
    /// Rows that are written through this table are neither embedded nor checked. The type comes from lancedb 0.41, so code
    /// that uses it may break with a new minor version of this crate.
    #[cfg(feature = "lancedb")]
    pub fn as_lancedb(&self) -> &LanceTable {
        self.current().table().raw()
    }
}

impl<R> Store<R> {
    fn new(current: Arc<Current>, applied: Arc<[Step]>) -> Self {
        let rows = TableRows { current, restriction: Arc::default() };
        Self { rows, applied, types: PhantomData }
    }
}

impl<R, A> Store<R, A> {
    /// Returns the core for an operation that starts now. Only `Reader` reads rows through it.
    fn core(&self) -> Arc<Core> {
        self.rows.core()
    }

    fn current(&self) -> &Arc<Current> {
        &self.rows.current
    }

    /// Returns a store for the same table with the access `B`, for the rows that `restriction` selects.
    fn with_access<B>(&self, restriction: Restriction) -> Store<R, B> {
        let (current, restriction) = (Arc::clone(self.current()), Arc::new(restriction));
        let rows = TableRows { current, restriction };
        Store { rows, applied: Arc::clone(&self.applied), types: PhantomData }
    }
}

impl TableRows {
    /// Returns the core for an operation that starts now.
    fn core(&self) -> Arc<Core> {
        self.current.core()
    }

    /// Returns the executor for a query that starts now.
    fn reader(&self) -> Arc<dyn Execute> {
        Arc::new(Reader::new(self.core(), Arc::clone(&self.restriction)))
    }

    /// Returns the filter for the store's rows that pass `filter`.
    fn filter(&self, filter: Predicate) -> RowFilter {
        self.restriction.rows(filter)
    }
}

impl<R, A> Clone for Store<R, A> {
    fn clone(&self) -> Self {
        Self { rows: self.rows.clone(), applied: Arc::clone(&self.applied), types: PhantomData }
    }
}

impl<R, A> fmt::Debug for Store<R, A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.current().table().name()).finish()
    }
}

impl fmt::Debug for TableRows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("TableRows").field(&self.current.table().name()).finish()
    }
}
