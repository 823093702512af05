use std::sync::{Mutex, PoisonError};

/// How far a write has come. Given to the callback of `.progress(…)` after every step.
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
    /// Rows read from the caller's source.
    pub read: usize,
    /// Texts embedded: different ones, so there may be fewer than rows.
    pub embedded: usize,
    /// Rows handed to the storage, or found to be there already. Nothing is visible before the commit at the end.
    pub written: usize,
    /// How many rows there are, where the source knows it.
    pub total: Option<usize>,
}

type Callback<'a> = Box<dyn FnMut(Progress) + Send + 'a>;

/// Counts the steps of a write and tells the caller.
pub(in crate::store) struct Meter<'a>(Mutex<Counted<'a>>);

struct Counted<'a> {
    progress: Progress,
    callback: Option<Callback<'a>>,
    committed: Option<u64>,
}

impl<'a> Meter<'a> {
    pub(in crate::store) fn new(total: Option<usize>, callback: Option<Callback<'a>>) -> Self {
        let progress = Progress { total, ..Progress::default() };
        Self(Mutex::new(Counted { progress, callback, committed: None }))
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

    /// Notes that the rows are in the table, whatever fails after that.
    pub(in crate::store) fn committed(&self, version: u64) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).committed = Some(version);
    }

    /// How far the write has come, and the version that has the rows.
    pub(in crate::store) fn so_far(&self) -> (Progress, Option<u64>) {
        let counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (counted.progress, counted.committed)
    }

    fn step(&self, count: impl FnOnce(&mut Progress)) {
        let mut counted = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Counted { progress, callback, committed: _ } = &mut *counted;
        count(progress);
        if let Some(callback) = callback {
            callback(*progress);
        }
    }
}
