//! Stores for the rows of one scope, the rows of all scopes, and the rows that pass a filter.

use super::Store;
use super::access::{Access, AllScopes, OneScope, ReadOnly, Reads};
use super::restriction::Restriction;
use crate::query::{ColumnClosure, IntoFilter, IntoScope};
use crate::record::{EmbeddingRecord, Scoped};

/// A store for the rows of one scope. Created by [`Store::scoped`].
pub type ScopedStore<R> = Store<R, OneScope>;

/// A store that reads the rows of all scopes. Created by [`Store::across_scopes`].
pub type AcrossScopes<R> = Store<R, AllScopes>;

/// A store that reads the rows that pass a filter. Created by [`Store::view`].
pub type View<R> = Store<R, ReadOnly>;

impl<R: EmbeddingRecord> Store<R> {
    /// Returns a store for the rows of one scope, such as a tenant. It reads, counts, changes and deletes only these
    /// rows.
    ///
    /// The value is that of the `#[datus(scope)]` field, or a tuple for several such fields, in order of declaration.
    /// Nothing is read, so the scope does not have to exist. Keys are unique within a scope, so [`get`](Store::get) takes
    /// only the key. A row of another scope causes an error of kind `InvalidInput` before anything is written. A cursor from
    /// one scope is not valid in another scope.
    ///
    /// All scopes share the table, its indexes and its versions. Full-text scores depend on how frequent a term is in the
    /// whole table. The guide has a page on [tenants](crate::guide::tenants).
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
    ///
    /// #[derive(Clone, EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(scope)]
    ///     tenant: String,
    ///     #[datus(key)]
    ///     path: String,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    /// # fn page(tenant: &str, path: &str, text: &str) -> Page {
    /// #     Page { tenant: tenant.into(), path: path.into(), text: text.into() }
    /// # }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let pages: Store<Page> = db.store(HashingModel::default()).await?;
    /// let (north, south) = (pages.scoped("north"), pages.scoped("south"));
    /// north.upsert([page("north", "a", "How to bake bread")]).await?;
    /// south.upsert([page("south", "a", "How to brew tea")]).await?;
    ///
    /// assert_eq!(north.get("a").await?.expect("one page").text, "How to bake bread");
    /// assert_eq!(north.search("tea").await?.len(), 1); // the page about bread
    /// assert_eq!(south.delete().all_rows().await?, 1);
    /// assert_eq!(pages.across_scopes().count().await?, 1);
    ///
    /// let error = north.add([page("south", "b", "Jam")]).await.unwrap_err();
    /// assert!(error.message().contains("`south`"));
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn scoped<S>(&self, value: S) -> ScopedStore<R>
    where
        R: Scoped,
        S: IntoScope<R::Scope>,
    {
        let columns: Vec<&'static str> = R::definition().scope_fields().map(|field| field.name).collect();
        self.with_access(Restriction::to_scope(columns.into_iter().zip(value.into_values()).collect()))
    }

    /// Returns a store that reads the rows of all scopes: for statistics, and for the administration of a service.
    ///
    /// It cannot write. It has no [`get`](Store::get) and no [`similar_to`](Store::similar_to), because a key
    /// identifies a row only within a scope.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Order {
    ///     #[datus(scope)]
    ///     shop: String,
    ///     total: f64,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let orders: Store<Order> = Database::connect("memory://").await?.store(()).await?;
    /// orders.scoped("a").add([Order { shop: "a".into(), total: 3.0 }]).await?;
    /// orders.scoped("b").add([Order { shop: "b".into(), total: 5.0 }]).await?;
    ///
    /// let shops = orders.across_scopes().search_all().select(|t| t.shop).distinct().await?;
    /// assert_eq!(shops.len(), 2);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn across_scopes(&self) -> AcrossScopes<R>
    where
        R: Scoped,
    {
        self.with_access(Restriction::default())
    }
}

impl<R: EmbeddingRecord, A: Access> Store<R, A> {
    /// Returns a store that only reads the rows that pass the filter. The filter is added to every read.
    ///
    /// [`get`](Store::get) returns `None` for a row outside the view. A view of a view keeps the rows that pass both
    /// filters, and a view of a scope keeps rows of the scope. A cursor from one view is not valid in another view. The view
    /// shows later writes too.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store, View};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Table {
    ///     #[datus(key)]
    ///     name: String,
    ///     schema: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let tables: Store<Table> = Database::connect("memory://").await?.store(()).await?;
    /// let table = |schema: &str, name: &str| Table { name: name.into(), schema: schema.into() };
    /// tables.add([table("public", "users"), table("sales", "orders"), table("hr", "salaries")]).await?;
    ///
    /// let allowed: View<Table> = tables.view(|t| t.schema.eq("sales").or(t.name.eq("users")));
    /// assert_eq!(allowed.count().await?, 2);
    /// assert!(allowed.get("salaries").await?.is_none());
    /// assert_eq!(allowed.view(|t| t.schema.eq("sales")).count().await?, 1);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn view<F: IntoFilter<R>>(&self, filter: impl ColumnClosure<R, F>) -> Store<R, A::View>
    where
        A: Reads<R>,
    {
        let filter = filter(R::columns()).into_filter().into_predicate();
        self.with_access(self.rows.restriction.narrowed(filter))
    }
}
