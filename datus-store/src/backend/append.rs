//! Appends: files are written while rows come, and committed under the lock at the end.

use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::stream;
use lance::Dataset;
use lance::dataset::transaction::{Operation, Transaction};
use lance::dataset::{CommitBuilder, InsertBuilder, WriteMode, WriteParams};
use lance_table::format::Fragment;
use lancedb::arrow::{SendableRecordBatchStream, SendableRecordBatchStreamExt, SimpleRecordBatchStream};
use tokio::sync::mpsc::{self, Receiver, Sender};
use tokio::task::JoinHandle;
use tracing::Instrument;

use super::commit::following;
use super::error::convert;
use super::write::{joined, to_the_end};
use super::{Table, Turn};
use crate::error::{Error, ErrorKind, Result};

/// A message from the maker of batches to the writer of files.
enum Message {
    /// Rows.
    Batch(RecordBatch),
    /// The end of the rows. A channel that closes without it is a write that was given up.
    End,
}

/// An append whose files are being written, on a task of its own: encoding and writing run at the same time. Nothing is
/// visible before its commit. Dropping it ends the task.
pub(crate) struct Append {
    task: JoinHandle<Result<Files>>,
    batches: Sender<Message>,
}

/// The rows of an append, written and not yet committed.
pub(crate) struct Written {
    table: Table,
    files: Arc<Files>,
}

/// The outcome of writing the rows of an append.
enum Files {
    /// Files beside those of the table, and the commit that adds them to it.
    Local { dataset: Arc<Dataset>, commit: Box<Transaction> },
    /// LanceDB's service takes rows only together with their commit: this is its version.
    Committed { version: u64 },
}

impl Append {
    /// Gives rows to the writer. Returns `false` when it has stopped; [`finish`](Self::finish) has its error.
    pub(crate) async fn send(&self, batch: RecordBatch) -> bool {
        self.batches.send(Message::Batch(batch)).await.is_ok()
    }

    /// Ends the rows and waits until their files are written.
    pub(crate) async fn finish(mut self, table: &Table) -> Result<Written> {
        // A writer that is gone has its own error.
        let _ = self.batches.send(Message::End).await;
        let files = joined((&mut self.task).await)?;
        Ok(Written { table: table.clone(), files: Arc::new(files) })
    }
}

impl Drop for Append {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Written {
    /// Commits the rows. With `after`, the commit follows that version, or returns `None` and adds nothing where another
    /// commit does. It can be tried again.
    pub(crate) async fn commit(&self, lock: &Arc<Turn>, after: Option<u64>) -> Result<Option<u64>> {
        let (table, files, lock) = (self.table.clone(), Arc::clone(&self.files), Arc::clone(lock));
        to_the_end(async move {
            let _lock = lock;
            let (dataset, commit) = match &*files {
                Files::Committed { version } => return Ok(Some(*version)),
                Files::Local { dataset, commit } => (dataset, commit),
            };
            let commit = CommitBuilder::new(Arc::clone(dataset)).execute(Transaction::clone(commit));
            let committed = match after {
                Some(version) => following(version, commit).await?,
                None => Some(commit.await.map_err(|error| convert(error.into()))?),
            };
            let Some(committed) = committed else { return Ok(None) };
            let version = committed.version().version;
            if let Some(current) = table.raw().dataset() {
                current.update(committed);
            }
            Ok(Some(version))
        })
        .await
    }

    /// Removes the files of rows that are not committed, and will not be. It must not be called after an error of
    /// [`commit`](Self::commit): the commit may have been made all the same. What cannot be removed now is removed by
    /// `optimize`.
    pub(crate) async fn discard(&self) {
        let Files::Local { dataset, commit } = &*self.files else { return };
        if let Operation::Append { fragments } = &commit.operation {
            remove_files(dataset, fragments).await;
        }
    }
}

/// Removes the files of fragments that no version has.
pub(super) async fn remove_files(dataset: &Dataset, fragments: &[Fragment]) {
    let Ok(store) = dataset.object_store(None).await else { return };
    for file in fragments.iter().flat_map(|fragment| &fragment.files) {
        let path = dataset.data_dir().join(file.path.as_str());
        if let Err(error) = store.delete(&path).await {
            tracing::debug!(target: "datus_store", %path, %error, "a file that is not needed was not removed");
        }
    }
}

impl Table {
    /// Starts to write the files of rows that are appended in one commit.
    pub(crate) fn append(&self, schema: SchemaRef) -> Append {
        // One batch waits while the next is made and the one before is written.
        let (sender, receiver) = mpsc::channel(1);
        let columns = schema.fields().len();
        let source: SendableRecordBatchStream =
            Box::pin(SimpleRecordBatchStream { schema, stream: stream::unfold(Some(receiver), next) });
        let table = self.clone();
        let write = async move {
            let Some(dataset) = table.raw().dataset() else {
                let version = table.raw().add(source).execute().await.map_err(convert)?.version;
                return Ok(Files::Committed { version });
            };
            let dataset = dataset.get().await.map_err(convert)?;
            let parameters = parameters(columns);
            let insert = InsertBuilder::new(Arc::clone(&dataset)).with_params(&parameters);
            let commit = insert.execute_uncommitted_stream(source.into_df_stream()).await;
            let commit = Box::new(commit.map_err(|error| convert(error.into()))?);
            Ok(Files::Local { dataset, commit })
        };
        Append { task: tokio::spawn(write.in_current_span()), batches: sender }
    }
}

/// The bytes of a column that the engine gathers before it writes them as a page. Its own default is 8 MiB. With 4 MiB an
/// append of a million rows takes half as much memory again, since glibc does not give back what is freed of larger
/// buffers; scans are then 5 % faster.
const PAGE: u64 = 1280 << 10;

/// The bytes of all columns together that are gathered at most: pages of a wide table are smaller.
const GATHERED: u64 = 32 << 20;

/// The parameters of an append that holds little memory, whatever its length and the number of columns.
fn parameters(columns: usize) -> WriteParams {
    let gathered = (columns as u64).saturating_mul(PAGE).min(GATHERED);
    let mut parameters = WriteParams { mode: WriteMode::Append, ..WriteParams::default() };
    parameters.file_writer_options.get_or_insert_default().data_cache_bytes = Some(gathered);
    parameters
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
