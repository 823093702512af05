use std::future::Future;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchReader};
use arrow_schema::SchemaRef;
use futures::stream;
use lancedb::arrow::{SendableRecordBatchStream, SimpleRecordBatchStream};
use lancedb::table::WriteOptions;
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::error::convert;
use super::keyed::{Named, exactly};
use super::lower::lower;
use super::{Table, Turn};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;
use crate::retry;

/// How often a write is tried that lost its commit to another writer. lancedb tries ten times itself for each.
const ATTEMPTS: u32 = 8;

/// The bounds of the wait between two attempts.
const WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// What the maker of batches sends to the writer.
enum Message {
    /// Rows.
    Batch(RecordBatch),
    /// All rows were sent. A channel that closes without it is a write that was given up: nothing is committed.
    End,
}

/// Whole rows that can be read more than once.
pub(crate) trait Batches: Send + Sync {
    /// Reads them from the first one.
    fn open(&self) -> Result<Box<dyn RecordBatchReader + Send>>;
}

/// What a merge is made of.
pub(crate) struct Merge {
    /// The key's columns.
    pub(crate) on: Vec<&'static str>,
    /// Each row takes the place of the row with its key, or is added.
    pub(crate) rows: Arc<dyn Batches>,
    /// Whether rows that are there are left as they are.
    pub(crate) only_new: bool,
    /// The keys of rows to delete.
    pub(crate) delete: Option<Vec<Named>>,
}

/// A commit that was made.
#[derive(Debug)]
pub(crate) struct Merged {
    pub(crate) version: u64,
    pub(crate) inserted: usize,
    pub(crate) updated: usize,
    pub(crate) deleted: usize,
    /// What became of the index of the key; the commit stands in any case.
    pub(crate) index: Result<()>,
}

/// An append under way, on a task of its own: encoding and writing go on at the same time. Dropping it before
/// [`commit`](Append::commit) ends it, and nothing is written.
pub(crate) struct Append {
    task: JoinHandle<Result<(u64, Result<()>)>>,
    batches: Sender<Message>,
    /// How many were sent.
    rows: Arc<AtomicUsize>,
    /// Where the turn waits for the task to come to its end.
    turn: Arc<Mutex<Option<Turn>>>,
    committing: bool,
}

impl Append {
    /// Gives rows to the writer. False when it has stopped: [`commit`](Self::commit) says why.
    pub(crate) async fn send(&self, batch: RecordBatch) -> bool {
        self.rows.fetch_add(batch.num_rows(), Ordering::Relaxed);
        self.batches.send(Message::Batch(batch)).await.is_ok()
    }

    /// Ends the rows, and waits for the commit. The turn, if any, lasts as long as the writer does, even when nobody
    /// waits for it any more: a commit that has begun can't be called back.
    pub(crate) async fn commit(mut self, turn: Option<Turn>) -> Result<(u64, Result<()>)> {
        *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = turn;
        self.committing = true;
        // A writer that is gone has its own error to tell.
        let _ = self.batches.send(Message::End).await;
        joined((&mut self.task).await)
    }

    /// Waits for a writer that has stopped, for its error.
    pub(crate) async fn failed(mut self) -> Error {
        let stopped = || Error::new(ErrorKind::Engine, "the writer stopped before its end");
        joined((&mut self.task).await).err().unwrap_or_else(stopped)
    }
}

impl Drop for Append {
    fn drop(&mut self) {
        // Once it commits, the task alone knows when that is over; if the end was not sent yet, the channel closes
        // without it and the task gives up.
        if !self.committing {
            self.task.abort();
        }
    }
}

/// Runs a write to its end, even when nobody waits for it any more: its turn must not end before its commit does.
pub(crate) async fn to_the_end<T: Send + 'static>(
    write: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    joined(tokio::spawn(write.in_current_span()).await)
}

fn joined<T>(ended: std::result::Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    ended.unwrap_or_else(|source| {
        Err(Error::new(ErrorKind::Engine, "the task that writes was ended").with_source(source))
    })
}

impl Table {
    /// Starts to append batches in one commit. `key` are the key's columns.
    pub(crate) fn append(&self, schema: SchemaRef, key: Vec<&'static str>) -> Append {
        // One batch waits while the next is made and the one before is written.
        let (sender, receiver) = mpsc::channel(1);
        let columns = schema.fields().len();
        let source: SendableRecordBatchStream =
            Box::pin(SimpleRecordBatchStream { schema, stream: stream::unfold(Some(receiver), next) });
        let turn: Arc<Mutex<Option<Turn>>> = Arc::default();
        let rows: Arc<AtomicUsize> = Arc::default();
        let (table, kept, added) = (self.clone(), Arc::clone(&turn), Arc::clone(&rows));
        let write = async move {
            let options = bounded(columns).map_err(convert)?;
            let version =
                table.raw().add(source).write_options(options).execute().await.map_err(convert)?.version;
            let turn = kept.lock().unwrap_or_else(PoisonError::into_inner).take();
            let index = match &turn {
                Some(turn) => table.index_key(turn, &key, added.load(Ordering::Relaxed)).await,
                None => Ok(()),
            };
            Ok((version, index))
        };
        Append { task: tokio::spawn(write.in_current_span()), batches: sender, rows, turn, committing: false }
    }

