//! The store while its table is embedded again.

use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use super::change::Change;
use crate::model::EmbeddingModel;
use crate::record::VectorDef;
use crate::store::core::Core;
use crate::store::current::Current;
use crate::store::group::SharedCalls;
use crate::store::key_cache::KeyCache;
use crate::store::now::LastKnown;

/// Makes a store write both the vector column and its standby column. If this is dropped before [`finish`](Self::finish), the
/// store is restored.
pub(super) struct Serving<'a> {
    current: &'a Current,
    before: Arc<Core>,
    finished: bool,
}

impl<'a> Serving<'a> {
    /// Starts the writes to both columns. `opened` is the schema of the table with the standby columns.
    pub(super) fn begin(
        current: &'a Current,
        changes: &[Change],
        models: &[Arc<dyn EmbeddingModel>],
        opened: SchemaRef,
    ) -> Self {
        let before = current.core();
        current.set(Arc::new(with_standby(&before, changes, models, opened)));
        Self { current, before, finished: false }
    }

    /// Switches the store to the new model.
    pub(super) fn finish(mut self, core: Core) {
        self.finished = true;
        self.current.set(Arc::new(core));
    }
}

impl Drop for Serving<'_> {
    fn drop(&mut self) {
        if !self.finished {
            self.current.set(Arc::clone(&self.before));
        }
    }
}

/// Returns a core that reads as before, and also writes the standby columns as if they were additional vectors of the record.
fn with_standby(
    before: &Core,
    changes: &[Change],
    models: &[Arc<dyn EmbeddingModel>],
    opened: SchemaRef,
) -> Core {
    let mut record = before.record.clone();
    let mut numbers = before.numbers.clone();
    let mut fields: Vec<Field> = before.schema.fields().iter().map(|field| Field::clone(field)).collect();
    for change in changes {
        let Some(definition) = before.record.vectors.get(change.vector).cloned() else { continue };
        let model = definition.model + before.models.len();
        record.vectors.push(VectorDef { name: change.standby, model, ..definition });
        numbers.push(change.vector);
        fields.push(change.field.clone());
    }
    let models: Vec<Arc<dyn EmbeddingModel>> = before.models.iter().chain(models).cloned().collect();
    Core {
        record,
        numbers,
        schema: Arc::new(Schema::new_with_metadata(fields, before.schema.metadata().clone())),
        opened,
        table: before.table.clone(),
        keys_in_memory: KeyCache::default(),
        shared_calls: models.iter().map(SharedCalls::new).collect(),
        models,
        columns: before.columns.clone(),
        missing: before.missing.clone(),
        vector_columns: before.vector_columns.clone(),
        vector_models: before.vector_models.clone(),
        known: LastKnown::default(),
    }
}
