use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use super::Reembedded;
use super::change::{Change, changes, in_place, others};
use super::fill::Fill;
use super::serving::Serving;
use crate::backend::{Table, Turn};
use crate::error::Result;
use crate::model::{EmbeddingModel, ModelIdentity};
use crate::record::RecordDef;
use crate::store::core::Core;
use crate::store::current::Current;
use crate::store::ingest::{Meter, TextsOf};
use crate::store::open::{check_dimension, check_private};
use crate::store::probes::with_probes;

/// The passes over rows that writers left, before one is made with the write lock held.
const FREE_ROUNDS: usize = 3;

/// What the caller can set.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    /// How many rows a step has.
    pub(super) step: usize,
    /// Whether columns that stand by with other vectors are dropped first.
    pub(super) discard: bool,
}

/// One run, which may go on with what another one left.
pub(super) struct Run<'a, 'm> {
    pub(super) record: RecordDef,
    /// Those that make the new vectors.
    pub(super) models: Vec<Arc<dyn EmbeddingModel>>,
    pub(super) table: Table,
    /// The store that serves meanwhile, where it is one of this process.
    pub(super) current: Option<&'a Current>,
    pub(super) texts: TextsOf,
    pub(super) settings: Settings,
    pub(super) meter: &'a Meter<'m>,
}

impl Run<'_, '_> {
    pub(super) async fn finish(self) -> Result<Reembedded> {
        let _alone = self.current.map(Current::alone).transpose()?;
        let wanted = self.wanted().await?;
        // Of several programs one embeds; the others wait, and find it done.
        let _reembedding = self.table.reembed_turn().await?;
        let turn = self.table.turn().await?;
        if self.settings.discard {
            let others = others(&self.record, &wanted, &*self.table.schema().await?);
            if !others.is_empty() {
                self.table.drop_columns(&others).await?;
            }
        }
        let changes = changes(&self.record, &wanted, &*self.table.schema().await?)?;
        if changes.is_empty() {
            drop(turn);
            return self.fill_in().await;
        }
        self.add_columns(&changes).await?;
        let opened = self.table.schema().await?;
        let serving =
            self.current.map(|current| Serving::begin(current, &changes, &self.models, Arc::clone(&opened)));
        drop(turn);

        let core = self.core(opened);
        let mut fill = Fill::new(&core, &changes, self.texts, self.settings, self.meter);
        fill.pass().await?;
        // Before the end, so that the new model does not begin with indexes that cover nothing.
        self.fold_indexes(&changes).await?;
        let mut rounds = 0;
        let version = loop {
            // Writers that do not know the new model may have left something to do. With the lock none can from here on; a
            // writer that takes no lock makes the commit fail, since it must follow the version that was looked through.
            let turn = Arc::new(self.table.turn().await?);
            fill.check_under_way().await?;
            if rounds >= FREE_ROUNDS {
                // Writers are faster than the model: they wait for the rows that are left.
                fill.pass_holding(&turn).await?;
            }
            let read = self.table.version().await?;
            if fill.is_complete().await?
                && let Some(version) = self.change_places(&turn, read, &changes).await?
            {
                break version;
            }
            drop(turn);
            rounds += 1;
            if rounds < FREE_ROUNDS {
                fill.pass().await?;
            }
        };
        let (rows, embedded) = (fill.rows, fill.texts);
        self.meter.committed(version);
        if let Some(serving) = serving {
            serving.finish(self.core(self.table.schema().await?));
        }
        // The new vectors serve, whatever becomes of the rows that were written last.
        if let Err(error) = self.fold_indexes(&changes).await {
            let table = self.record.table;
            tracing::error!(target: "datus_store", table, %error, "rows could not be taken into the indexes");
        }
        Ok(Reembedded { rows, embedded, version: Some(version) })
    }

    /// Makes the vectors that rows lack although the table is of these models: rows that another program wrote.
    async fn fill_in(&self) -> Result<Reembedded> {
        let stored = self.table.schema().await?;
        let changes = in_place(&self.record, &stored);
        let core = self.core(stored);
        let mut fill = Fill::new(&core, &changes, self.texts, self.settings, self.meter);
        fill.pass().await?;
        if fill.rows == 0 {
            return Ok(Reembedded::default());
        }
        self.fold_indexes(&[]).await?;
        Ok(Reembedded { rows: fill.rows, embedded: fill.texts, version: Some(self.table.version().await?) })
    }

    /// The schema that the table is to have, with what the models make of the probe text.
    async fn wanted(&self) -> Result<SchemaRef> {
        let identities: Vec<ModelIdentity> =
            self.models.iter().map(|model| model.identity().clone()).collect();
        identities.iter().try_for_each(check_dimension)?;
        check_private(&self.record, &self.models)?;
        with_probes(&self.record.arrow_schema(&identities), &self.record, &self.models).await
    }

    async fn add_columns(&self, changes: &[Change]) -> Result<()> {
        let new = changes.iter().filter(|change| !change.begun);
        let fields: Vec<Field> = new.map(|change| change.field.clone()).collect();
        if fields.is_empty() { Ok(()) } else { self.table.add_null_columns(fields).await }
    }

    /// The new vectors take the names of those that served, and these the names of the new ones.
    async fn change_places(&self, _turn: &Turn, read: u64, changes: &[Change]) -> Result<Option<u64>> {
        let mut names = Vec::with_capacity(changes.len() * 2);
        for change in changes {
            if change.serving {
                names.push((change.name, change.standby));
            }
            names.push((change.standby, change.name));
        }
        self.table.rename_columns(read, &names).await
    }

    fn core(&self, opened: Arc<Schema>) -> Core {
        Core::new(self.record.clone(), self.table.clone(), self.models.clone(), opened)
    }
}
