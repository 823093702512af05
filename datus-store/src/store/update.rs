mod run;

use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;

use self::run::{update, update_keys};
use super::core::Core;
use super::group::Group;
use super::{Store, traced};
use crate::backend::Assignment;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{Expression, IntoComputed, IntoFilter, Operand, Predicate, Value};
use crate::record::{Col, EmbeddingRecord};

/// What [`Store::update`] did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Updated {
    /// The rows that the filter kept.
    pub rows: usize,
    /// The texts embedded.
    pub embedded: usize,
    /// The version of the table that has the rows; `None` when nothing had to be written.
    pub version: Option<u64>,
}

/// An update that does not say yet of which rows. Made by [`Store::update`].
#[derive(Debug)]
#[must_use = "nothing is written until it has a filter and is awaited"]
pub struct UnscopedUpdate<'a, R> {
    store: &'a Store<R>,
}

/// Updates rows when it is awaited. Made by [`UnscopedUpdate::filter`] and [`UnscopedUpdate::all`].
#[must_use = "nothing is written until it is awaited"]
pub struct Update<'a, R> {
    store: &'a Store<R>,
    filter: Predicate,
    everything: bool,
    assignments: Vec<Assignment>,
    alone: bool,
}

impl<R: EmbeddingRecord> Store<R> {
    /// Starts to set columns of the rows that a filter keeps, in one commit.
    ///
    /// Setting a text that is embedded embeds it again in the same commit, so that no vector is ever stale; a row
    /// whose text stays what it was keeps its vector.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store, model::HashingModel};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(key)]
    ///     path: String,
    ///     visits: u32,
    ///     #[datus(embed)]
    ///     text: String,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let db = Database::connect("memory://").await?;
    /// let pages: Store<Page> = db.store(HashingModel::default()).await?;
    /// pages.add([Page { path: "a".into(), visits: 1, text: "bread".into() }]).await?;
    ///
    /// pages.update().filter(|t| t.path.eq("a")).set_to(|t| t.visits, |t| t.visits.plus(1)).await?;
    /// let updated = pages.update().filter(|t| t.path.eq("a")).set(|t| t.text, "How to brew tea").await?;
    /// assert_eq!((updated.rows, updated.embedded), (1, 1));
    ///
    /// let hit = pages.search("brewing tea").first().await?.expect("one page");
    /// assert_eq!(hit.record.visits, 2);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    pub fn update(&self) -> UnscopedUpdate<'_, R> {
        UnscopedUpdate { store: self }
    }
}

impl<'a, R: EmbeddingRecord> UnscopedUpdate<'a, R> {
    /// Updates the rows that the filter keeps.
    pub fn filter<F: IntoFilter<R>>(self, filter: impl FnOnce(R::Columns) -> F) -> Update<'a, R> {
        let filter = filter(R::columns()).into_filter().into_predicate();
        Update { store: self.store, filter, everything: false, assignments: Vec::new(), alone: false }
    }

    /// Updates every row.
    pub fn all(self) -> Update<'a, R> {
        let filter = Predicate::Constant(true);
        Update { store: self.store, filter, everything: true, assignments: Vec::new(), alone: false }
    }
}

