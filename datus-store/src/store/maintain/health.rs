//! The state of a table, and advice about it.

mod advice;
mod index;
mod rows;

use std::fmt;
use std::future::IntoFuture;
use std::time::SystemTime;

use futures::future::BoxFuture;

pub use self::advice::Advice;
use self::advice::{RowFaults, TableState};
pub use self::index::{IndexHealth, LiveRecall};
use self::index::{index_health, live_recall};
pub(super) use self::rows::MissingVectors;
pub(in crate::store) use self::rows::{duplicate_keys, null_keys};
use super::maintenance::MaintenanceStatus;
use crate::backend::{CheckLevel, FileState};
use crate::error::Result;
use crate::record::EmbeddingRecord;
use crate::store::core::{Core, ShadowOverlap};
use crate::store::read::tuning::IndexTuning;
use crate::store::{Store, traced};

/// The maximum size in bytes of a table whose keys and vectors are read by default. Reading them takes a fraction of a
/// second.
const COUNTED_BYTES: usize = 64 << 20;

/// The state of a table's files, indexes and rows. Returned by [`Store::health`].
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Health {
    /// The number of rows.
    pub rows: usize,
    /// The number of deleted rows that are still in the files.
    pub deleted_rows: usize,
    /// The number of fragments. Each write creates a fragment, and a scan opens all fragments.
    pub fragments: usize,
    /// The number of fragments with fewer than 100,000 rows.
    pub small_fragments: usize,
    /// The number of versions that can be read, including the current one.
    pub versions: usize,
    /// The time at which the oldest version was created.
    pub oldest_version: Option<SystemTime>,
    /// The size of the current version's files in bytes, including indexes.
    pub bytes: usize,
    /// The number of rows with a text but no vector for it, summed over all vector columns. `None` if they were not
    /// counted.
    pub missing_vectors: Option<usize>,
    /// The number of rows with the same key as an earlier row. `None` if they were not counted, or if the record has no
    /// key.
    pub duplicate_keys: Option<usize>,
    /// The state of each index.
    pub indexes: Vec<IndexHealth>,
    /// The overlap between the results of the current model and those of a new model, while the table is re-embedded with
    /// [`Reembed::shadow`](crate::Reembed::shadow).
    pub shadow: Vec<ShadowOverlap>,
    /// The status of the background maintenance in this process.
    pub maintenance: MaintenanceStatus,
    /// The recommended actions. Empty for a healthy table. Maintenance does the work of [`optimize`](Store::optimize), so
    /// optimizing is recommended only if maintenance is off or cannot do it.
    pub advice: Vec<Advice>,
}

impl<R: EmbeddingRecord> Store<R> {
    /// When awaited, examines the table's files, indexes and rows, and recommends actions.
    ///
    /// It finds damaged and missing indexes, and columns with full-text search whose tokenizer does not split most of
    /// their texts, such as `simple` for Chinese. In tables that other programs write, it finds rows without a vector and
    /// rows that share a key. With [`recall_live`](crate::Connect::recall_live), it compares the recall of live searches
    /// with the target. It reports the state of [maintenance](crate::guide::maintenance). If maintenance is
    /// off, it also finds small files, rows that an index does not cover, and old versions. If maintenance is on and
    /// has work to do, it is started.
    ///
    /// **Cost:** It reads one small file for each version of the table, the length of each index file, and up to 64 texts of
    /// each column with full-text search. It reads each index of up to 16 MiB in full, bypassing the caches. In a table of
    /// up to 64 MiB it reads the keys and vectors too. [`thorough`](CheckHealth::thorough) reads all indexes, keys and
    /// vectors, regardless of their size.
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
    /// assert_eq!(health.advice, [Advice::CreateIndexes { columns: vec!["kind".into()] }]);
    ///
    /// events.create_indexes().await?;
    /// assert!(events.health().thorough().await?.advice.is_empty());
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for an index kind that does not fit its column; `TableChanged` and `TableNotFound` when
    /// the table is no longer the one that was opened; `Engine` when the storage fails.
    pub fn health(&self) -> CheckHealth<'_, R> {
        CheckHealth { store: self, thorough: false }
    }
}

/// Examines a table when awaited. Created by [`Store::health`].
#[must_use = "nothing is examined until it is awaited"]
pub struct CheckHealth<'a, R> {
    store: &'a Store<R>,
    thorough: bool,
}

