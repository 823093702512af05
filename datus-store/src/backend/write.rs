use arrow_array::RecordBatch;
use arrow_schema::SchemaRef;
use futures::stream;
use lancedb::arrow::{SendableRecordBatchStream, SimpleRecordBatchStream};
use tokio::sync::mpsc::Receiver;

use super::Table;
use super::error::convert;
use super::lower::lower;
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;

/// What the maker of batches sends to the writer.
pub(crate) enum Message {
    /// Rows.
    Batch(RecordBatch),
    /// All rows were sent. A channel that closes without it is a write that was given up: nothing is committed.
    End,
}

impl Table {
    /// Appends the batches in one commit, and returns the version that has them.
    pub(crate) async fn append(&self, schema: SchemaRef, batches: Receiver<Message>) -> Result<u64> {
        let source: SendableRecordBatchStream =
            Box::pin(SimpleRecordBatchStream { schema, stream: stream::unfold(Some(batches), next) });
        let added = self.raw().add(source).execute().await.map_err(convert)?;
        Ok(added.version)
    }

    /// Deletes the rows that the predicate keeps, and returns how many there were.
    pub(crate) async fn delete(&self, predicate: &Predicate) -> Result<u64> {
        let expression = lower(predicate)?;
        let deleted = self.raw().delete(&expression).await.map_err(convert)?;
        Ok(deleted.num_deleted_rows)
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
