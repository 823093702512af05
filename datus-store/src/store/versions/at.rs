use std::fmt;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use super::name::IntoVersion;
use crate::error::{Error, ErrorKind, Result};
use crate::model::ModelBinding;
use crate::query::{ByText, Hits, IntoKey, IntoSearchQuery, IntoText, Records, Search, SearchAll, VectorCol};
use crate::record::{Difference, EmbeddingRecord, Keyed, Searchable, TextSearchable, differences, keys};
use crate::store::core::Core;
use crate::store::current::Current;
use crate::store::{Maintenance, Store, VectorSearch, traced};

impl<R: EmbeddingRecord> Store<R> {
    /// Returns a read-only store of one version of the table: `store.at(7)`, or `store.at("release")` for the version of
    /// a [tag](Self::tag). Later writes do not change what it reads.
    ///
    /// The columns of that version have to match the record. A column with `#[datus(default)]` may be missing, and
    /// columns that the record does not have are ignored. If the vectors of that version are of a different model, its
    /// rows can be read, and a search by vector is an error.
    ///
    /// A version can be removed when it is old; see [`optimize`](Self::optimize) and
    /// [maintenance](crate::guide::maintenance). Reads of it then fail with [`Expired`](crate::ErrorKind::Expired). A
    /// version with a tag is never removed.
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
    /// events.add([Event { name: "start".into() }]).await?;
    /// events.tag("monday").await?;
    /// events.add([Event { name: "stop".into() }]).await?;
    ///
    /// let monday = events.at("monday").await?;
    /// assert_eq!((monday.count().await?, events.count().await?), (1, 2));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `InvalidInput` for a tag or a version that the table never had; `Expired` for a version that was removed;
    /// `SchemaMismatch` when its columns do not match the record; `Unsupported` on LanceDB's own service, `db://`;
    /// `Engine` when the storage fails.
    pub async fn at(&self, version: impl IntoVersion) -> Result<View<R>> {
        let (core, version) = (self.core(), version.into_version());
        let at = async { core.at(version.resolve(&core.table).await?).await };
        let older = traced!("at", core.table_name()).on(&core.table).run(at, |_| 0).await?;
        let current = Arc::new(Current::new(older, Maintenance::off()));
        Ok(View(Store { current, applied: Arc::clone(&self.applied), record: self.record }))
    }
}

impl Core {
    /// Returns a core that reads one version of the table.
    async fn at(&self, version: u64) -> Result<Self> {
        let table = self.table.pinned(version).await?;
        let stored = table.schema().await?;
        let id = |schema: &Schema| schema.metadata().get(keys::TABLE_ID).cloned();
        if id(&stored) != id(&self.opened) {
            let message =
                format!("version {version} belongs to an earlier table of this name, which was dropped");
            return Err(Error::new(ErrorKind::Expired, message).with_help("read a newer version"));
        }
        let mut differing = differences(&self.record, &self.schema, &stored);
        differing.retain(|difference| self.prevents_reading(difference));
        if !differing.is_empty() {
            let list: String = differing.iter().map(|difference| format!("\n  - {difference}")).collect();
            let message =
                format!("version {version} does not match the record `{}`:{list}", self.record.record);
            return Err(Error::new(ErrorKind::SchemaMismatch, message)
                .with_help("read the version with the struct that it was written with")
                .with_differences(differing));
        }
        let (record, models) = (self.record.clone(), self.models.clone());
        let opened = self.with_own_vectors(&stored);
        Ok(Self::new(record, table, models, opened).with_given(self.given.clone()).at_version(version))
    }

    /// Returns `true` if a column cannot be read because of the difference.
    fn prevents_reading(&self, difference: &Difference) -> bool {
        let (Difference::Missing { column, .. } | Difference::Type { column, .. }) = difference else {
            return false;
        };
        self.record.field(column).is_some()
    }

    /// Returns the schema with the vector columns of this store. A search compares them with those of the version.
    fn with_own_vectors(&self, stored: &Schema) -> SchemaRef {
        let is_vector = |name: &str| self.vector_columns.contains(&name);
        let others = stored.fields().iter().filter(|field| !is_vector(field.name()));
        let own = self.opened.fields().iter().filter(|field| is_vector(field.name()));
        let fields: Vec<Field> = others.chain(own).map(|field| Field::clone(field)).collect();
        Arc::new(Schema::new_with_metadata(fields, stored.metadata().clone()))
    }
}

/// A read-only store. Made by [`Store::at`].
pub struct View<R>(Store<R>);

impl<R: EmbeddingRecord> View<R> {
    /// Returns the name of the table.
    pub fn table_name(&self) -> &str {
        self.0.table_name()
    }

    /// Starts a query for all rows that match the filters. See [`Store::search_all`].
    pub fn search_all(&self) -> SearchAll<R> {
        self.0.search_all()
    }

    /// Returns the number of rows.
    ///
    /// # Errors
    /// Those of [`Store::count`].
    pub async fn count(&self) -> Result<usize> {
        self.0.count().await
    }

    /// Reads the row with this key. See [`Store::get`].
    ///
    /// # Errors
    /// Those of [`Store::get`].
    pub async fn get<K: IntoKey<R::Key>>(&self, key: K) -> Result<Option<R>>
    where
        R: Keyed,
    {
        self.0.get(key).await
    }

    /// Starts a search. See [`Store::search`].
    pub fn search<Q>(&self, query: Q) -> Search<R>
    where
        R: Searchable,
        Q: IntoSearchQuery<R::Model>,
    {
        self.0.search(query)
    }

    /// Starts a full text search. See [`Store::search_text`].
    pub fn search_text<T>(&self, query: impl FnOnce(R::Texts) -> T) -> Search<R, Hits<Records>, ByText>
    where
        R: TextSearchable,
        T: IntoText<R>,
    {
        self.0.search_text(query)
    }

    /// Starts a search for the rows that are similar to the row with this key. See [`Store::similar_to`].
    pub fn similar_to<K>(&self, key: K) -> Search<R>
    where
        R: Searchable + Keyed,
        R::Model: ModelBinding,
        K: IntoKey<R::Key>,
    {
        self.0.similar_to(key)
    }

    /// Selects the vector to search. See [`Store::vector`].
    pub fn vector<M>(&self, vector: impl FnOnce(R::Vectors) -> VectorCol<R, M>) -> VectorSearch<'_, R, M>
    where
        R: Searchable,
    {
        self.0.vector(vector)
    }

    /// Returns the Arrow schema of the version.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn schema(&self) -> Result<SchemaRef> {
        self.0.schema().await
    }

    /// Returns the number of the version.
    ///
    /// # Errors
    /// `Engine` when the storage fails.
    pub async fn version(&self) -> Result<u64> {
        self.0.version().await
    }
}

impl<R> Clone for View<R> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<R> fmt::Debug for View<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("View").field(&self.0.current.table().name()).finish()
    }
}
