use futures::future::BoxFuture;

use super::prepare::prepare;
use super::{PreparedReembed, Reembed};
use crate::error::Result;
use crate::record::Keyed;

impl<'a, R> Reembed<'a, R> {
    /// Repeats a fraction of the vector searches of this store and its clones in both columns, in the background, until the
    /// new vectors are in use. `0.05` repeats one search in 20 on average, chosen at random. By default, no search is
    /// repeated.
    ///
    /// Each of these searches runs twice more on the version of the table that it read, with the same filter, scope and
    /// view, and without an index: in the current column, and in the new one with the vector that the new model computes
    /// from the query text. The overlap is the fraction of the first rows that both searches find. As many rows are compared
    /// as there are hits. Rows that lack one of the vectors are left out, so that the overlap can be measured while the rows
    /// are being embedded. Rows at the same distance are interchangeable.
    ///
    /// [`PreparedReembed::overlap`] and [`Health::shadow`](crate::Health::shadow) contain the mean over the newest 500
    /// searches, with its confidence interval. Each comparison emits a `tracing` event at level `DEBUG`, with the fields
    /// `overlap`, `estimate`, `low`, `high` and `searches`. Use `shadow` with [`prepare`](Self::prepare), which waits
    /// before the new vectors are put into use. Searches with the caller's own vector or a distance range are left out.
    /// For a hybrid search, only its vector query is compared.
    ///
    /// **Cost:** a search does not wait for its comparison, and its hits do not change. Comparisons run one at a time. Each
    /// calls the new model once, reads all vectors of both columns, takes at most 10 seconds, and is followed by a pause of
    /// nine times its duration.
    pub fn shadow(mut self, fraction: f64) -> Self {
        self.settings.shadow = Some(fraction);
        self
    }

    /// Computes the new vectors, and waits before they are put into use.
    ///
    /// The future resolves when every row has its new vector. Until [`swap`](PreparedReembed::swap), searches use the
    /// current vectors, and writes through this store and its clones fill both columns. A condition of
    /// [`only_if`](Self::only_if) is checked by `swap`.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Note {
    ///     #[datus(key)]
    ///     id: u64,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let notes: Store<Note> = db.store(HashingModel::new(256)).await?;
    /// notes.add([Note { id: 1, text: "water the plants".into() }]).await?;
    ///
    /// let prepared = notes.reembed(HashingModel::new(512)).shadow(0.05).prepare().await?;
    /// // Users search for a few hours. Then decide by the overlap:
    /// for overlap in prepared.overlap() {
    ///     println!("{overlap}");
    /// }
    /// prepared.swap().await?; // or drop it, and call `notes.drop_standby()`
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: the same errors as [`Store::reembed`](crate::Store::reembed), and `InvalidInput` for a
    /// [`shadow`](Self::shadow) fraction that is not above 0 and at most 1, and for `shadow` after
    /// [`Database::reembed`](crate::Database::reembed), which has no store whose searches it could repeat.
    pub fn prepare(self) -> BoxFuture<'a, Result<PreparedReembed<'a>>>
    where
        R: Keyed,
    {
        let current = self.target.current();
        Box::pin(prepare(|pause| self.run(Some(pause)), current))
    }
}
