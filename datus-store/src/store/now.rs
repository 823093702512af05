//! The version of the table that a read uses, after the check that it is still the table that the store opened.

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
    /// The information about this version.
    pub(super) known: Arc<Known>,
}

/// The information about one version. It is read once, and is not read again until there is a newer version.
pub(super) struct Known {
    revision: Revision,
    pub(super) schema: SchemaRef,
    /// The full text indexes by column. They are read on first use.
    text_indexes: Mutex<Option<Arc<HashMap<String, TextIndex>>>>,
    /// The rows that the full text indexes of some columns do not cover. They are read on first use.
    uncovered: tokio::sync::Mutex<HashMap<BTreeSet<&'static str>, Option<Arc<Uncovered>>>>,
}

/// A cache of the information about the newest version that was searched.
#[derive(Default)]
pub(super) struct LastKnown(Mutex<Option<Arc<Known>>>);

impl Core {
    /// Returns the newest version of the table, after the check that it is still the table that the store opened.
    /// Each version is compared once. `vectors` includes the vectors in the check. Rows can be read regardless of the
    /// model of their vectors.
    ///
    /// # Errors
    /// `TableChanged` when another program changed the table; `TableNotFound` when it was dropped; `Engine` when the
    /// storage fails.
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
    /// Returns the full text indexes by column.
    pub(super) async fn text_indexes(&self) -> Result<Arc<HashMap<String, TextIndex>>> {
        let cache = || self.known.text_indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(columns) = &*cache() {
            return Ok(Arc::clone(columns));
        }
        let columns = Arc::new(self.table.text_indexes().await?);
        *cache() = Some(Arc::clone(&columns));
        Ok(columns)
    }

    /// Returns the full text indexes of the columns.
    pub(super) async fn text_indexes_of(
        &self,
        columns: &BTreeSet<&'static str>,
    ) -> Result<HashMap<String, TextIndex>> {
        let indexes = self.text_indexes().await?;
        let of = |column: &&'static str| Some(((*column).to_owned(), indexes.get(*column)?.clone()));
        Ok(columns.iter().filter_map(of).collect())
    }

    /// Returns the rows that the full text indexes of the columns do not cover, or `None` if the indexes cover all
    /// rows. The rows are indexed in memory once for each version of the table.
    pub(super) async fn uncovered(&self, columns: BTreeSet<&'static str>) -> Result<Option<Arc<Uncovered>>> {
        let indexes = self.text_indexes_of(&columns).await?;
        if indexes.values().all(|index| index.newer == 0) {
            return Ok(None);
        }
        let mut cache = self.known.uncovered.lock().await;
        if let Some(uncovered) = cache.get(&columns) {
            return Ok(uncovered.clone());
        }
        let uncovered = self.table.uncovered(&indexes).await?.map(Arc::new);
        cache.insert(columns, uncovered.clone());
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
