use std::fmt;
use std::future::IntoFuture;

use futures::future::BoxFuture;

use super::name::{IntoVersion, VersionName};
use crate::error::Result;
use crate::record::EmbeddingRecord;
use crate::store::{Store, traced};

/// A tag of a table: a name for a version, which keeps the version from being removed.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Tag {
    /// The name of the tag.
    pub name: String,
    /// The version.
    pub version: u64,
}

impl<R: EmbeddingRecord> Store<R> {
    /// Tags the newest version of the table, and returns its number. [`version`](CreateTag::version) selects an older one.
    ///
    /// [`optimize`](Self::optimize) and maintenance keep versions with a tag, with all their files. [`at`](Self::at) reads a
    /// tag, and [`restore`](Self::restore) goes back to its version. A name may contain letters, digits, `-`, `_`, and
    /// single dots between other characters. Creating a tag waits for an index build or an `optimize` in progress, which
    /// could otherwise remove the version.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Event {
    ///     name: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let events: Store<Event> = Database::connect("memory://").await?.store(()).await?;
    /// let first = events.tag("empty").await?;
    /// events.add([Event { name: "start".into() }]).await?;
    /// events.tag("started").await?;
    ///
    /// let tags = events.tags().await?;
    /// assert_eq!((tags[0].name.as_str(), tags[0].version, tags.len()), ("empty", first, 2));
    /// events.delete_tag("empty").await?;
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a name that is taken or that a tag cannot have, and for a version that the table
    /// never had; `Expired` for a version that was removed; `Conflict` when the wait exceeds
    /// [`lock_timeout`](crate::Connect::lock_timeout); `Engine` when the storage fails.
    pub fn tag(&self, name: impl Into<String>) -> CreateTag<'_, R> {
        CreateTag { store: self, name: name.into(), version: None }
    }
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Returns all tags of the table, ordered by version and then by name.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn tags(&self) -> Result<Vec<Tag>> {
        let core = self.core();
        let tags = async {
            let tags = core.table.tags().await?;
            Ok(tags.into_iter().map(|(name, version)| Tag { name, version }).collect::<Vec<_>>())
        };
        traced!("tags", core.table_name()).on(&core.table).run(tags, Vec::len).await
    }
}

impl<R: EmbeddingRecord> Store<R> {
    /// Deletes a tag. Without the tag, the version can be removed once it is old enough.
    ///
    /// # Errors
    /// `InvalidInput` when the table does not have the tag; `Engine` when the storage fails.
    pub async fn delete_tag(&self, name: &str) -> Result<()> {
        let core = self.core();
        traced!("delete_tag", core.table_name())
            .on(&core.table)
            .run(core.table.delete_tag(name), |()| 0)
            .await
    }
}

/// Creates a tag when awaited. Created by [`Store::tag`].
#[must_use = "no tag is created until it is awaited"]
pub struct CreateTag<'a, R> {
    store: &'a Store<R>,
    name: String,
    version: Option<VersionName>,
}

impl<R> CreateTag<'_, R> {
    /// Tags this version instead of the newest one: its number, or the name of another tag.
    pub fn version(mut self, version: impl IntoVersion) -> Self {
        self.version = Some(version.into_version());
        self
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for CreateTag<'a, R> {
    type Output = Result<u64>;
    type IntoFuture = BoxFuture<'a, Self::Output>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { store, name, version } = self;
        let core = store.core();
        let traced = traced!("tag", core.table_name()).on(&core.table);
        let create = async move {
            let lock = core.table.maintenance_lock().await?;
            let version = match version {
                Some(version) => version.resolve(&core.table).await?,
                None => core.table.version().await?,
            };
            core.table.create_tag(&lock, &name, version).await?;
            Ok(version)
        };
        Box::pin(traced.run(create, |_| 0))
    }
}

impl<R> fmt::Debug for CreateTag<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateTag")
            .field("name", &self.name)
            .field("version", &self.version)
            .finish_non_exhaustive()
    }
}
