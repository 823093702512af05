//! Holds the current core of a store, and checks that the table is still the one that the store opened.

use std::future::Future;
use std::sync::{Arc, PoisonError, RwLock};

use arrow_schema::{Field, Schema, SchemaRef};
use tokio::sync::{Mutex, MutexGuard};

use super::changed::{change_error, row_change_error, unwritable_error};
use super::core::Core;
use super::maintain::maintenance::{Maintenance, Schedule};
use super::trace::catch_panic;
use super::write::group::Group;
use crate::backend::Table;
use crate::error::{Error, ErrorKind, Result};
use crate::record::is_standby;

/// The state that a store shares with its clones. Its core is replaced when the model of the table changes.
pub(super) struct Current {
    /// The table, which is the same for every core.
    table: Table,
    core: RwLock<Arc<Core>>,
    /// Held while this store re-embeds the table.
    reembedding: Mutex<()>,
    /// Held while the store is being reopened, so that only the first of several concurrent calls opens the table.
    reopening: Mutex<()>,
    /// The small writes that wait for the write lock.
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

    /// Returns the group for a write. A write that commits `alone` gets its own group.
    pub(super) fn write_group(&self, alone: bool) -> Arc<Group> {
        if alone { Arc::new(Group::new(&self.table)) } else { Arc::clone(&self.group) }
    }

    pub(super) fn table(&self) -> &Table {
        &self.table
    }

    pub(super) fn core(&self) -> Arc<Core> {
        Arc::clone(&self.core.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Locks the model of the table, so that only one operation changes it at a time.
    ///
    /// # Errors
    /// `Conflict` when another operation holds the lock.
    pub(super) fn lock_model(&self) -> Result<MutexGuard<'_, ()>> {
        self.reembedding.try_lock().map_err(|_| {
            let message = "this store is already re-embedding the table";
            Error::new(ErrorKind::Conflict, message).with_help("try again after it has finished")
        })
    }

    /// Takes the lock for reopening the store, after waiting for any clone that is reopening it.
    pub(super) async fn lock_reopen(&self) -> MutexGuard<'_, ()> {
        self.reopening.lock().await
    }

    /// Replaces the core. Operations that are in progress keep the previous one.
    pub(super) fn set(&self, core: Arc<Core>) {
        *self.core.write().unwrap_or_else(PoisonError::into_inner) = core;
    }

    /// Runs a write. If it succeeds, requests maintenance of the table.
    pub(super) async fn run_write<T>(
        self: Arc<Self>,
        write: impl Future<Output = Result<T>> + Send,
    ) -> Result<T> {
        match write.await {
            Ok(done) => {
                self.maintain();
                Ok(done)
            }
            Err(error) => Err(self.with_cause(error).await),
        }
    }

    /// Requests maintenance of the table, if maintenance is on.
    pub(super) fn maintain(&self) {
        self.maintenance().request(self.table());
    }

    /// Requests maintenance of the table, unless maintenance is already running or waiting for the table to become idle.
    pub(super) fn check_maintenance(&self) {
        self.maintenance().request_if_stopped(self.table());
    }

    /// Returns the error from a write, or the `TableNotFound` or `TableChanged` error that caused it.
    async fn with_cause(&self, error: Error) -> Error {
        let kinds = [ErrorKind::Engine, ErrorKind::Expired, ErrorKind::Conflict];
        if !kinds.contains(&error.kind()) {
            return error;
        }
        match catch_panic(async { self.core().check_models().await }).await {
            Err(cause) if [ErrorKind::TableChanged, ErrorKind::TableNotFound].contains(&cause.kind()) => {
                cause.in_place_of(error)
            }
            _ => error,
        }
    }
}

impl Core {
    /// Fails if the table has changed since it was opened, in a way that affects the record.
    ///
    /// # Errors
    /// `TableChanged` when another program changed it; `TableNotFound` when it was dropped; `Engine` when the storage
    /// fails.
    pub(super) async fn check_models(&self) -> Result<()> {
        self.checked_schema().await.map(|_| ())
    }

    /// Checks the table as [`check_models`](Self::check_models) does, and returns its current schema.
    ///
    /// # Errors
    /// Fails with the same errors as [`check_models`](Self::check_models).
    pub(super) async fn checked_schema(&self) -> Result<SchemaRef> {
        let now = self.table.schema().await?;
        self.check_models_of(&now)?;
        unwritable_error(&self.record, &now).map_or(Ok(now), Err)
    }

    /// Fails if the table has changed since it was opened. Ignores changes to vectors, because it is for writes that do not
    /// compute vectors.
    ///
    /// # Errors
    /// Fails with the same errors as [`check_models`](Self::check_models).
    pub(super) async fn check_rows(&self) -> Result<()> {
        let now = self.table.schema().await?;
        row_change_error(&self.record, &self.opened, &now).map_or(Ok(()), Err)
    }

    /// Fails if the current schema of the table differs from the schema at opening in a way that affects the record.
    pub(super) fn check_models_of(&self, now: &Schema) -> Result<()> {
        change_error(&self.record, self.vector_names(), &self.opened, now).map_or(Ok(()), Err)
    }

    /// Returns the standby vector columns that this core cannot fill. A write that changes their texts sets them to
    /// null, so that a vector can be missing but never stale. `reembed` fills them in.
    ///
    /// # Errors
    /// Fails with the same errors as [`check_models`](Self::check_models).
    pub(super) async fn unfillable_standby_columns(&self) -> Result<Vec<Field>> {
        let now = self.checked_schema().await?;
        let unfillable = |field: &Field| self.vector_names().all(|vector| vector != field.name());
        let fields = now.fields().iter().filter(|field| is_standby(field) && unfillable(field));
        Ok(fields.map(|field| Field::clone(field)).collect())
    }
}
