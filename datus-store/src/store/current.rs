//! What a store works with right now, and whether the table's vectors are still the ones it knows.

use std::sync::{Arc, PoisonError, RwLock};

use arrow_schema::{DataType, Field, Schema, SchemaRef};
use tokio::sync::{Mutex, MutexGuard};

use super::Maintenance;
use super::core::Core;
use crate::backend::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::model::ModelIdentity;
use crate::record::{is_standby, keys};

/// The core of a store and its clones. It changes when the table's model does.
pub(super) struct Current {
    /// The same table for every core.
    table: Table,
    core: RwLock<Arc<Core>>,
    /// Held while the table is embedded anew through this store.
    reembedding: Mutex<()>,
    /// When the table is mended after writes.
    maintenance: RwLock<Option<Maintenance>>,
}

impl Current {
    pub(super) fn new(core: Core) -> Self {
        Self {
            table: core.table.clone(),
            core: RwLock::new(Arc::new(core)),
            reembedding: Mutex::new(()),
            maintenance: RwLock::default(),
        }
    }

    pub(super) fn maintain(&self, policy: Maintenance) {
        *self.maintenance.write().unwrap_or_else(PoisonError::into_inner) = Some(policy);
    }

    pub(super) fn policy(&self) -> Option<Maintenance> {
        self.maintenance.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    pub(super) fn core(&self) -> Arc<Core> {
        Arc::clone(&self.core.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Keeps two from changing the model at once.
    pub(super) fn alone(&self) -> Result<MutexGuard<'_, ()>> {
        self.reembedding.try_lock().map_err(|_| {
            let message = "the table is being embedded anew through this store: wait until that is done";
            Error::new(ErrorKind::Conflict, message)
        })
    }

    /// Lets the operations that begin from now on work with another core.
    pub(super) fn set(&self, core: Arc<Core>) {
        *self.core.write().unwrap_or_else(PoisonError::into_inner) = core;
    }
}

/// What decides how the vectors of a column are made, and measured: the column's type and its marks.
type Making<'a> = (&'a DataType, Vec<Option<&'a String>>);

fn making(field: &Field) -> Making<'_> {
    const MARKS: [&str; 10] = [
        keys::VECTOR_OF,
        keys::TEMPLATE,
        keys::METRIC,
        keys::MODEL_ID,
        keys::MODEL_REVISION,
        keys::MODEL_DIMENSION,
        keys::MODEL_NORMALIZED,
        keys::MODEL_DOCUMENT_PREFIX,
        keys::MODEL_QUERY_PREFIX,
        keys::PROBE,
    ];
    (field.data_type(), MARKS.iter().map(|&mark| field.metadata().get(mark)).collect())
}

impl Core {
    /// Fails when the table's vectors are made in another way than when it was opened: another model has taken their
    /// place meanwhile.
    pub(super) async fn check_models(&self) -> Result<()> {
        if self.record.vectors.is_empty() {
            return Ok(());
        }
        self.checked_schema().await.map(|_| ())
    }

    /// The table's schema as it is now.
    ///
    /// # Errors
    /// As [`check_models`](Self::check_models).
    pub(super) async fn checked_schema(&self) -> Result<SchemaRef> {
        let now = self.table.schema().await?;
        self.check_models_of(&now)?;
        Ok(now)
    }

    pub(super) fn check_models_of(&self, now: &Schema) -> Result<()> {
        for vector in &self.record.vectors {
            let (Ok(opened), Ok(field)) =
                (self.opened.field_with_name(vector.name), now.field_with_name(vector.name))
            else {
                continue;
            };
            if making(opened) == making(field) {
                continue;
            }
            let made_by = match ModelIdentity::from_metadata(field.metadata()) {
                Some(model) => format!("are made by model {model}"),
                None => "are made in another way".to_owned(),
            };
            let message = format!(
                "since the table was opened it has been embedded anew, and its vectors {made_by}: open it again, with \
                 that model"
            );
            return Err(Error::new(ErrorKind::Model, message).with_column(vector.name));
        }
        Ok(())
    }

    /// The columns that stand by for vectors and that this core cannot fill. Whoever changes a text that they are made
    /// from leaves null there, so that a vector is missing but never stale; `reembed` fills it in.
    ///
    /// # Errors
    /// As [`check_models`](Self::check_models).
    pub(super) async fn left_null(&self) -> Result<Vec<Field>> {
        if self.record.vectors.is_empty() {
            return Ok(Vec::new());
        }
        let now = self.table.schema().await?;
        self.check_models_of(&now)?;
        let unknown = |field: &Field| self.record.vectors.iter().all(|vector| vector.name != field.name());
        let fields = now.fields().iter().filter(|field| is_standby(field) && unknown(field));
        Ok(fields.map(|field| Field::clone(field)).collect())
    }
}
