//! The table at the moment of a read: one version of it, which is still what the store opened.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::SchemaRef;

use super::changed::{rows_changed, vectors_changed};
use super::core::Core;
use crate::backend::Table;
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
    /// The columns with a full text index, and how many rows are newer than it; read when they are first asked for.
    text_indexes: Mutex<Option<Arc<HashMap<String, u64>>>>,
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
                let known = Arc::new(Known { revision, schema, text_indexes: Mutex::new(None) });
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
    /// The columns with a full text index, and how many rows are newer than it.
    pub(super) async fn text_indexes(&self) -> Result<Arc<HashMap<String, u64>>> {
        let kept = || self.known.text_indexes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(columns) = &*kept() {
            return Ok(Arc::clone(columns));
        }
        let columns = Arc::new(self.table.text_indexes().await?);
        *kept() = Some(Arc::clone(&columns));
        Ok(columns)
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
