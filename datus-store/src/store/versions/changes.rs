//! The rows that changed between two versions of a table.
//!
//! Rows are identified by their keys, so tables do not need row ids that survive compaction. `backend/differing.rs` leaves
//! out rows in files that both versions have, `sort.rs` sorts the others by key, and `compare.rs` pairs them. Only changed
//! rows are read in full.

mod change;
mod compare;
mod sort;
mod stream;

use std::fmt;
use std::future::IntoFuture;
use std::marker::PhantomData;

use futures::TryStreamExt;
use futures::future::BoxFuture;
use futures::stream::BoxStream;

pub use self::change::Change;
use self::stream::{ChangedRows, changed_rows};
use super::name::{IntoVersion, VersionName};
use crate::error::{Error, ErrorKind, Result};
use crate::query::Predicate;
use crate::record::{EmbeddingRecord, Keyed};
use crate::store::access::Reads;
use crate::store::{Store, TableRows, traced};

/// Reads the changes between two versions. [`since`](ChangesBuilder::since) sets the older version. Created by
/// [`Store::changes`].
#[derive(Debug)]
#[must_use = "nothing is read until it has a version and is awaited"]
pub struct ChangesBuilder<'a, R> {
    table: &'a TableRows,
    record: PhantomData<fn() -> R>,
}

/// When awaited, finds the changes between two versions. Created by [`ChangesBuilder::since`].
#[derive(Debug)]
#[must_use = "nothing is read until it is awaited"]
pub struct Changes<'a, R> {
    table: &'a TableRows,
    since: VersionName,
    until: Option<VersionName>,
    record: PhantomData<fn() -> R>,
}

/// The changed rows between two versions of a table. Returned by [`Store::changes`].
#[must_use = "the changes have not been read"]
pub struct ChangeSet<R> {
    rows: ChangedRows,
    record: PhantomData<fn() -> R>,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Starts reading the rows that have been inserted, updated or deleted since a version:
    /// `store.changes().since(version)`.
    ///
    /// Rows with the same key are compared in all columns of the record, except the vectors. A row that was changed several
    /// times has one change, and a row that was changed back is left out. Compaction, index builds and re-embedding do not
    /// change rows. Only rows in the store's scope and view are compared. A row that enters a view is inserted, and a row
    /// that leaves it is deleted.
    ///
    /// To follow a table, store [`ChangeSet::until`], and pass it to `since` the next time. A version can be
    /// removed when it is old; see [maintenance](crate::guide::maintenance). A version with a [tag](Store::tag) is never
    /// removed.
    ///
    /// **Cost:** files that both versions share are not read. The rows of the other files are read once, and the changed
    /// rows a second time. After a compaction, the other files can contain all rows. Each row that is read takes 35 bytes in
    /// memory, or in a temporary file if there are more than a million.
    ///
    /// ```
    /// use datus_store::{Change, Database, EmbeddingRecord, Store};
    ///
    /// #[derive(Debug, PartialEq, EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(key)]
    ///     path: String,
    ///     visits: u32,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let pages: Store<Page> = Database::connect("memory://").await?.store(()).await?;
    /// let page = |path: &str, visits| Page { path: path.into(), visits };
    /// pages.add([page("a", 1), page("b", 1), page("c", 1)]).await?;
    /// let version = pages.version().await?;
    /// pages.upsert([page("b", 2)]).await?;
    /// pages.delete().filter(|t| t.path.eq("c")).await?;
    ///
    /// let changes = pages.changes().since(version).await?;
    /// println!("up to version {}", changes.until());
    /// let changes = changes.collect().await?;
    /// assert_eq!(changes.len(), 2);
    /// assert!(changes.contains(&Change::Updated { before: page("b", 1), after: page("b", 2) }));
    /// assert!(changes.contains(&Change::Deleted(page("c", 1))));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn changes(&self) -> ChangesBuilder<'_, R>
    where
        R: Keyed,
        A: Reads<R>,
    {
        ChangesBuilder { table: &self.rows, record: PhantomData }
    }
}

impl<'a, R: Keyed> ChangesBuilder<'a, R> {
    /// Sets the older version: its number, or the name of a tag.
    ///
    /// # Errors
    /// When awaited: `Expired` for a version that was removed; `InvalidInput` for a tag or a version that the table never
    /// had, and for a version that is newer than the one at which the changes end; `SchemaMismatch` when the columns of a
    /// version do not match the record; `Unsupported` on LanceDB's own service, `db://`; `Engine` when the storage fails.
    pub fn since(self, version: impl IntoVersion) -> Changes<'a, R> {
        let Self { table, record } = self;
        Changes { table, since: version.into_version(), until: None, record }
    }
}

impl<R> Changes<'_, R> {
    /// Sets the newer version. By default, it is the newest version of the table, or, for a store that [`Store::at`]
    /// returned, the version of that store.
    pub fn until(mut self, version: impl IntoVersion) -> Self {
        self.until = Some(version.into_version());
        self
    }
}

impl<'a, R: Keyed> IntoFuture for Changes<'a, R> {
    type Output = Result<ChangeSet<R>>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { table, since, until, record } = self;
        let core = table.core();
        let filter = table.filter(Predicate::Constant(true));
        let traced = traced!("changes", core.table_name()).on(&core.table);
        let changes = async move {
            let until = match until {
                Some(until) => until.resolve(&core.table).await?,
                None => core.table.current().await?.version().await?,
            };
            let since = since.resolve(&core.table).await?;
            if since > until {
                let message = format!("version {since} is newer than version {until}");
                return Err(Error::new(ErrorKind::InvalidInput, message)
                    .with_help("pass the older version to `.since(…)`, and the newer one to `.until(…)`"));
            }
            let (old, new) = (core.at(since).await?, core.at(until).await?);
            let rows = changed_rows(old, new, filter.predicate()).await?;
            Ok(ChangeSet { rows, record })
        };
        Box::pin(traced.run(changes, |_| 0))
    }
}

impl<R: Keyed> ChangeSet<R> {
    /// Returns the older version.
    pub fn since(&self) -> u64 {
        self.rows.since()
    }

    /// Returns the newer version. Pass it to `since` to read the next changes.
    pub fn until(&self) -> u64 {
        self.rows.until()
    }

    /// Returns the changes as a `Stream` from the `futures` crate, in no particular order. At most about a thousand of them
    /// are in memory.
    ///
    /// # Errors
    /// In its items: `Decode` for a value that the record cannot represent; `Expired` if a version is removed while the
    /// changes are being read; `Engine` when the storage fails.
    pub fn stream(self) -> BoxStream<'static, Result<Change<R>>> {
        self.rows.into_stream()
    }

    /// Returns all changes, in no particular order.
    ///
    /// # Errors
    /// Fails with the same errors as [`stream`](Self::stream).
    pub async fn collect(self) -> Result<Vec<Change<R>>> {
        self.stream().try_collect().await
    }
}

impl<R> fmt::Debug for ChangeSet<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChangeSet")
            .field("since", &self.rows.since())
            .field("until", &self.rows.until())
            .finish_non_exhaustive()
    }
}