impl<R> CheckHealth<'_, R> {
    /// Reads all indexes, key columns and vector columns, regardless of their size.
    ///
    /// It holds one index at a time in memory, and up to 11.5 bytes for each key. It cannot detect a changed byte in an
    /// index if the new value is valid too, because LanceDB's files have no checksums.
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
        let traced = traced!("health", core.table_name());
        let health = async move {
            let schedule = store.current().maintenance();
            let status = schedule.status(&core.table);
            let maintenance_steps = schedule.steps(&status);
            let mut health = core.health(thorough, status.clone()).await?;
            let count = health.advice.len();
            health
                .advice
                .retain(|advice| advice.step().is_none_or(|step| !maintenance_steps.contains(&step)));
            if health.advice.len() < count {
                store.current().check_maintenance();
            }
            Ok(health)
        };
        Box::pin(traced.run(health, |health| health.rows))
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
        let level = if thorough { CheckLevel::Full } else { CheckLevel::Quick };
        let damage = self.table.damaged_indexes(level).await?;
        let declared = self.declared_index_names().await?;
        let indexes = states.iter().map(|state| {
            let column = state.column_names();
            // Searches use the first index on a vector column, and only its recall was measured.
            let first =
                states.iter().find(|other| other.columns == state.columns && other.kind == state.kind);
            let tuning = IndexTuning::of_column(&schema, &column).filter(|tuning| {
                tuning.kind.name() == state.kind.name() && first.is_some_and(|first| first.name == state.name)
            });
            let live = tuning.and_then(|tuning| live_recall(&self.live_searches, &column, tuning));
            let declared = declared.contains(&state.name);
            let damage = damage.iter().find(|damage| damage.index == state.name);
            index_health(state, column, declared, tuning, live, damage)
        });
        let indexes: Vec<IndexHealth> = indexes.collect();
        let texts: Vec<&str> = self.text_fields().map(|field| field.name).collect();
        let state = TableState {
            unbuilt: self.missing_indexes().await?,
            untokenized: self.untokenized_texts(&texts).await?,
            rows: match thorough || files.bytes <= COUNTED_BYTES {
                true => Some(RowFaults {
                    missing: self.missing_vectors().await?,
                    duplicates: self.duplicate_keys().await?,
                }),
                false => None,
            },
        };
        let advice = advice::advise(&files, &indexes, &state, SystemTime::now());
        let FileState { rows, deleted, fragments, small_fragments, versions, bytes } = files;
        Ok(Health {
            rows,
            deleted_rows: deleted,
            fragments,
            small_fragments,
            versions: versions.len(),
            oldest_version: versions.first().copied(),
            bytes,
            missing_vectors: state.rows.as_ref().map(RowFaults::missing_rows),
            duplicate_keys: state.rows.and_then(|rows| rows.duplicates).map(|duplicates| duplicates.rows),
            indexes,
            shadow: self.shadow_overlaps(),
            maintenance,
            advice,
        })
    }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, deleted_rows, fragments, small_fragments, versions, bytes, indexes, shadow, .. } =
            self;
        let state = &self.maintenance.state;
        write!(f, "{rows} rows ({deleted_rows} deleted) in {fragments} fragments ({small_fragments} small)")?;
        write!(f, ", {versions} versions, {bytes} bytes, maintenance {state}")?;
        for index in indexes {
            let IndexHealth {
                name,
                column,
                kind,
                declared,
                indexed_rows,
                unindexed_rows,
                recall,
                live,
                damage,
                ..
            } = index;
            write!(f, "\n  {column} ({kind}): {indexed_rows} rows indexed, {unindexed_rows} not")?;
            if !declared {
                write!(f, "; `{name}` is not declared by the struct")?;
            }
            if let Some(damage) = damage {
                write!(f, "; damaged: {damage}")?;
            }
            if let Some(recall) = recall {
                write!(f, "; {recall}")?;
            }
            if let Some(live) = live {
                write!(f, "; {live}")?;
            }
        }
        shadow.iter().try_for_each(|overlap| write!(f, "\n  {overlap}"))?;
        self.advice.iter().try_for_each(|advice| write!(f, "\n  to do: {advice}"))
    }
}
