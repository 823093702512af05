use std::sync::Arc;

use super::changed::changed;
use super::core::Core;
use super::wanted::Wanted;
use super::{Store, traced};
use crate::error::Result;
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
    /// stays as it was. `TableNotFound` when there is no table; `Conflict` while the store makes the vectors again;
    /// `Engine` when the storage fails.
    pub async fn reopen(&self) -> Result<()> {
        let table = self.current.table();
        let reopen = async {
            let _one_at_a_time = self.current.reopening().await;
            let _model = self.current.alone()?;
            let core = self.core();
            let wanted = Wanted::of::<R>(core.models.clone())?;
            if changed(&core.record, &core.opened, &*table.schema().await?).is_none() {
                return Ok(());
            }
            table.follow().await?;
            let stored = wanted.check(table).await?;
            let Wanted { record, models, .. } = wanted;
            self.current.set(Arc::new(Core::new(record, table.clone(), models, stored)));
            Ok(())
        };
        traced!("reopen", R::TABLE).on(table).run(reopen, |()| 0).await
    }
}