impl<R: EmbeddingRecord> Update<'_, R> {
    /// Makes a commit for this update only. Without it, an update of the rows of some keys, such as
    /// `filter(|t| t.id.eq(7))`, shares its commit with other small writes that wait for the lock at the same time.
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// Narrows the rows to those that this filter keeps too.
    pub fn filter<F: IntoFilter<R>>(mut self, filter: impl FnOnce(R::Columns) -> F) -> Self {
        self.filter = self.filter.and(filter(R::columns()).into_filter().into_predicate());
        self
    }

    /// Sets a column to a value; an `Option` that is `None` is null, as [`set_null`](Self::set_null) is.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a filter that keeps every row whatever the data (say
    /// [`all`](UnscopedUpdate::all)), a column of the key, a column set twice, or nothing to set; `Unsupported` for a
    /// column inside a nested struct, and for a text that is embedded in a record without a key where each row gets
    /// another one; `Model` when the model fails; `Conflict` when other writers changed the rows each time it was
    /// tried; `Engine` when the storage fails. Nothing is written then.
    pub fn set<T, A, V: Operand<T, A>>(
        self,
        column: impl FnOnce(R::Columns) -> Col<R, T, A>,
        value: V,
    ) -> Self {
        self.assign(column, Expression::Value(value.operand()))
    }

    /// Sets a column that can be null to null. A text that is embedded loses its vector with it.
    ///
    /// ```
    /// use datus_store::{Database, EmbeddingRecord, Store};
    ///
    /// #[derive(EmbeddingRecord)]
    /// struct Page {
    ///     #[datus(key)]
    ///     path: String,
    ///     owner: Option<String>,
    /// }
    ///
    /// # datus_store::block_on(async {
    /// let pages: Store<Page> = Database::connect("memory://").await?.store(()).await?;
    /// pages.add([Page { path: "a".into(), owner: Some("Ann".into()) }]).await?;
    /// pages.update().filter(|t| t.owner.eq("Ann")).set_null(|t| t.owner).await?;
    /// assert_eq!(pages.get("a").await?.expect("one page").owner, None);
    /// # Ok::<(), datus_store::Error>(())
    /// # }).unwrap();
    /// ```
    ///
    /// # Errors
    /// As [`set`](Self::set).
    pub fn set_null<T, A>(self, column: impl FnOnce(R::Columns) -> Col<R, Option<T>, A>) -> Self {
        self.assign(column, Expression::Value(Value::Null))
    }

    /// Sets a column to what the engine computes of the row: another column, or an expression of columns such as
    /// `t.visits.plus(1)` or `t.name.lower()`.
    ///
    /// # Errors
    /// As [`set`](Self::set), and `InvalidInput` or `Engine` for a result that does not fit the column.
    pub fn set_to<T, A, E: IntoComputed<R, T>>(
        self,
        column: impl FnOnce(R::Columns) -> Col<R, T, A>,
        value: impl FnOnce(R::Columns) -> E,
    ) -> Self {
        self.assign(column, value(R::columns()).into_computed().into_expression())
    }

    fn assign<T, A>(mut self, column: impl FnOnce(R::Columns) -> Col<R, T, A>, value: Expression) -> Self {
        self.assignments.push(Assignment { column: column(R::columns()).path(), value });
        self
    }
}

impl<R> fmt::Debug for Update<'_, R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let columns: Vec<_> =
            self.assignments.iter().map(|assignment| assignment.column.to_string()).collect();
        f.debug_struct("Update").field("store", self.store).field("columns", &columns).finish_non_exhaustive()
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Update<'a, R> {
    type Output = Result<Updated>;
    type IntoFuture = BoxFuture<'a, Result<Updated>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { store, filter, everything, assignments, alone } = self;
        let (core, current) = (store.core(), Arc::clone(&store.current));
        let group = Group::of(&current, alone);
        Box::pin(current.written(traced!("update", R::TABLE).run(
            async move {
                if filter.is_always_true() && !everything {
                    return Err(Error::new(ErrorKind::InvalidInput, "the filter keeps every row")
                        .with_help("add a condition, or update everything with `.all()`"));
                }
                core.check_assignments(&assignments)?;
                if let Some(updated) = update_keys::<R>(&core, &group, &filter, &assignments).await? {
                    return Ok(updated);
                }
                core.check_writable().await?;
                update::<R>(&core, &filter, &assignments).await
            },
            |updated| updated.rows,
        )))
    }
}

impl Core {
    fn check_assignments(&self, assignments: &[Assignment]) -> Result<()> {
        if assignments.is_empty() {
            return Err(Error::new(ErrorKind::InvalidInput, "the update sets no column")
                .with_help("say what to set with `.set(|t| t.column, value)`"));
        }
        for (position, Assignment { column, .. }) in assignments.iter().enumerate() {
            let refuse = |kind, message: &str, help: &str| {
                Err(Error::new(kind, message).with_help(help).with_column(column.to_string()))
            };
            if column.names().len() > 1 {
                let message = "a column inside a nested struct can't be set by itself";
                return refuse(ErrorKind::Unsupported, message, "upsert the rows");
            }
            let field = self.record.field(column.root());
            if let Some(stamp) = field.and_then(|field| field.stamp) {
                let message = format!("the store writes the time into a `{}` column", stamp.name());
                return refuse(ErrorKind::InvalidInput, &message, "leave it out");
            }
            if self.key_columns().contains(&column.root()) {
                let message = "the key can't be set, since it identifies the row";
                return refuse(
                    ErrorKind::InvalidInput,
                    message,
                    "delete the row and add it under its new key",
                );
            }
            if assignments.iter().take(position).any(|before| before.column.root() == column.root()) {
                return refuse(ErrorKind::InvalidInput, "the column is set twice", "leave one out");
            }
        }
        Ok(())
    }
}