    /// Merges rows by key in one commit.
    ///
    /// Without an exclusive turn the engine itself has to see that another writer inserted a key of these: it does so
    /// only on the path without indexes, by the primary key in the table's schema.
    pub(crate) async fn merge(&self, turn: Turn, merge: Merge) -> Result<Merged> {
        let table = self.clone();
        to_the_end(async move {
            let Merge { on, rows, only_new, delete } = merge;
            let delete = delete.as_deref().map(exactly).transpose()?;
            let merged = table.retried(|| async {
                let mut builder = table.raw().merge_insert(&on);
                builder.when_not_matched_insert_all().use_index(turn.is_exclusive());
                if !only_new {
                    builder.when_matched_update_all(None);
                }
                if let Some(delete) = &delete {
                    builder.when_not_matched_by_source_delete_expr(delete.clone());
                }
                builder.execute(rows.open()?).await.map_err(convert)
            });
            let merged = merged.await?;
            Ok(Merged {
                version: merged.version,
                inserted: count(merged.num_inserted_rows),
                updated: count(merged.num_updated_rows),
                deleted: count(merged.num_deleted_rows),
                index: table.index_key(&turn, &on, count(merged.num_inserted_rows)).await,
            })
        })
        .await
    }

    /// Deletes the rows of these keys.
    pub(crate) async fn delete_keys(&self, turn: Turn, keys: Vec<Named>) -> Result<Merged> {
        let table = self.clone();
        to_the_end(async move {
            let _turn = turn;
            let expression = exactly(&keys)?;
            let deleted =
                table.retried(|| async { table.raw().delete(&expression).await.map_err(convert) }).await?;
            let (version, deleted) = (deleted.version, count(deleted.num_deleted_rows));
            Ok(Merged { version, inserted: 0, updated: 0, deleted, index: Ok(()) })
        })
        .await
    }

    /// Deletes the rows that the predicate keeps, and returns how many there were.
    pub(crate) async fn delete(&self, turn: Option<Turn>, predicate: &Predicate) -> Result<u64> {
        let expression = lower(predicate)?;
        let table = self.clone();
        to_the_end(async move {
            let _turn = turn;
            let deleted =
                table.retried(|| async { table.raw().delete(&expression).await.map_err(convert) }).await?;
            Ok(deleted.num_deleted_rows)
        })
        .await
    }

    /// Runs a write again that lost its commit to another writer, after a wait, until its attempts are used up.
    pub(crate) async fn retried<T, F: Future<Output = Result<T>>>(&self, write: impl Fn() -> F) -> Result<T> {
        let mut attempt = 0;
        loop {
            match write().await {
                Err(error) if error.kind() == ErrorKind::Conflict && attempt + 1 < ATTEMPTS => {
                    let wait = retry::delay(attempt, WAIT, LONGEST_WAIT, fastrand::f64());
                    tracing::debug!(target: "datus_store", attempt, ?wait, "a commit was lost to another writer");
                    tokio::time::sleep(wait).await;
                    self.raw().checkout_latest().await.map_err(convert)?;
                    attempt += 1;
                }
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    return Err(error.with_note(format!("after {ATTEMPTS} attempts")));
                }
                Err(error) => return Err(self.blamed(error).await),
                done => return done,
            }
        }
    }
}

/// How much of a column the engine gathers before it writes it as a page; its own default is 8 MiB. With 4 MiB a million rows take
/// half as much memory again, since glibc does not give back what is freed of larger buffers, and are scanned in a twentieth
/// less time.
const PAGE: u64 = 1280 << 10;

/// How much of all columns together is gathered at most: pages of a wide table are smaller.
const GATHERED: u64 = 32 << 20;

/// The options of an append that holds little, whatever its length and the number of columns.
fn bounded(columns: usize) -> lancedb::Result<WriteOptions> {
    let mut options = WriteOptions::default();
    // The types of these are lance's; lancedb has no names for them.
    let parameters = options.lance_write_params.insert(Default::default());
    parameters.mode = "append".try_into()?;
    let gathered = (columns as u64).saturating_mul(PAGE).min(GATHERED);
    parameters.file_writer_options.insert(Default::default()).data_cache_bytes = Some(gathered);
    Ok(options)
}

fn count(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

type Next = (lancedb::Result<RecordBatch>, Option<Receiver<Message>>);

async fn next(batches: Option<Receiver<Message>>) -> Option<Next> {
    let mut batches = batches?;
    match batches.recv().await {
        Some(Message::Batch(batch)) => Some((Ok(batch), Some(batches))),
        Some(Message::End) => None,
        None => {
            let given_up = Error::new(ErrorKind::Source, "the write was given up before its end");
            Some((Err(lancedb::Error::External { source: Box::new(given_up) }), None))
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by a panic")]
mod tests {
    use std::sync::atomic::AtomicU32;

    use arrow_schema::{DataType, Field, Schema};

    use super::super::{ConnectOptions, Connection};
    use super::*;

    /// Runs a write that fails each time, and returns how often it was tried and its last error.
    async fn failing(kind: ErrorKind) -> Result<(u32, Error)> {
        let connection = Connection::open("memory://", ConnectOptions::default()).await?;
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
        let table = connection.open_or_create("rows", schema).await?;
        let tried = AtomicU32::new(0);
        let write = || async {
            tried.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(Error::new(kind, "it failed"))
        };
        let error = table.retried(write).await.expect_err("it fails each time");
        Ok((tried.into_inner(), error))
    }

    #[test]
    fn a_write_that_loses_its_commit_each_time_ends_as_a_conflict() {
        let (tried, error) = crate::block_on(failing(ErrorKind::Conflict)).unwrap();
        assert_eq!((tried, error.kind()), (ATTEMPTS, ErrorKind::Conflict));
        assert!(error.message().contains("after 8 attempts"), "{error}");
    }

    #[test]
    fn a_write_that_fails_otherwise_is_not_tried_again() {
        let (tried, error) = crate::block_on(failing(ErrorKind::Engine)).unwrap();
        assert_eq!((tried, error.kind()), (1, ErrorKind::Engine));
    }
}
