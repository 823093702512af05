//! The index of a key, as soon as it pays.

use lancedb::index::Index;

use super::error::convert;
use super::{Table, Turn};
use crate::error::Result;
use crate::index::fits;
use crate::record::IndexKind;

/// From how many rows on a key has an index. Below, to look a key up is to read a column that fits the caches: a few
/// milliseconds, as the index costs too.
pub(super) const KEY_INDEX_FROM: usize = 100_000;

impl Table {
    /// Builds an index for each column of the key that has none and can have one, when the table was large enough before
    /// `added` rows came: then keys were looked up in it. To fill a new table takes no index.
    ///
    /// It is called under the lock of the write before: nobody else builds the same index at the same time. That write is
    /// committed, so a failure is logged and not returned; the next write tries again.
    pub(crate) async fn index_key(&self, _lock: &Turn, columns: &[&str], added: usize) {
        if let Err(error) = self.build_key_index(columns, added).await {
            tracing::warn!(target: "datus_store", table = self.raw().name(), %error, "the key could not be indexed");
        }
    }

    async fn build_key_index(&self, columns: &[&str], added: usize) -> Result<()> {
        if columns.is_empty() || self.rows().await?.saturating_sub(added) < self.key_index_from() {
            return Ok(());
        }
        let schema = self.schema().await?;
        let present = self.raw().list_indices().await.map_err(convert)?;
        for &column in columns {
            let indexed = present.iter().any(|index| index.columns.iter().any(|name| name == column));
            let Ok(field) = schema.field_with_name(column) else { continue };
            if !indexed && fits(IndexKind::BTree, field.data_type()) {
                let index = Index::BTree(Default::default());
                let built = self.raw().create_index(&[column], index).execute().await;
                built.map_err(|error| convert(error).with_column(column))?;
                tracing::info!(target: "datus_store", table = self.raw().name(), column, "the key has an index now");
            }
        }
        Ok(())
    }
}
