//! The state of a table, and advice about it.

mod advice;
mod rows;

use std::fmt;
use std::future::IntoFuture;
use std::time::SystemTime;

use futures::future::BoxFuture;

pub use self::advice::Advice;
pub(super) use self::advice::OLD;
use self::advice::{Facts, RowFaults};
use super::core::Core;
use super::indices::{Recall, recall};
use super::maintenance::MaintenanceStatus;
use super::tuned::Tuned;
use super::{Store, traced};
use crate::backend::{Damage, Depth, FileState, IndexState};
use crate::error::Result;
use crate::record::EmbeddingRecord;

/// Up to how many bytes of a table its keys and vectors are read unasked: a fraction of a second.
const COUNTED_BYTES: usize = 64 << 20;

/// The state of a table's files, indexes and rows: made by [`Store::health`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// The rows.
    pub rows: usize,
    /// Rows that are deleted and still in the files.
    pub deleted_rows: usize,
    /// The fragments: each write makes one, and a scan opens each.
    pub fragments: usize,
    /// Fragments of fewer than 100,000 rows.
    pub small_fragments: usize,
    /// The versions that can be read, the current one among them.
    pub versions: usize,
    /// When the oldest of them was made.
    pub oldest_version: Option<SystemTime>,
    /// The bytes of the files of the current version, with its indexes.
    pub bytes: usize,
    /// The rows that have a text and no vector for it, added over all vector columns; `None` where they were not counted.
    pub missing_vectors: Option<usize>,
    /// The rows whose key an earlier row has; `None` where they were not counted, and for a record without a key.
    pub doubled_keys: Option<usize>,
    /// The indexes.
    pub indexes: Vec<IndexHealth>,
    /// The maintenance of the table by this process.
    pub maintenance: MaintenanceStatus,
    /// The things to do; empty for a table that is well. Maintenance does the work of [`optimize`](Store::optimize), so these are
    /// advised only where it is off or can't do it.
    pub advice: Vec<Advice>,
}

/// The state of one index.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct IndexHealth {
    /// The name of the index.
    pub name: String,
    /// Its column.
    pub column: String,
    /// Its kind, as attributes name it: `btree`, `fts`, `ivf_pq`.
    pub kind: String,
    /// The rows that it covers. Some of them may be deleted since.
    pub covered: usize,
    /// The rows that came since: a search compares them one by one.
    pub uncovered: usize,
    /// The parts that it is in.
    pub segments: usize,
    /// The bytes of its files, where the engine knows them.
    pub bytes: Option<u64>,
    /// What was measured of a vector index.
    pub recall: Option<Recall>,
    /// What is wrong with its files; `None` where they can be read.
    pub damage: Option<String>,
}

impl<R: EmbeddingRecord> Store<R> {
    /// Examines the files, the indexes and the rows of the table, and gives advice about them. Await it.
    ///
    /// It finds damaged and missing indexes; columns with full text search whose texts are mostly in a script that the tokenizer
    /// does not split, such as Chinese with `simple`; rows without a vector and rows that share a key, in tables that other programs
    /// write; and the state of [maintenance](crate::guide::maintenance). Where maintenance is off, it also finds small files, rows
    /// that an index does not cover, and old versions. Where it is on and finds work, it is started.
    ///
    /// **Cost:** one small file for each version of the table, the length of each file of an index, and up to 64 texts of each
    /// column with full text search. An index of up to
    /// 16 MiB is read whole, past the caches. In a table of up to 64 MiB the keys and vectors are read too.
    /// [`thorough`](CheckHealth::thorough) reads all indexes, keys and vectors, whatever their size.
    ///
    /// ```
    /// use datus_store::{Advice, Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Event {
    ///     #[datus(index = bitmap)]
    ///     kind: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let events: Store<Event> = db.store(()).await?;
    /// events.add([Event { kind: "started".into() }]).await?;
    ///
    /// let health = events.health().await?;
    /// assert_eq!((health.rows, health.fragments), (1, 1));
    /// assert_eq!(health.advice, [Advice::CreateIndices { columns: vec!["kind".into()] }]);
    ///
    /// events.create_indices().await?;
    /// assert!(events.health().thorough().await?.advice.is_empty());
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for an index kind that does not fit its column; `TableChanged` and
    /// `TableNotFound` when it is no longer the table that was opened; `Engine` when the storage fails.
    pub fn health(&self) -> CheckHealth<'_, R> {
        CheckHealth { store: self, thorough: false }
    }
}

