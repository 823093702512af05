//! Makes a store write old and new vectors while its table is being re-embedded.

use std::sync::Arc;

use arrow_schema::SchemaRef;

use super::change::VectorChange;
use crate::error::Result;
use crate::model::EmbeddingModel;
use crate::store::core::{Core, Shadow, StandbyVector};
use crate::store::current::Current;

/// Makes a store write both the vector column and its standby column. If this is dropped before [`finish`](Self::finish),
/// the store is restored.
pub(super) struct DualWrite<'a> {
    current: &'a Current,
    before: Arc<Core>,
    finished: bool,
}

impl<'a> DualWrite<'a> {
    /// Starts writing to both columns. `opened` is the schema of the table with the standby columns. With `shadow`, some
    /// searches are repeated in the standby columns.
    pub(super) fn begin(
        current: &'a Current,
        changes: &[VectorChange],
        models: &[Arc<dyn EmbeddingModel>],
        opened: SchemaRef,
        shadow: Option<Arc<Shadow>>,
    ) -> Result<Self> {
        let before = current.core();
        let standby = changes.iter().map(|change| StandbyVector {
            vector: change.vector,
            name: change.standby,
            field: change.field.clone(),
        });
        let both = before.with_standby(standby.collect(), models, opened)?;
        current.set(Arc::new(both.with_shadow(shadow)));
        Ok(Self { current, before, finished: false })
    }

    /// Switches the store to the new model.
    pub(super) fn finish(mut self, core: Core) {
        self.finished = true;
        self.current.set(Arc::new(core));
    }
}

impl Drop for DualWrite<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.current.set(Arc::clone(&self.before));
        }
    }
}
