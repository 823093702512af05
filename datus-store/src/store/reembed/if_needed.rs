//! Opens a table that may have another model's vectors.

use std::fmt;
use std::future::IntoFuture;

use futures::future::BoxFuture;

use super::Reembed;
use crate::error::{ErrorKind, Result};
use crate::model::all_available;
use crate::record::Keyed;
use crate::store::write::ingest::Progress;
use crate::store::{Open, Store};

/// When awaited, opens a table, and re-embeds it first if only its vectors differ. Created by [`Open::reembed_if_needed`].
#[must_use = "nothing is opened until it is awaited"]
pub struct ReembedIfNeeded<'a, R> {
    open: Open<'a, R>,
    batch_size: Option<usize>,
    discard: bool,
    progress: Option<Box<dyn FnMut(Progress) + Send + 'a>>,
}

impl<'a, R: Keyed> Open<'a, R> {
    /// Re-embeds the table with these models if that resolves every difference, and then opens it. Re-embedding resolves a
    /// difference in a vector's model, source text, template, or metric.
    ///
    /// A table that matches the record is opened as usual, and a missing table is created. If there is any other
    /// difference, the operation fails as opening the table does, and changes nothing. The operation works like
    /// [`Database::reembed`](crate::Database::reembed): stores that have the table open with the previous model stay usable
    /// until re-embedding is complete, and if the process is killed, the next one resumes where it stopped. If several
    /// processes on one machine do this concurrently, one of them embeds and the others wait.
    ///
    /// **Cost:** every text of the table is embedded, which can take hours and cost money. Set a callback with
    /// [`progress`](ReembedIfNeeded::progress) to show the progress.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, ErrorKind, Store, model::HashingModel};
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
    /// // The next release of the program has a different model.
    /// let model = HashingModel::new(512);
    /// let error = db.store::<Note>(model.clone()).await.unwrap_err();
    /// assert_eq!(error.kind(), ErrorKind::SchemaMismatch);
    /// let notes: Store<Note> = db.store(model).reembed_if_needed().await?;
    /// assert_eq!(notes.search("plants").await?.len(), 1);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited, fails with the same errors as [`Database::store`](crate::Database::store) and [`Store::reembed`].
    /// Vectors that were committed before an error are kept, and the next call resumes from there.
    pub fn reembed_if_needed(self) -> ReembedIfNeeded<'a, R> {
        ReembedIfNeeded { open: self, batch_size: None, discard: false, progress: None }
    }
}

impl<'a, R> ReembedIfNeeded<'a, R> {
    /// Sets the number of rows that are embedded and committed in one step, like [`Reembed::batch_size`].
    pub fn batch_size(mut self, rows: usize) -> Self {
        self.batch_size = Some(rows);
        self
    }

    /// Drops standby vectors of a third model, like [`Reembed::discard_standby`].
    pub fn discard_standby(mut self) -> Self {
        self.discard = true;
        self
    }

    /// Sets a callback for every step of the embedding. It runs in the task that awaits the operation, so keep it short.
    pub fn progress(mut self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        self.progress = Some(Box::new(callback));
        self
    }
}

impl<'a, R: Keyed> IntoFuture for ReembedIfNeeded<'a, R> {
    type Output = Result<Store<R>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { open, batch_size, discard, progress } = self;
        Box::pin(async move {
            let (connection, models, table, open) = open.into_parts();
            let models = match models {
                Ok(models) => models,
                Err(error) => return open(Err(error)).await,
            };
            let refused = match open(Ok(models.clone())).await {
                Err(error) if error.kind() == ErrorKind::SchemaMismatch => error,
                done => return done,
            };
            // Without a model, the vectors are not compared, so the table differs elsewhere.
            let Ok(available) = all_available(models.clone()) else { return Err(refused) };
            let mut reembed: Reembed<'_, R> = Reembed::named(connection, Ok(available));
            if let Some(name) = table {
                reembed = reembed.table(name);
            }
            if let Some(rows) = batch_size {
                reembed = reembed.batch_size(rows);
            }
            if discard {
                reembed = reembed.discard_standby();
            }
            if let Some(callback) = progress {
                reembed = reembed.progress(callback);
            }
            match reembed.await {
                Ok(_) => open(Ok(models)).await,
                // The table has other differences too. The first error lists all of them.
                Err(error) if error.kind() == ErrorKind::SchemaMismatch => Err(refused),
                // Without locks, another program may have embedded the table in the meantime.
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    open(Ok(models)).await.map_err(|_| error)
                }
                Err(error) => Err(error),
            }
        })
    }
}

impl<R> fmt::Debug for ReembedIfNeeded<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ReembedIfNeeded")
            .field("open", &self.open)
            .field("batch_size", &self.batch_size)
            .finish_non_exhaustive()
    }
}
