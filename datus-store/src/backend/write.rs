use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use arrow_array::RecordBatchReader;
use lancedb::expr::DfExpr as Expr;
use tracing::Instrument;

use super::commit::following;
use super::error::convert;
use super::keyed::{KeyColumn, keys_predicate};
use super::lower::lower;
use super::{Table, TableLock};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;
use crate::retry;

/// The maximum number of attempts for a write whose commit conflicts with another writer. lancedb itself tries ten times per
/// attempt.
const ATTEMPTS: u32 = 8;

/// The minimum and maximum wait between two attempts.
const WAIT: Duration = Duration::from_millis(20);
const LONGEST_WAIT: Duration = Duration::from_secs(2);

/// A source of whole rows that can be read more than once.
pub(crate) trait Batches: Send + Sync {
    /// Returns a reader that starts with the first row.
    fn open(&self) -> Result<Box<dyn RecordBatchReader + Send>>;
}

/// The input of a merge.
#[derive(Clone)]
pub(crate) struct Merge {
    /// The key's columns.
    pub(crate) on: Vec<&'static str>,
    /// The rows to write. Each one replaces the row with the same key, or is added if no row has that key.
    pub(crate) rows: Arc<dyn Batches>,
    /// The keys of rows to delete.
    pub(crate) delete: Option<Vec<KeyColumn>>,
}

/// The result of a merge or deletion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Merged {
    pub(crate) version: u64,
    pub(crate) inserted: usize,
    pub(crate) updated: usize,
    pub(crate) deleted: usize,
}

/// Runs a write to completion, even if its future is dropped, because its lock must outlive its commit.
pub(crate) async fn spawn_uncancellable<T: Send + 'static>(
    write: impl Future<Output = Result<T>> + Send + 'static,
) -> Result<T> {
    flatten_join(tokio::spawn(write.in_current_span()).await)
}

pub(super) fn flatten_join<T>(ended: std::result::Result<Result<T>, tokio::task::JoinError>) -> Result<T> {
    ended.unwrap_or_else(|source| {
        Err(Error::new(ErrorKind::Engine, "the writing task stopped before the write was complete")
            .with_source(source))
    })
}

impl Table {
    /// Merges rows by key in one commit that must directly follow `version`. Returns `None` and changes nothing if another
    /// commit follows that version.
    pub(crate) async fn merge(
        &self,
        lock: &Arc<TableLock>,
        version: u64,
        merge: Merge,
    ) -> Result<Option<Merged>> {
        let (table, lock) = (self.clone(), Arc::clone(lock));
        spawn_uncancellable(async move {
            let Merge { on, rows, delete } = merge;
            let mut builder = table.raw().merge_insert(&on);
            builder.when_not_matched_insert_all().when_matched_update_all(None);
            if let Some(keys) = delete {
                builder.when_not_matched_by_source_delete_expr(keys_predicate(&keys)?);
            }
            let Some(merged) = following(version, builder.execute(rows.open()?)).await? else {
                return Ok(None);
            };
            let inserted = count(merged.num_inserted_rows);
            table.index_key(&lock, &on, inserted).await;
            Ok(Some(Merged {
                version: merged.version,
                inserted,
                updated: count(merged.num_updated_rows),
                deleted: count(merged.num_deleted_rows),
            }))
        })
        .await
    }

    /// Deletes the rows with these keys in one commit that follows `version`, like [`merge`](Self::merge).
    pub(crate) async fn delete_keys(
        &self,
        lock: &Arc<TableLock>,
        version: u64,
        keys: &[KeyColumn],
    ) -> Result<Option<Merged>> {
        self.delete_where(lock, version, keys_predicate(keys)?).await
    }

    /// Deletes the rows that pass the predicate in one commit that follows `version`, like [`merge`](Self::merge).
    pub(crate) async fn delete(
        &self,
        lock: &Arc<TableLock>,
        version: u64,
        predicate: &Predicate,
    ) -> Result<Option<Merged>> {
        self.delete_where(lock, version, lower(predicate)?).await
    }

    async fn delete_where(&self, lock: &Arc<TableLock>, version: u64, rows: Expr) -> Result<Option<Merged>> {
        let (table, lock) = (self.clone(), Arc::clone(lock));
        spawn_uncancellable(async move {
            let _lock = lock;
            let deleted = following(version, table.raw().delete(&rows)).await?;
            Ok(deleted.map(|done| Merged {
                version: done.version,
                inserted: 0,
                updated: 0,
                deleted: count(done.num_deleted_rows),
            }))
        })
        .await
    }

    /// Runs a write. If its commit conflicts with another writer, it waits and runs the write again, at most `ATTEMPTS` times
    /// in total.
    pub(crate) async fn with_retries<T, F: Future<Output = Result<T>>>(
        &self,
        write: impl Fn() -> F,
    ) -> Result<T> {
        let mut attempt = 0;
        loop {
            match write().await {
                Err(error) if error.kind() == ErrorKind::Conflict && attempt + 1 < ATTEMPTS => {
                    let wait = retry::delay(attempt, WAIT, LONGEST_WAIT, fastrand::f64());
                    tracing::debug!(target: "datus_store", attempt, ?wait, "another writer committed first");
                    tokio::time::sleep(wait).await;
                    self.raw().checkout_latest().await.map_err(convert)?;
                    attempt += 1;
                }
                Err(error) if error.kind() == ErrorKind::Conflict => {
                    return Err(error.with_note(format!("after {ATTEMPTS} attempts")));
                }
                Err(error) => return Err(self.with_damage_cause(error).await),
                done => return done,
            }
        }
    }
}

fn count(rows: u64) -> usize {
    usize::try_from(rows).unwrap_or(usize::MAX)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]
mod tests {
    use std::path::Path;
    use std::sync::atomic::{AtomicU32, Ordering};

    use arrow_schema::{DataType, Field, Schema};

    use super::super::{ConnectOptions, Connection};
    use super::*;

    /// Runs a write that always fails, and returns the number of attempts and the last error.
    async fn failing(kind: ErrorKind) -> Result<(u32, Error)> {
        let connection = Connection::open(Path::new("memory://"), ConnectOptions::default()).await?;
        let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
        let table = connection.open_or_create("rows", schema).await?;
        let tried = AtomicU32::new(0);
        let write = || async {
            tried.fetch_add(1, Ordering::Relaxed);
            Err::<(), _>(Error::new(kind, "it failed"))
        };
        let error = table.with_retries(write).await.expect_err("it always fails");
        Ok((tried.into_inner(), error))
    }

    #[test]
    fn a_write_that_always_loses_its_commit_ends_as_a_conflict() {
        let (tried, error) = crate::block_on(failing(ErrorKind::Conflict)).unwrap();
        assert_eq!((tried, error.kind()), (ATTEMPTS, ErrorKind::Conflict));
        assert!(error.message().contains("after 8 attempts"), "{error}");
    }

    #[test]
    fn a_write_that_fails_for_another_reason_is_not_retried() {
        let (tried, error) = crate::block_on(failing(ErrorKind::Engine)).unwrap();
        assert_eq!((tried, error.kind()), (1, ErrorKind::Engine));
    }
}
