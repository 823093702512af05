use std::marker::PhantomData;
use std::sync::Arc;

use arrow_schema::{Field, Schema, SchemaRef};

use super::name::IntoVersion;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{Difference, EmbeddingRecord, differences, keys};
use crate::store::access::Reads;
use crate::store::core::Core;
use crate::store::current::Current;
use crate::store::{Maintenance, Store, TableRows, traced};

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Returns a read-only store of one version of the table: `store.at(7)`, or `store.at("release")` for the version of a
    /// [tag](Store::tag). Later writes do not change what it reads. The returned store has the same scope and view as this
    /// one.
    ///
    /// The columns of that version have to match the record. A column with `#[datus(default)]` may be missing, and columns
    /// that the record does not have are ignored. If the vectors of that version belong to another model, its rows can be
    /// read, but a search by vector fails.
    ///
    /// A version can be removed when it is old; see [`optimize`](Store::optimize) and
    /// [maintenance](crate::guide::maintenance). Reads of that version then fail with
    /// [`Expired`](crate::ErrorKind::Expired). A version with a tag is never removed.
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
    pub async fn at(&self, version: impl IntoVersion) -> Result<Store<R, A::View>>
    where
        A: Reads<R>,
    {
        let (core, version) = (self.core(), version.into_version());
        let at = async { core.at(version.resolve(&core.table).await?).await };
        let older = traced!("at", core.table_name()).on(&core.table).run(at, |_| 0).await?;
        let current = Arc::new(Current::new(older, Maintenance::off()));
        let rows = TableRows { current, restriction: Arc::clone(&self.rows.restriction) };
        Ok(Store { rows, applied: Arc::clone(&self.applied), types: PhantomData })
    }
}

impl Core {
    /// Returns a core that reads one version of the table.
    pub(super) async fn at(&self, version: u64) -> Result<Self> {
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
        let opened = self.with_own_vectors(&stored);
        Ok(self.pinned(table, version, opened))
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
        let is_vector = |name: &str| self.own_vectors().any(|vector| vector.name() == name);
        let others = stored.fields().iter().filter(|field| !is_vector(field.name()));
        let own = self.opened.fields().iter().filter(|field| is_vector(field.name()));
        let fields: Vec<Field> = others.chain(own).map(|field| Field::clone(field)).collect();
        Arc::new(Schema::new_with_metadata(fields, stored.metadata().clone()))
    }
}
