use std::sync::{Mutex, PoisonError};

/// The progress of a write. The callback of `.progress(…)` receives it after every step.
///
/// ```
/// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
///
/// #[derive(EmbeddingRecord)]
/// struct Note {
///     #[datus(embed)]
///     text: String,
/// }
///
/// # datus_store::block_on(async {
/// let db = Database::connect("memory://").await?;
/// let notes: Store<Note> = db.store(HashingModel::default()).await?;
/// let mut last = None;
/// let rows = (0..100).map(|n| Note { text: format!("note {n}") });
/// notes.add(rows).progress(|progress| last = Some(progress)).await?;
/// let last = last.expect("at least one step");
/// assert_eq!((last.read, last.written, last.total), (100, 100, Some(100)));
/// # Ok::<(), datus_store::Error>(())
/// # }).unwrap();
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Progress {
    /// The number of rows read from the caller's source.
    pub read: usize,
    /// The number of texts embedded. Identical texts among the rows in flight count once, so this can be less than the
    /// number of rows.
    pub embedded: usize,
    /// The number of rows passed to the storage, or found unchanged in the table. Nothing is visible before the commit at
    /// the end.
    pub written: usize,
    /// The total number of rows; `None` if the source does not report it.
    pub total: Option<usize>,
}

type Callback<'a> = Box<dyn FnMut(Progress) + Send + 'a>;

/// Counts the progress of a write and reports it to the caller.
pub(in crate::store) struct Meter<'a>(Mutex<State<'a>>);

struct State<'a> {
    progress: Progress,
    callback: Option<Callback<'a>>,
    committed: Option<u64>,
}

impl<'a> Meter<'a> {
    pub(in crate::store) fn new(total: Option<usize>, callback: Option<Callback<'a>>) -> Self {
        let progress = Progress { total, ..Progress::default() };
        Self(Mutex::new(State { progress, callback, committed: None }))
    }

    pub(in crate::store) fn read(&self, rows: usize) {
        self.step(|progress| progress.read += rows);
    }

    pub(in crate::store) fn embedded(&self, texts: usize) {
        self.step(|progress| progress.embedded += texts);
    }

    pub(in crate::store) fn written(&self, rows: usize) {
        self.step(|progress| progress.written += rows);
    }

    /// Records the version that contains the rows. A later failure does not undo it.
    pub(in crate::store) fn committed(&self, version: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).committed = Some(version);
    }

    /// Returns the progress so far, and the version that contains the rows once it is committed.
    pub(in crate::store) fn progress(&self) -> (Progress, Option<u64>) {
        let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (state.progress, state.committed)
    }

    fn step(&self, count: impl FnOnce(&mut Progress)) {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let State { progress, callback, committed: _ } = &mut *state;
        count(progress);
        if let Some(callback) = callback {
            callback(*progress);
        }
    }
}
