use super::Open;
use crate::store::ExtraColumns;

impl<R> Open<'_, R> {
    /// Sets the behavior for columns of the table that the record lacks. [`ExtraColumns::Refuse`] by default.
    ///
    /// With [`ExtraColumns::Allow`], a struct with only some of the columns can read another program's table. It can also
    /// leave out a vector that it does not search: such a struct needs no model.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, ErrorKind, ExtraColumns, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// #[datus(table = "notes")]
    /// struct Note {
    ///     #[datus(key)]
    ///     id: i64,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// #[derive(EmbeddingRecord)]
    /// #[datus(table = "notes")]
    /// struct NoteId {
    ///     #[datus(key)]
    ///     id: i64,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let notes: Store<Note> = db.store(HashingModel::default()).await?;
    /// notes.add([Note { id: 7, text: "Water the plants".into() }]).await?;
    ///
    /// let ids: Store<NoteId> = db.store(()).extra_columns(ExtraColumns::Allow).await?;
    /// assert_eq!(ids.search_all().await?[0].id, 7);
    /// let error = ids.add([NoteId { id: 8 }]).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn extra_columns(mut self, behavior: ExtraColumns) -> Self {
        self.extra_columns = behavior;
        self
    }
}
