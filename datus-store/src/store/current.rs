//! What a store works with right now, and whether the table is still the one that it opened.

use std::sync::{Arc, PoisonError, RwLock};

use arrow_schema::{Field, Schema, SchemaRef};
use tokio::sync::{Mutex, MutexGuard};

use super::changed::{changed, rows_changed, unwritable};
use super::core::Core;
use super::group::Group;
use super::maintenance::{Maintenance, Schedule};
use crate::backend::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::record::is_standby;

/// The core of a store and its clones. It changes when the table's model does.
pub(super) struct Current {
    /// The same table for every core.
    table: Table,
    core: RwLock<Arc<Core>>,
    /// Held while the vectors of the table are made again through this store.
    reembedding: Mutex<()>,
    /// Held while the store is opened again: of several at once the first one does it.
    reopening: Mutex<()>,
    /// The small writes that wait for the lock.
    group: Arc<Group>,
    /// The maintenance of the table.
    maintenance: Schedule,
}

impl Current {
    pub(super) fn new(core: Core, policy: Maintenance) -> Self {
        Self {
            maintenance: Schedule::new(policy, &core.table),
            table: core.table.clone(),
            group: Arc::new(Group::new(&core.table)),
            core: RwLock::new(Arc::new(core)),
            reembedding: Mutex::new(()),
            reopening: Mutex::new(()),
        }
    }

    pub(super) fn maintenance(&self) -> &Schedule {
        &self.maintenance
    }

    pub(super) fn group(&self) -> &Arc<Group> {
        &self.group
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
            let message = "the vectors of the table are being made again through this store";
            Error::new(ErrorKind::Conflict, message).with_help("wait until that is done")
        })
    }

    /// Waits until no other clone of the store opens it again.
    pub(super) async fn reopening(&self) -> MutexGuard<'_, ()> {
        self.reopening.lock().await
    }

    /// Lets the operations that begin from now on work with another core.
    pub(super) fn set(&self, core: Arc<Core>) {
        *self.core.write().unwrap_or_else(PoisonError::into_inner) = core;
    }
}

impl Core {
    /// Fails when the table is no longer what it was when it was opened, as far as the record is concerned.
    ///
    /// # Errors
    /// `TableChanged` when another program changed it; `TableNotFound` when it was dropped; `Engine` when the storage fails.
    pub(super) async fn check_models(&self) -> Result<()> {
        self.checked_schema().await.map(|_| ())
    }

    /// The table's schema as it is now.
    ///
    /// # Errors
    /// As [`check_models`](Self::check_models).
    pub(super) async fn checked_schema(&self) -> Result<SchemaRef> {
        let now = self.table.schema().await?;
        self.check_models_of(&now)?;
        unwritable(&self.record, &now).map_or(Ok(now), Err)
    }

    /// Fails when the table is no longer what it was, whatever model makes its vectors: for writes that make none.
    ///
    /// # Errors
    /// As [`check_models`](Self::check_models).
    pub(super) async fn check_rows(&self) -> Result<()> {
        let now = self.table.schema().await?;
        rows_changed(&self.record, &self.opened, &now).map_or(Ok(()), Err)
    }

    /// Fails for a schema of the table, as it is now, that is not what it was when the table was opened.
    pub(super) fn check_models_of(&self, now: &Schema) -> Result<()> {
        changed(&self.record, &self.opened, now).map_or(Ok(()), Err)
    }

    /// The standby columns of vectors that this core cannot fill. A write that changes their texts leaves null there, so that
    /// a vector is missing but never stale; `reembed` fills it in.
    ///
    /// # Errors
    /// As [`check_models`](Self::check_models).
    pub(super) async fn left_null(&self) -> Result<Vec<Field>> {
        let now = self.checked_schema().await?;
        let unknown = |field: &Field| self.record.vectors.iter().all(|vector| vector.name != field.name());
        let fields = now.fields().iter().filter(|field| is_standby(field) && unknown(field));
        Ok(fields.map(|field| Field::clone(field)).collect())
    }
}
