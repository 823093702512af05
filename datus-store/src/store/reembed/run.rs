use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use super::change::{VectorChange, changes, in_place, others};
use super::dual_write::DualWrite;
use super::fill::Fill;
use super::gate;
use super::pause::Pause;
use crate::backend::{Table, TableLock};
use crate::error::Result;
use crate::model::{EmbeddingModel, ModelIdentity};
use crate::record::RecordDef;
use crate::store::core::{Core, Shadow};
use crate::store::current::Current;
use crate::store::gate::Gate;
use crate::store::open::probes::with_probes;
use crate::store::python::{EMBEDDING_FUNCTIONS, functions, without_functions};
use crate::store::target::{check_dimension, check_positions, check_private};
use crate::store::write::ingest::{Meter, TextsOf};

/// The number of passes without the write lock, before the pass that holds it. Writers may add rows without vectors during
/// each of these passes.
const FREE_ROUNDS: usize = 3;

/// The result of [`Store::reembed`](crate::Store::reembed).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Reembedded {
    /// The number of rows that received a vector in this run, not counting the rows of earlier runs that were interrupted.
    pub rows: usize,
    /// The number of texts embedded.
    pub embedded: usize,
    /// The first version in which searches use the new vectors, or `None` if the table already had them.
    pub version: Option<u64>,
}

/// The caller's settings.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// The number of rows per step.
    pub(super) batch_size: usize,
    /// `true` to drop standby columns with the vectors of a third model first.
    pub(super) discard: bool,
    /// The fraction of the searches that are repeated in the standby columns.
    pub(super) shadow: Option<f64>,
}

/// One run. It resumes an interrupted run of the same change.
pub(super) struct Run<'a, 'm> {
    pub(super) record: RecordDef,
    /// The models that compute the new vectors.
    pub(super) models: Vec<Arc<dyn EmbeddingModel>>,
    pub(super) table: Table,
    /// The store that stays in use during the run; `None` after `Database::reembed`.
    pub(super) current: Option<&'a Current>,
    pub(super) texts: TextsOf,
    pub(super) settings: Settings,
    pub(super) meter: &'a Meter<'m>,
}

impl Run<'_, '_> {
    /// Embeds the missing vectors, pauses, and swaps the columns if the new vectors meet the condition.
    pub(super) async fn finish(
        self,
        mut condition: Option<Gate<'_>>,
        mut pause: Option<Pause>,
    ) -> Result<Reembedded> {
        let _guard = self.current.map(Current::lock_model).transpose()?;
        let target = self.target_schema().await?;
        // If several programs do this concurrently, one of them embeds. The others wait, and then find the new vectors.
        let _reembedding = self.table.reembed_lock().await?;
        let lock = self.table.write_lock().await?;
        if self.settings.discard {
            let others = others(&self.record, &target, &*self.table.schema().await?);
            if !others.is_empty() {
                self.table.drop_columns(&others).await?;
            }
        }
        let changes = changes(&self.record, &target, &*self.table.schema().await?)?;
        if changes.is_empty() {
            drop(lock);
            return self.fill_in().await;
        }
        self.add_columns(&changes).await?;
        let opened = self.table.schema().await?;
        let before = self.current.map(Current::core);
        let shadow = self.settings.shadow.map(|fraction| Arc::new(Shadow::new(fraction)));
        let begin =
            |current| DualWrite::begin(current, &changes, &self.models, Arc::clone(&opened), shadow.clone());
        let dual_write = self.current.map(begin).transpose()?;
        drop(lock);

        let core = self.core(opened)?;
        let mut fill = Fill::new(&core, &changes, self.texts, self.settings.batch_size, self.meter);
        fill.pass().await?;
        // The steps rewrote the rows. Without this update, searches would at first use indexes that cover no rows.
        self.update_indexes(&changes).await?;
        let mut rounds = 0;
        let version = loop {
            // Writers without the new model may have added rows without vectors. While this run holds the write lock, they
            // cannot. A writer that ignores the lock makes the commit of the swap fail, since that commit must directly
            // follow the version that was checked.
            let lock = Arc::new(self.table.write_lock().await?);
            fill.check_under_way().await?;
            if rounds >= FREE_ROUNDS {
                // Writers are faster than the model, so they wait until the remaining rows are filled in.
                fill.pass_holding(&lock).await?;
            }
            if pause.is_some()
                && fill.is_complete().await?
                && let Some(pause) = pause.take()
            {
                drop(lock);
                if let Some(shadow) = &shadow {
                    shadow.set_complete();
                }
                pause.wait().await;
                // Writers without the new model may have added rows in the meantime.
                fill.pass().await?;
                continue;
            }
            // If the condition is not met, the table keeps its model, and the metadata for Python stays valid.
            if condition.is_none() || before.is_none() {
                self.forget_functions(&changes).await?;
            }
            let read = self.table.version().await?;
            let is_complete = fill.is_complete().await?;
            if is_complete && let (Some(mut condition), Some(before)) = (condition.take(), &before) {
                // Searches take time, so they run without the lock. Rows that are written meanwhile are filled in below.
                let version = self.table.current().await?;
                drop(lock);
                gate::check(&mut condition, &version, before, &core, &changes).await?;
                fill.pass().await?;
                continue;
            }
            if is_complete && let Some(version) = self.swap_names(&lock, read, &changes).await? {
                break version;
            }
            drop(lock);
            rounds += 1;
            if rounds < FREE_ROUNDS {
                fill.pass().await?;
            }
        };
        let (rows, embedded) = (fill.rows, fill.texts);
        self.meter.committed(version);
        if let Some(dual_write) = dual_write {
            dual_write.finish(self.core(self.table.schema().await?)?);
        }
        // The new vectors are in use, so a failure in the remaining work is only logged.
        let table = &*self.record.table;
        if let Err(error) = self.update_indexes(&changes).await {
            tracing::error!(target: "datus_store", table, %error, "rows could not be added to the indexes");
        }
        if let Err(error) = self.record_functions().await {
            tracing::error!(target: "datus_store", table, %error, "the model could not be recorded for Python");
        }
        Ok(Reembedded { rows, embedded, version: Some(version) })
    }

