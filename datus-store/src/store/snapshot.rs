//! The version of the table that a read uses, after a check that the table is still the one that the store opened.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use super::changed::{row_change_error, vector_change_error};
use super::core::{Core, TableInfo};
use crate::backend::{Table, TextIndex, UnindexedRows};
use crate::error::{Error, ErrorKind, Result};

/// One version of the table, which no commit changes.
pub(super) struct Snapshot {
    pub(super) table: Table,
    /// The information about this version.
    pub(super) info: Arc<TableInfo>,
}

impl Core {
    /// Returns the newest version of the table, after a check that the table is still the one that the store opened. Each
    /// version is checked once. If `vectors` is `true`, the vectors are checked too. Rows can be read regardless of the
    /// model of their vectors.
    ///
    /// # Errors
    /// `TableChanged` when another program changed the table; `TableNotFound` when it was dropped; `Engine` when the
    /// storage fails.
    pub(super) async fn snapshot(&self, vectors: bool) -> Result<Snapshot> {
        let table = self.table.current().await?;
        let revision = table.revision().await?;
        let info = match self.info_cache.get(revision) {
            Some(info) => info,
            None => {
                let schema = table.schema().await?;
                if let Some(error) = row_change_error(&self.record, &self.opened, &schema) {
                    return Err(error);
                }
                let info = Arc::new(TableInfo {
                    revision,
                    schema,
                    text_indexes: Mutex::new(None),
                    unindexed: Default::default(),
                });
                self.info_cache.set(Arc::clone(&info));
                info
            }
        };
        if vectors && let Some(error) = vector_change_error(self.vector_names(), &self.opened, &info.schema) {
            return Err(match self.version {
                Some(version) => other_vectors(version, error),
                None => error,
            });
        }
        Ok(Snapshot { table, info })
    }
}

/// Returns the error for an older version whose vectors are not those of the store.
fn other_vectors(version: u64, source: Error) -> Error {
    let message =
        format!("the vectors of version {version} come from a different model or from different texts");
    Error::new(ErrorKind::SchemaMismatch, message)
        .with_help(
            "read its rows without vectors, or open the table with the model and struct of that version",
        )
        .with_source(source)
}

impl Snapshot {
    /// Returns the full-text indexes by column.
    pub(super) async fn text_indexes(&self) -> Result<Arc<HashMap<String, TextIndex>>> {
        let cache = || self.info.text_indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(columns) = &*cache() {
            return Ok(Arc::clone(columns));
        }
        let columns = Arc::new(self.table.text_indexes().await?);
        *cache() = Some(Arc::clone(&columns));
        Ok(columns)
    }

    /// Returns the full-text indexes of the columns.
    pub(super) async fn text_indexes_of(
        &self,
        columns: &BTreeSet<&'static str>,
    ) -> Result<HashMap<String, TextIndex>> {
        let indexes = self.text_indexes().await?;
        let of = |column: &&'static str| Some(((*column).to_owned(), indexes.get(*column)?.clone()));
        Ok(columns.iter().filter_map(of).collect())
    }

    /// Returns the rows that the full-text indexes of the columns do not cover, or `None` if the indexes cover all
    /// rows. The rows are indexed in memory once for each version of the table.
    pub(super) async fn unindexed_rows(
        &self,
        columns: BTreeSet<&'static str>,
    ) -> Result<Option<Arc<UnindexedRows>>> {
        let indexes = self.text_indexes_of(&columns).await?;
        if indexes.values().all(|index| index.unindexed_rows == 0) {
            return Ok(None);
        }
        let mut cache = self.info.unindexed.lock().await;
        if let Some(unindexed) = cache.get(&columns) {
            return Ok(unindexed.clone());
        }
        let unindexed = self.table.unindexed_rows(&indexes).await?.map(Arc::new);
        cache.insert(columns, unindexed.clone());
        Ok(unindexed)
    }
}
