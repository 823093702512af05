//! Opening a table that may have the vectors of another model.

use std::fmt;
use std::future::IntoFuture;

use futures::future::BoxFuture;

use super::Reembed;
use crate::error::{ErrorKind, Result};
use crate::record::Keyed;
use crate::store::ingest::Progress;
use crate::store::{Open, Store};

/// Opens a table, and embeds it again first where only its vectors differ, when it is awaited. Made by
/// [`Open::reembed_if_needed`].
#[must_use = "nothing is opened until it is awaited"]
pub struct ReembedIfNeeded<'a, R> {
    open: Open<'a, R>,
    step: Option<usize>,
    discard: bool,
    progress: Option<Box<dyn FnMut(Progress) + Send + 'a>>,
}

impl<'a, R: Keyed> Open<'a, R> {
    /// Embeds the table again with these models where that solves every difference, and then opens it: where the model
    /// is another one, and where the text, template or metric of a vector is.
    ///
    /// A table that is the record's is opened as ever, and one that is not there is created. Any other difference is the
    /// error of opening it, and nothing is changed. The embedding is that of [`Database::reembed`](crate::Database::reembed):
    /// stores that have the table open with the model before serve until its end, and a process that is killed leaves
    /// its steps to the next. Of several processes on one machine that do this at once, one embeds and the others wait.
    ///
    /// **Cost:** every text of the table is embedded, which can take hours and money. Give
    /// [`progress`](ReembedIfNeeded::progress) a callback to show it.
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
    /// // The next release of the program has another model.
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
    /// When awaited: those of [`Database::store`](crate::Database::store) and of [`Store::reembed`]. What was embedded before
    /// an error is kept, and the next call goes on with it.
    pub fn reembed_if_needed(self) -> ReembedIfNeeded<'a, R> {
        ReembedIfNeeded { open: self, step: None, discard: false, progress: None }
    }
}

impl<'a, R> ReembedIfNeeded<'a, R> {
    /// Sets how many rows are embedded and committed in one step, as [`Reembed::step`].
    pub fn step(mut self, rows: usize) -> Self {
        self.step = Some(rows);
        self
    }

    /// Drops standby vectors of a third model, as [`Reembed::discard_standby`].
    pub fn discard_standby(mut self) -> Self {
        self.discard = true;
        self
    }

    /// Calls back after every step of the embedding, from the task that awaits the operation: keep it short.
    pub fn progress(mut self, callback: impl FnMut(Progress) + Send + 'a) -> Self {
        self.progress = Some(Box::new(callback));
        self
    }
}

impl<'a, R: Keyed> IntoFuture for ReembedIfNeeded<'a, R> {
    type Output = Result<Store<R>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { open, step, discard, progress } = self;
        Box::pin(async move {
            let (connection, models, open) = open.into_parts();
            let models = match models {
                Ok(models) => models,
                Err(error) => return open(Err(error)).await,
            };
            let refused = match open(Ok(models.clone())).await {
                Err(error) if error.kind() == ErrorKind::SchemaMismatch => error,
                done => return done,
            };
            let mut reembed: Reembed<'_, R> = Reembed::named(connection, Ok(models.clone()));
            if let Some(rows) = step {
                reembed = reembed.step(rows);
            }
            if discard {
                reembed = reembed.discard_standby();
            }
            if let Some(callback) = progress {
                reembed = reembed.progress(callback);
            }
            match reembed.await {
                Ok(_) => open(Ok(models)).await,
                // There are other differences too, and the first error has all of them.
                Err(error) if error.kind() == ErrorKind::SchemaMismatch => Err(refused),
                // Without locks another program may have embedded it meanwhile.
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
            .field("step", &self.step)
            .finish_non_exhaustive()
    }
}