    /// Fills in missing vectors of rows that another program wrote, in a table that already has these models.
    async fn fill_in(&self) -> Result<Reembedded> {
        let stored = self.table.schema().await?;
        let changes = in_place(&self.record, &stored);
        let core = self.core(stored)?;
        let mut fill = Fill::new(&core, &changes, self.texts, self.settings.batch_size, self.meter);
        fill.pass().await?;
        if fill.rows == 0 {
            return Ok(Reembedded::default());
        }
        self.update_indexes(&[]).await?;
        Ok(Reembedded { rows: fill.rows, embedded: fill.texts, version: Some(self.table.version().await?) })
    }

    /// Returns the target schema of the table, with the probe vectors of the models.
    async fn target_schema(&self) -> Result<SchemaRef> {
        let identities: Vec<ModelIdentity> =
            self.models.iter().map(|model| model.identity().clone()).collect();
        identities.iter().try_for_each(check_dimension)?;
        check_positions(&self.record, &self.models)?;
        check_private(&self.record, &self.models)?;
        with_probes(&self.record.arrow_schema(&identities), &self.record, &self.models).await
    }

    async fn add_columns(&self, changes: &[VectorChange]) -> Result<()> {
        let new = changes.iter().filter(|change| !change.has_standby);
        let fields: Vec<Field> = new.map(|change| change.field.clone()).collect();
        if fields.is_empty() { Ok(()) } else { self.table.add_null_columns(fields).await }
    }

    /// Swaps the names of the vector columns and their standby columns.
    async fn swap_names(
        &self,
        _lock: &TableLock,
        read: u64,
        changes: &[VectorChange],
    ) -> Result<Option<u64>> {
        let mut names = Vec::with_capacity(changes.len() * 2);
        for change in changes {
            if change.has_vectors {
                names.push((change.name, change.standby));
            }
            names.push((change.standby, change.name));
        }
        self.table.rename_columns(read, &names).await
    }

    /// Removes the functions of the changing vectors from the metadata of LanceDB's Python client, so that it never searches
    /// new vectors with the old model.
    async fn forget_functions(&self, changes: &[VectorChange]) -> Result<()> {
        let schema = self.table.schema().await?;
        let Some(stored) = schema.metadata().get(EMBEDDING_FUNCTIONS) else { return Ok(()) };
        let vectors: Vec<&str> = changes.iter().map(|change| change.name).collect();
        self.set_functions(Some(stored), without_functions(stored, &vectors)).await
    }

    /// Records the functions of the models that LanceDB's Python client supports.
    async fn record_functions(&self) -> Result<()> {
        let schema = self.table.schema().await?;
        let stored = schema.metadata().get(EMBEDDING_FUNCTIONS);
        self.set_functions(stored, functions(stored, &self.record, &self.models)).await
    }

    async fn set_functions(&self, stored: Option<&String>, new: Option<String>) -> Result<()> {
        if stored == new.as_ref() {
            return Ok(());
        }
        self.table.set_metadata(vec![(EMBEDDING_FUNCTIONS.to_owned(), new)]).await
    }

    fn core(&self, opened: Arc<Schema>) -> Result<Core> {
        Core::new(self.record.clone(), self.table.clone(), &self.models, opened)
    }
}
