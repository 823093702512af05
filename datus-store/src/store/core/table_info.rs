//! The information about one version of a table, and a cache of it.

use std::collections::{BTreeSet, HashMap};
use std::sync::{Arc, Mutex, PoisonError};

use arrow_schema::SchemaRef;

use crate::backend::{TextIndex, UnindexedRows};
use crate::query::Revision;

/// The information about one version. It is read once, and is not read again until there is a newer version.
pub(in crate::store) struct TableInfo {
    pub(in crate::store) revision: Revision,
    pub(in crate::store) schema: SchemaRef,
    /// The full-text indexes by column. They are read on first use.
    pub(in crate::store) text_indexes: Mutex<Option<Arc<HashMap<String, TextIndex>>>>,
    /// The rows that the full-text indexes of some columns do not cover. They are read on first use.
    pub(in crate::store) unindexed:
        tokio::sync::Mutex<HashMap<BTreeSet<&'static str>, Option<Arc<UnindexedRows>>>>,
}

/// A cache of the information about the newest version that was searched.
#[derive(Default)]
pub(in crate::store) struct TableInfoCache(Mutex<Option<Arc<TableInfo>>>);

impl TableInfoCache {
    pub(in crate::store) fn get(&self, revision: Revision) -> Option<Arc<TableInfo>> {
        let info = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        info.as_ref().filter(|info| info.revision == revision).cloned()
    }

    pub(in crate::store) fn set(&self, info: Arc<TableInfo>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(info);
    }
}
