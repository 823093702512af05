//! Group commit: small writes of one process that wait for the lock share the next commit.
//!
//! A small write first runs on the newest version, without the lock, to find the texts to embed. Writes that embed at the
//! same time share model calls. The write then waits in a queue. The first write in the queue takes the write lock, and then
//! takes the waiting writes from the queue. These writes run one after another, in memory, on the rows with their keys, and
//! one commit contains the effects of all of them. So each write has the same effect as if it were executed by itself at its
//! place in the group. A write is never delayed so that others can join it.

mod by_key;
mod commit;
mod embed;
mod execute;
mod rows;

pub(in crate::store) use self::by_key::keys_of_filter;
pub(in crate::store) use self::commit::{Group, SequenceNumber};
pub(in crate::store) use self::execute::{SmallWrite, WriteCounts};
pub(in crate::store) use self::rows::RowsByKey;

use std::sync::Arc;

use futures::stream::{self, Stream, StreamExt, TryStreamExt};

use self::commit::no_addresses;
use self::execute::Execution;
use super::ingest::{Chunk, Meter, TextsOf, VectorCache};
use crate::backend::DatasetVersion;
use crate::error::{Error, ErrorKind, Result};
use crate::store::core::Core;

/// The maximum number of rows in a write that shares a commit. The rows of a larger write are embedded and written as they
/// arrive.
const SMALL: usize = 256;

/// The maximum number of times that a write embeds texts. Each time, other writers can change its rows, and then more texts
/// have to be embedded.
const ROUNDS: usize = 16;

/// The rows of a write.
pub(in crate::store) enum Input<S> {
    /// All rows of a small write, and the newest version of a table whose rows have addresses.
    Small(Chunk, DatasetVersion),
    /// The rows of any other write, including those that have already been read.
    Large(S),
}

/// Reads the first rows of a write, or all rows of a small write.
pub(in crate::store) async fn input<'a>(
    core: &Core,
    chunks: impl Stream<Item = Result<Chunk>> + Send + 'a,
) -> Result<Input<impl Stream<Item = Result<Chunk>> + Send + 'a>> {
    let mut chunks = Box::pin(chunks);
    let mut first = Vec::with_capacity(2);
    while first.len() < 2 && first.iter().all(|chunk: &Chunk| chunk.rows <= SMALL) {
        let Some(chunk) = chunks.try_next().await? else { break };
        first.push(chunk);
    }
    match <[Chunk; 1]>::try_from(first) {
        Ok([only]) if only.rows <= SMALL => match core.table.dataset_version().await? {
            Some(at) => Ok(Input::Small(only, at)),
            None => Ok(Input::Large(continued(vec![only], chunks))),
        },
        Ok(first) => Ok(Input::Large(continued(Vec::from(first), chunks))),
        Err(first) => Ok(Input::Large(continued(first, chunks))),
    }
}

fn continued<'a>(
    first: Vec<Chunk>,
    chunks: impl Stream<Item = Result<Chunk>> + Send + 'a,
) -> impl Stream<Item = Result<Chunk>> + Send + 'a {
    stream::iter(first.into_iter().map(Ok)).chain(chunks)
}

/// Adds a small write to the next commit of the group. `at` is the newest version.
///
/// # Errors
/// Fails with the errors of the write, and with `Conflict` if other writers changed its rows on every attempt, or if the
/// rows no longer have addresses.
pub(in crate::store) async fn write(
    core: &Arc<Core>,
    group: &Arc<Group>,
    sequence: SequenceNumber,
    write: SmallWrite,
    at: DatasetVersion,
    texts_of: TextsOf,
    meter: &Meter<'_>,
) -> Result<WriteCounts> {
    if write.embeds() {
        core.check_columns()?;
    }
    let write = Arc::new(write);
    let mut made = VectorCache::default();
    let mut embedded = 0;
    let mut at = Some(at);
    for _ in 0..ROUNDS {
        let at = match at.take() {
            Some(at) => at,
            None => core.table.dataset_version().await?.ok_or_else(no_addresses)?,
        };
        core.check_schema(&write, at.schema())?;
        let mut rows = RowsByKey::read(core, &at, write.keys().into_iter()).await?;
        let missing = match execute::execute(core, &write, &made, texts_of, &mut rows).await? {
            // The newest version already contains the write.
            Execution::Applied(done) if rows.is_unchanged() => return Ok(WriteCounts { embedded, ..done }),
            Execution::Applied(_) => Vec::new(),
            Execution::MissingVectors(missing) => missing,
        };
        drop(rows);
        if !missing.is_empty() {
            core.table.check_lockable().await?;
            let texts = embed::embed(core, &missing, &mut made).await?;
            meter.embedded(texts);
            embedded += texts;
        }
        if let Some(done) = group.commit(core, sequence, &write, &made, texts_of).await? {
            meter.written(write.rows());
            if let Some(version) = done.version {
                meter.committed(version);
            }
            return Ok(WriteCounts { embedded, ..done });
        }
    }
    let message = format!(
        "other writers changed the rows in each of {ROUNDS} attempts, while their texts were being embedded"
    );
    Err(Error::new(ErrorKind::Conflict, message).with_help("run the operation again"))
}
