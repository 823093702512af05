//! The index on a key, which is built when the table is large enough.

use lancedb::index::Index;

use super::error::convert;
use super::{Table, TableLock};
use crate::error::Result;
use crate::index::supports_index;
use crate::record::IndexKind;

/// The minimum number of rows at which a key gets an index. In a smaller table, a lookup scans a column that fits in the
/// caches. That takes a few milliseconds, the same as a lookup in an index.
pub(super) const KEY_INDEX_FROM: usize = 100_000;

impl Table {
    /// Builds a missing index for each column of the key that supports an index, if the table was large enough before
    /// `added` rows were added. Otherwise, the write did not look up keys in a large table, so filling a new table does not
    /// build an index.
    ///
    /// The caller holds the write lock, so no other task builds the same index at the same time. The write is already
    /// committed, so a failure is logged and not returned; the next write tries again.
    pub(crate) async fn index_key(&self, _lock: &TableLock, columns: &[&str], added: usize) {
        if let Err(error) = self.build_key_index(columns, added).await {
            tracing::warn!(target: "datus_store", table = self.raw().name(), %error, "the key's index could not be built");
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
            if !indexed && supports_index(IndexKind::BTree, field.data_type()) {
                let index = Index::BTree(Default::default());
                let built = self.raw().create_index(&[column], index).execute().await;
                built.map_err(|error| convert(error).with_column(column))?;
                tracing::info!(target: "datus_store", table = self.raw().name(), column, "built an index for the key");
            }
        }
        Ok(())
    }
}