/// Looks at a table when it is awaited. Made by [`Store::health`].
#[must_use = "nothing is looked at until it is awaited"]
pub struct CheckHealth<'a, R> {
    store: &'a Store<R>,
    thorough: bool,
}

impl<R> CheckHealth<'_, R> {
    /// Reads all indexes, the columns of the key and the vector columns, whatever their size.
    ///
    /// It holds one index at a time in memory, and up to 11.5 bytes for each key. A byte of an index that was
    /// changed to another valid one is not found: LanceDB's files have no checksums.
    pub fn thorough(mut self) -> Self {
        self.thorough = true;
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for CheckHealth<'a, R> {
    type Output = Result<Health>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { store, thorough } = self;
        let core = store.core();
        let health = async move {
            let schedule = store.current.maintenance();
            let status = schedule.status(&core.table);
            let maintained = schedule.steps(&status);
            let mut health = core.health(thorough, status.clone()).await?;
            let found = health.advice.len();
            health.advice.retain(|advice| advice.step().is_none_or(|step| !maintained.contains(&step)));
            if health.advice.len() < found {
                store.current.maintain();
            }
            Ok(health)
        };
        Box::pin(traced!("health", R::TABLE).run(health, |health| health.rows))
    }
}

impl<R> fmt::Debug for CheckHealth<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CheckHealth").field("thorough", &self.thorough).finish_non_exhaustive()
    }
}

impl Core {
    async fn health(&self, thorough: bool, maintenance: MaintenanceStatus) -> Result<Health> {
        let schema = self.checked_schema().await?;
        let (files, states) = (self.table.file_state().await?, self.table.index_states().await?);
        let depth = if thorough { Depth::Whole } else { Depth::Bounded };
        let damage = self.table.damage(depth).await?;
        let indexes = states.iter().map(|state| {
            let column =
                state.columns.iter().map(|column| column.trim_matches('`')).collect::<Vec<_>>().join(",");
            let tuned =
                Tuned::of_column(&schema, &column).filter(|tuned| tuned.kind.name() == state.kind.name());
            let damage = damage.iter().find(|damage| damage.index == state.name);
            of_index(state, column, tuned, damage)
        });
        let indexes: Vec<IndexHealth> = indexes.collect();
        let facts = Facts {
            unbuilt: self.missing_indexes().await?,
            unsplit: self.unsplit_texts(|_| true).await?,
            rows: match thorough || files.bytes <= COUNTED_BYTES {
                true => Some(RowFaults {
                    missing: self.missing_vectors().await?,
                    doubled: self.doubled_keys().await?,
                }),
                false => None,
            },
        };
        let advice = advice::of(&files, &indexes, &facts, SystemTime::now());
        let FileState { rows, deleted, fragments, small_fragments, versions, bytes } = files;
        Ok(Health {
            rows,
            deleted_rows: deleted,
            fragments,
            small_fragments,
            versions: versions.len(),
            oldest_version: versions.first().copied(),
            bytes,
            missing_vectors: facts.rows.as_ref().map(RowFaults::missing_rows),
            doubled_keys: facts.rows.and_then(|rows| rows.doubled).map(|doubled| doubled.rows),
            indexes,
            maintenance,
            advice,
        })
    }
}

fn of_index(
    state: &IndexState,
    column: String,
    tuned: Option<Tuned>,
    damage: Option<&Damage>,
) -> IndexHealth {
    let IndexState { name, columns: _, kind, covered, uncovered, segments, bytes } = state.clone();
    let kind = kind.name().to_owned();
    let damage = damage.map(|damage| damage.cause.clone());
    IndexHealth { name, column, kind, covered, uncovered, segments, bytes, recall: tuned.map(recall), damage }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, deleted_rows, fragments, small_fragments, versions, bytes, indexes, advice, .. } =
            self;
        let state = &self.maintenance.state;
        write!(f, "{rows} rows ({deleted_rows} deleted) in {fragments} fragments ({small_fragments} small)")?;
        write!(f, ", {versions} versions, {bytes} bytes, maintenance {state}")?;
        for IndexHealth { column, kind, covered, uncovered, recall, damage, .. } in indexes {
            write!(f, "\n  {column} ({kind}): {covered} rows covered, {uncovered} not")?;
            if let Some(damage) = damage {
                write!(f, "; damaged: {damage}")?;
            }
            if let Some(recall) = recall {
                write!(f, "; {recall}")?;
            }
        }
        advice.iter().try_for_each(|advice| write!(f, "\n  to do: {advice}"))
    }
}
