use std::path::Path;

use datus_store::{ErrorKind, Result, Store};

use super::super::{Note, line, note};
use super::{open, rows};

/// The number of rows in the table before a job.
const ROWS: i64 = 3000;

/// A write that is interrupted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Job {
    Add,
    Upsert,
    Sync,
    /// Updates a text, which is re-embedded.
    Embed,
    /// Updates a different column.
    Set,
    Delete,
}

impl Job {
    /// Creates a table in a folder for the jobs.
    pub(super) async fn prepare(folder: &Path) -> Store<Note> {
        let store = open(folder).await;
        store.add(line(ROWS)).await.unwrap();
        store
    }

    /// Runs the job, or the rest of it.
    pub(super) async fn run(self, store: &Store<Note>) -> Result<()> {
        match self {
            Self::Add => store.add(self.input()).await.map(drop),
            Self::Upsert => store.upsert(self.input()).await.map(drop),
            Self::Sync => store.sync(self.input()).within(|t| t.topic.eq("even")).await.map(drop),
            Self::Embed => {
                store.update().filter(|t| t.id.ge(ROWS / 2)).set(|t| t.text, "7 7 7").await.map(drop)
            }
            Self::Set => store.update().filter(|t| t.id.ge(ROWS / 2)).set(|t| t.topic, "set").await.map(drop),
            Self::Delete => store.delete().filter(|t| t.id.lt(ROWS / 2)).await.map(drop),
        }
    }

    /// Runs the job again after an interruption, and asserts that it is then done.
    pub(super) async fn finish(self, store: &Store<Note>) {
        match self.run(store).await {
            Ok(()) => {}
            // Rows that were already added cannot be added again, and `add` reports that.
            Err(error) if self == Self::Add && error.kind() == ErrorKind::InvalidInput => {
                assert!(error.message().contains("already in the table"), "{error}");
            }
            Err(error) => panic!("{self:?} cannot be finished: {error:?}"),
        }
        assert_eq!(rows(store).await, self.after(), "{self:?} was not finished");
    }

    /// Asserts that the job was done completely or not at all. Returns `true` if it was done.
    pub(super) async fn is_done(self, store: &Store<Note>) -> bool {
        let found = rows(store).await;
        let done = found == self.after();
        assert!(done || found == line(ROWS), "{self:?} was done in part: {} rows", found.len());
        done
    }

    /// Returns the rows that are written.
    fn input(self) -> Vec<Note> {
        let rows = line(2 * ROWS).into_iter();
        let changed = |row: Note| match row.id % 4 {
            0 => Note { text: Some(format!("{} 5 5", row.id)), ..row },
            _ => row,
        };
        match self {
            Self::Add => rows.filter(|row| row.id >= ROWS).collect(),
            Self::Upsert => rows.filter(|row| row.id >= ROWS / 2).map(changed).collect(),
            Self::Sync => rows.filter(|row| row.topic == "even" && row.id >= ROWS / 2).map(changed).collect(),
            Self::Embed | Self::Set | Self::Delete => Vec::new(),
        }
    }

    /// Returns the rows of the table after the job.
    fn after(self) -> Vec<Note> {
        let before = line(ROWS).into_iter();
        let upper =
            |change: fn(Note) -> Note| move |row: Note| if row.id >= ROWS / 2 { change(row) } else { row };
        let mut rows: Vec<Note> = match self {
            Self::Add => before.collect(),
            Self::Upsert => before.filter(|row| row.id < ROWS / 2).collect(),
            Self::Sync => before.filter(|row| row.topic != "even").collect(),
            Self::Embed => before.map(upper(|row| Note { text: note(0, "7 7 7").text, ..row })).collect(),
            Self::Set => before.map(upper(|row| Note { topic: "set".to_owned(), ..row })).collect(),
            Self::Delete => before.filter(|row| row.id >= ROWS / 2).collect(),
        };
        rows.extend(self.input());
        rows.sort_by_key(|row| row.id);
        rows
    }
}
