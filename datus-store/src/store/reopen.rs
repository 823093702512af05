use std::sync::Arc;

use super::changed::changed;
use super::core::Core;
use super::wanted::Wanted;
use super::{Store, traced};
use crate::error::Result;
use crate::model::{EmbeddingModel, IntoModels};
use crate::record::EmbeddingRecord;

impl<R: EmbeddingRecord> Store<R> {
    /// Opens the table again, with the same record and the same models: the remedy for an error of kind
    /// [`TableChanged`](crate::ErrorKind::TableChanged).
    ///
    /// It works in place: this store and all its clones use the table as it is from then on, so a service that shares one
    /// store in its state reopens it in any request. Several calls at once open it once. Operations under way end with
    /// the table that they began with, or with `TableChanged`. Where nothing changed it does nothing.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, ErrorKind, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Note {
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let notes: Store<Note> = db.store(()).await?;
    /// // Another program.
    /// db.drop_table("note").await?;
    /// db.store::<Note>(()).await?;
    ///
    /// assert_eq!(notes.count().await.unwrap_err().kind(), ErrorKind::TableChanged);
    /// notes.reopen().await?;
    /// assert_eq!(notes.count().await?, 0);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `SchemaMismatch` with every difference when the table is no longer the one of the record and its models: the store
    /// stays as it was. After another program embedded the table with another model, [`reopen_with`](Store::reopen_with) takes
    /// that model. `TableNotFound` when there is no table; `Conflict` while the store makes the vectors again;
    /// `Engine` when the storage fails.
    pub async fn reopen(&self) -> Result<()> {
        self.reopen_as(None).await
    }

    /// Opens the table again with other models, as [`reopen`](Store::reopen) does: the remedy where another program has
    /// embedded the table again with a model that this one knows too.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, ErrorKind, Store, model::HashingModel};
    ///
    /// #[derive(Debug, EmbeddingRecord)]
    /// struct Note {
    ///     #[datus(key)]
    ///     id: i64,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let notes: Store<Note> = db.store(HashingModel::new(64)).await?;
    /// // Another program.
    /// db.reembed::<Note>(HashingModel::new(128)).await?;
    ///
    /// assert_eq!(notes.search("tea").await.unwrap_err().kind(), ErrorKind::TableChanged);
    /// notes.reopen_with(HashingModel::new(128)).await?;
    /// assert_eq!(notes.search("tea").await?.len(), 0);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`reopen`](Store::reopen), and `Model` when a model is not the one that the record names.
    pub async fn reopen_with(&self, models: impl IntoModels<R::Models>) -> Result<()> {
        self.reopen_as(Some(models.into_models()?)).await
    }

    /// `models`: those of the store unless given.
    async fn reopen_as(&self, models: Option<Vec<Arc<dyn EmbeddingModel>>>) -> Result<()> {
        let table = self.current.table();
        let reopen = async {
            let _one_at_a_time = self.current.reopening().await;
            let _model = self.current.alone()?;
            let core = self.core();
            let same =
                models.is_none() && changed(&core.record, &core.opened, &*table.schema().await?).is_none();
            if same {
                return Ok(());
            }
            let wanted = Wanted::of::<R>(models.unwrap_or_else(|| core.models.clone()))?;
            table.follow().await?;
            let stored = wanted.check(table).await?;
            let Wanted { record, models, .. } = wanted;
            self.current.set(Arc::new(Core::new(record, table.clone(), models, stored)));
            Ok(())
        };
        traced!("reopen", R::TABLE).on(table).run(reopen, |()| 0).await
    }
}
