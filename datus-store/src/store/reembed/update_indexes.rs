//! Adds rewritten rows to the indexes of a table.

use super::change::VectorChange;
use super::run::Run;
use crate::backend::IndexState;
use crate::error::Result;

impl Run<'_, '_> {
    /// Adds rows to the indexes that do not cover them, except the indexes of the changing vectors. Each index is updated
    /// separately. A failure is logged, and `health` reports the index: a failure must not prevent the use of the new
    /// vectors.
    pub(super) async fn update_indexes(&self, changes: &[VectorChange]) -> Result<()> {
        let is_behind = |state: &IndexState| {
            let changing = |change: &VectorChange| state.is_of(change.name) || state.is_of(change.standby);
            state.unindexed_rows > 0 && !changes.iter().any(changing)
        };
        if !self.table.index_states().await?.iter().any(is_behind) {
            return Ok(());
        }
        let lock = self.table.maintenance_lock().await?;
        for state in self.table.index_states().await?.into_iter().filter(is_behind) {
            let (table, index) = (&*self.record.table, state.name.clone());
            if let Err(error) = self.table.update_indexes(&lock, vec![state.name]).await {
                tracing::error!(target: "datus_store", table, index, %error, "rows could not be added to an index");
            }
        }
        Ok(())
    }
}
