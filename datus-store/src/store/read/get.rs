use futures::future::BoxFuture;

use crate::error::Result;
use crate::query::{Filter, IntoKey};
use crate::record::{EmbeddingRecord, Keyed};
use crate::store::Store;
use crate::store::access::ReadsByKey;
use crate::store::restriction::row_of;

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Reads the row with this key, or returns `None` if no row has it. A key of several columns is a tuple, in the
    /// key's order. In a scoped store, the key does not include the scope.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(Debug, PartialEq, EmbeddingRecord)]
    /// struct City {
    ///     #[datus(key)]
    ///     name: String,
    ///     population: u32,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let cities: Store<City> = Database::connect("memory://").await?.store(()).await?;
    /// cities.add([City { name: "Oslo".into(), population: 717_710 }]).await?;
    /// assert_eq!(cities.get("Oslo").await?.map(|city| city.population), Some(717_710));
    /// assert_eq!(cities.get("Atlantis").await?, None);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// `Decode` for a stored value that the record cannot hold; `TableNotFound` when the table was dropped;
    /// `TableChanged` when another program changed it; `Engine` when the storage fails.
    pub fn get<K: IntoKey<R::Key>>(&self, key: K) -> BoxFuture<'static, Result<Option<R>>>
    where
        R: Keyed,
        A: ReadsByKey<R>,
    {
        self.search_all().matching(Filter::from_predicate(row_of::<R>(key))).first()
    }
}
