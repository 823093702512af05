//! The table at the moment of a read: one version of it, which is still what the store opened.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::SchemaRef;

use super::changed::{rows_changed, vectors_changed};
use super::core::Core;
use crate::backend::{Table, TextIndex, Uncovered};
use crate::error::Result;
use crate::query::Revision;

/// One version of the table, which no commit changes.
pub(super) struct Now {
    pub(super) table: Table,
    /// What the table says of itself in this version.
    pub(super) known: Arc<Known>,
}

/// What was read of a version once, and is not read again until there is a newer one.
pub(super) struct Known {
    revision: Revision,
    pub(super) schema: SchemaRef,
    /// The full text indexes by their columns; read when they are first asked for.
    text_indexes: Mutex<Option<Arc<HashMap<String, TextIndex>>>>,
    /// The rows that the full text indexes of some columns do not cover; read when they are first asked for.
    uncovered: tokio::sync::Mutex<HashMap<BTreeSet<&'static str>, Option<Arc<Uncovered>>>>,
}

/// What is known of the newest version that was searched.
#[derive(Default)]
pub(super) struct LastKnown(Mutex<Option<Arc<Known>>>);

impl Core {
    /// The table as it is now, in a version that is still what the store opened. Each version is compared once. `vectors`:
    /// the vectors count too; rows can be read whatever model made theirs.
    ///
    /// # Errors
    /// `TableChanged` when another program changed the table; `TableNotFound` when it was dropped; `Engine` when the storage
    /// fails.
    pub(super) async fn now(&self, vectors: bool) -> Result<Now> {
        let table = self.table.current().await?;
        let revision = table.revision().await?;
        let known = match self.known.of(revision) {
            Some(known) => known,
            None => {
                let schema = table.schema().await?;
                if let Some(error) = rows_changed(&self.record, &self.opened, &schema) {
                    return Err(error);
                }
                let known = Arc::new(Known {
                    revision,
                    schema,
                    text_indexes: Mutex::new(None),
                    uncovered: Default::default(),
                });
                self.known.set(Arc::clone(&known));
                known
            }
        };
        if vectors && let Some(error) = vectors_changed(&self.record, &self.opened, &known.schema) {
            return Err(error);
        }
        Ok(Now { table, known })
    }
}

impl Now {
    /// The full text indexes by their columns.
    pub(super) async fn text_indexes(&self) -> Result<Arc<HashMap<String, TextIndex>>> {
        let kept = || self.known.text_indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(columns) = &*kept() {
            return Ok(Arc::clone(columns));
        }
        let columns = Arc::new(self.table.text_indexes().await?);
        *kept() = Some(Arc::clone(&columns));
        Ok(columns)
    }

    /// The full text indexes of the columns.
    pub(super) async fn text_indexes_of(
        &self,
        columns: &BTreeSet<&'static str>,
    ) -> Result<HashMap<String, TextIndex>> {
        let indexes = self.text_indexes().await?;
        let of = |column: &&'static str| Some(((*column).to_owned(), indexes.get(*column)?.clone()));
        Ok(columns.iter().filter_map(of).collect())
    }

    /// The rows that the full text indexes of the columns do not cover; `None` where there are none. They are indexed in memory
    /// once for a version of the table.
    pub(super) async fn uncovered(&self, columns: BTreeSet<&'static str>) -> Result<Option<Arc<Uncovered>>> {
        let indexes = self.text_indexes_of(&columns).await?;
        if indexes.values().all(|index| index.newer == 0) {
            return Ok(None);
        }
        let mut kept = self.known.uncovered.lock().await;
        if let Some(uncovered) = kept.get(&columns) {
            return Ok(uncovered.clone());
        }
        let uncovered = self.table.uncovered(&indexes).await?.map(Arc::new);
        kept.insert(columns, uncovered.clone());
        Ok(uncovered)
    }
}

impl LastKnown {
    fn of(&self, revision: Revision) -> Option<Arc<Known>> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        known.as_ref().filter(|known| known.revision == revision).cloned()
    }

    fn set(&self, known: Arc<Known>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(known);
    }
}
