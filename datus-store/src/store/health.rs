//! How a table is, and what to do about it.

mod advice;

use std::fmt;
use std::time::SystemTime;

pub use self::advice::Advice;
pub(super) use self::advice::OLD;
use super::core::Core;
use super::indices::{Recall, recall};
use super::tuned::Tuned;
use super::{Store, traced};
use crate::backend::{FileState, IndexState};
use crate::error::Result;
use crate::record::EmbeddingRecord;

/// The state of a table's files and indexes: made by [`Store::health`].
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
    /// The indexes.
    pub indexes: Vec<IndexHealth>,
    /// What to do; empty for a table that is well.
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
}

impl<R: EmbeddingRecord> Store<R> {
    /// Looks at the files and indexes of the table, and says what to do about them.
    ///
    /// It reads what each version of the table says of itself, one small file a version, and no row.
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
    /// assert!(events.health().await?.advice.is_empty());
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for an index kind that does not fit its column; `Model` when the table has been embedded anew since it
    /// was opened; `Engine` when the storage fails.
    pub async fn health(&self) -> Result<Health> {
        let core = self.core();
        traced!("health", R::TABLE).run(core.health(), |health| health.rows).await
    }
}

impl Core {
    pub(super) async fn health(&self) -> Result<Health> {
        let schema = self.checked_schema().await?;
        let (files, states) = (self.table.file_state().await?, self.table.index_states().await?);
        let indexes = states.iter().map(|state| {
            let column =
                state.columns.iter().map(|column| column.trim_matches('`')).collect::<Vec<_>>().join(",");
            let tuned =
                Tuned::of_column(&schema, &column).filter(|tuned| tuned.kind.name() == state.kind.name());
            of_index(state, column, tuned)
        });
        let indexes: Vec<IndexHealth> = indexes.collect();
        let missing = self.missing_indexes().await?;
        let advice = advice::of(&files, &indexes, missing, SystemTime::now());
        let FileState { rows, deleted, fragments, small_fragments, versions, bytes } = files;
        Ok(Health {
            rows,
            deleted_rows: deleted,
            fragments,
            small_fragments,
            versions: versions.len(),
            oldest_version: versions.first().copied(),
            bytes,
            indexes,
            advice,
        })
    }
}

fn of_index(state: &IndexState, column: String, tuned: Option<Tuned>) -> IndexHealth {
    let IndexState { name, columns: _, kind, covered, uncovered, segments, bytes } = state.clone();
    let kind = kind.name().to_owned();
    IndexHealth { name, column, kind, covered, uncovered, segments, bytes, recall: tuned.map(recall) }
}

impl fmt::Display for Health {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { rows, deleted_rows, fragments, small_fragments, versions, bytes, indexes, advice, .. } =
            self;
        write!(f, "{rows} rows ({deleted_rows} deleted) in {fragments} fragments ({small_fragments} small)")?;
        write!(f, ", {versions} versions, {bytes} bytes")?;
        for IndexHealth { column, kind, covered, uncovered, recall, .. } in indexes {
            write!(f, "\n  {column} ({kind}): {covered} rows covered, {uncovered} not")?;
            if let Some(recall) = recall {
                write!(f, "; {recall}")?;
            }
        }
        advice.iter().try_for_each(|advice| write!(f, "\n  to do: {advice}"))
    }
}
