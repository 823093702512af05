//! Reads rows by their keys, without a query plan.

use crate::backend::Request;
use crate::error::Result;
use crate::query::BatchStream;
use crate::store::core::Core;
use crate::store::snapshot::Snapshot;
use crate::store::write::group::keys_of_filter;

impl Core {
    /// Answers a query for the rows with given keys, without a query plan. Returns `None` for any other query, and if the
    /// keys of the table are not in memory.
    pub(super) async fn look_up(&self, now: &Snapshot, request: &Request) -> Result<Option<BatchStream>> {
        let Request { columns, filter: Some(filter), limit, offset: 0, order, leg: None } = request else {
            return Ok(None);
        };
        if *limit == Some(0) || !order.is_empty() {
            return Ok(None);
        }
        // For values that do not fit the key, the engine reports the error.
        let Ok(Some(keys)) = keys_of_filter(self, filter) else { return Ok(None) };
        let Some(at) = now.table.seen_version().await? else { return Ok(None) };
        let Some(mut addresses) = self.locate_in_memory(&at, &keys).await? else { return Ok(None) };
        addresses.truncate(limit.unwrap_or(usize::MAX));
        now.table.look_up(&at, &addresses, columns).await.map(Some)
    }
}
