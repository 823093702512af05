use std::sync::Arc;

use crate::error::Result;
use crate::model::{AvailableModels, IntoModels};
use crate::record::EmbeddingRecord;
use crate::store::core::Core;
use crate::store::target::{TableRequest, Target};
use crate::store::{Store, traced};

impl<R: EmbeddingRecord> Store<R> {
    /// Reopens the table with the same record and the same models, after an error of kind
    /// [`TableChanged`](crate::ErrorKind::TableChanged).
    ///
    /// It works in place: this store and all its clones use the current table afterwards, so a service that keeps one store
    /// in its shared state can reopen it from any request handler. Concurrent calls open the table once. Operations in
    /// progress finish with the table that they began with, or fail with `TableChanged`. If nothing has changed, this does
    /// nothing.
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
    /// `SchemaMismatch` with every difference when the table no longer matches the record and its models (the store is then
    /// left unchanged; use [`reopen_with`](Store::reopen_with) if another program re-embedded the table with a different
    /// model); `TableNotFound` when the table does not exist; `Conflict` while this store re-embeds the table; `Engine` when
    /// the storage fails.
    pub async fn reopen(&self) -> Result<()> {
        self.reopen_as(None).await
    }

    /// Reopens the table with different models, as [`reopen`](Store::reopen) does. Use it after another program has
    /// re-embedded the table with a model that is also available to this program.
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
    /// Fails with the same errors as [`reopen`](Store::reopen), and with `Model` when a model is not the one that the record
    /// names.
    pub async fn reopen_with(&self, models: impl IntoModels<R::Models>) -> Result<()> {
        self.reopen_as(Some(models.into_available_models()?)).await
    }

    /// Opens the table again with `models`, or with the models of the store if `models` is `None`.
    async fn reopen_as(&self, models: Option<AvailableModels>) -> Result<()> {
        let table = self.current().table();
        let reopen = async {
            let _reopen_lock = self.current().lock_reopen().await;
            let _model_lock = self.current().lock_model()?;
            let core = self.core();
            let same = models.is_none() && core.check_models_of(&*table.schema().await?).is_ok();
            if same {
                return Ok(());
            }
            let models = models.unwrap_or_else(|| core.given.clone());
            let request = TableRequest::new::<R>(models, Some(table.name().to_owned()))?;
            let request = request.with_extra_columns(core.extra_columns);
            table.switch_to_current().await?;
            let target = request.resolve(Some(&*table.schema().await?))?;
            let stored = target.check(table).await?;
            let Target { record, models, given, .. } = target;
            let opened = Core::new(record, table.clone(), &models, stored)?.with_given(given);
            self.current().set(Arc::new(opened.with_extra_columns(core.extra_columns)));
            Ok(())
        };
        traced!("reopen", table.name()).on(table).run(reopen, |()| 0).await
    }
}
