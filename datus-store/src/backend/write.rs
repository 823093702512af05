use std::future::Future;
use std::time::Duration;

use arrow_array::{RecordBatch, RecordBatchIterator};
use arrow_schema::SchemaRef;
use futures::stream;
use lancedb::arrow::{SendableRecordBatchStream, SimpleRecordBatchStream};
use tokio::sync::mpsc::Receiver;
use tokio::task::JoinHandle;

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
pub(crate) enum Message {
    /// Rows.
    Batch(RecordBatch),
    /// All rows were sent. A channel that closes without it is a write that was given up: nothing is committed.
    End,
}

/// What a merge is made of.
pub(crate) struct Merge<'a> {
    /// The key's columns.
    pub(crate) on: Vec<&'static str>,
    /// Whole rows, each to take the place of the row with its key, or to be added.
    pub(crate) rows: &'a [RecordBatch],
    /// The keys of rows to delete.
    pub(crate) delete: Option<&'a [Named]>,
}

/// An append under way, on a task of its own: encoding and writing go on at the same time. Dropping it ends it.
pub(crate) struct Append(JoinHandle<Result<u64>>);

impl Append {
    /// Waits for the commit, and returns the version that has the rows.
    pub(crate) async fn committed(mut self) -> Result<u64> {
        match (&mut self.0).await {
            Ok(version) => version,
            Err(source) => {
                Err(Error::new(ErrorKind::Engine, "the task that writes was ended").with_source(source))
            }
        }
    }
}

impl Drop for Append {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Table {
    /// Starts to append batches in one commit.
    pub(crate) fn append(&self, schema: SchemaRef, batches: Receiver<Message>) -> Append {
        let source: SendableRecordBatchStream =
            Box::pin(SimpleRecordBatchStream { schema, stream: stream::unfold(Some(batches), next) });
        let table = self.raw().clone();
        Append(tokio::spawn(async move {
            let added = table.add(source).execute().await.map_err(convert)?;
            Ok(added.version)
        }))
    }

    /// Merges rows by key in one commit, and returns its version.
    ///
    /// Without an exclusive turn the engine itself has to see that another writer inserted a key of these: it does so
    /// only on the path without indexes, by the primary key in the table's schema.
    pub(crate) async fn merge(&self, turn: &Turn, merge: Merge<'_>) -> Result<u64> {
        let Some(schema) = merge.rows.first().map(RecordBatch::schema) else {
            let message = "a merge needs rows: delete with `delete`";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        };
        let vanished = merge.delete.map(exactly).transpose()?;
        self.retried(|| async {
            let mut builder = self.raw().merge_insert(&merge.on);
            builder
                .when_matched_update_all(None)
                .when_not_matched_insert_all()
                .use_index(turn.is_exclusive());
            if let Some(vanished) = &vanished {
                builder.when_not_matched_by_source_delete_expr(vanished.clone());
            }
            let rows: Vec<_> = merge.rows.iter().cloned().map(Ok).collect();
            let rows = RecordBatchIterator::new(rows, SchemaRef::clone(&schema));
            let merged = builder.execute(Box::new(rows)).await.map_err(convert)?;
            Ok(merged.version)
        })
        .await
    }

    /// Deletes the rows of these keys, and returns how many there were and the version without them.
    pub(crate) async fn delete_keys(&self, keys: &[Named]) -> Result<(u64, u64)> {
        let expression = exactly(keys)?;
        self.retried(|| async {
            let deleted = self.raw().delete(&expression).await.map_err(convert)?;
            Ok((deleted.num_deleted_rows, deleted.version))
        })
        .await
    }

    /// Deletes the rows that the predicate keeps, and returns how many there were.
    pub(crate) async fn delete(&self, predicate: &Predicate) -> Result<u64> {
        let expression = lower(predicate)?;
        self.retried(|| async {
            let deleted = self.raw().delete(&expression).await.map_err(convert)?;
            Ok(deleted.num_deleted_rows)
        })
        .await
    }

    /// Runs a write again that lost its commit to another writer, after a wait, until its attempts are used up.
    pub(super) async fn retried<T, F: Future<Output = Result<T>>>(&self, write: impl Fn() -> F) -> Result<T> {
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
                done => return done,
            }
        }
    }
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
