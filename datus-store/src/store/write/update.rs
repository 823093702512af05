mod run;

use std::fmt;
use std::future::{Future, IntoFuture};
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use futures::future::BoxFuture;

pub use self::run::Updated;
use self::run::{update, update_keys};
use super::unspecified::Unspecified;
use crate::backend::Assignment;
use crate::error::{Error, ErrorKind, Result};
use crate::query::{Assignable, ColumnClosure, Expression, IntoColumnExpr, IntoFilter, Predicate, Value};
use crate::record::{Col, EmbeddingRecord};
use crate::store::access::Writes;
use crate::store::core::Core;
use crate::store::{Store, TableRows, traced};

/// An update that has not selected rows yet. [`filter`](UpdateBuilder::filter) or [`all_rows`](UpdateBuilder::all_rows)
/// selects them. Created by [`Store::update`].
#[derive(Debug)]
#[must_use = "nothing is written until it selects rows and is awaited"]
pub struct UpdateBuilder<'a, R> {
    table: &'a TableRows,
    record: PhantomData<fn() -> R>,
}

/// Updates rows when awaited. Created by [`UpdateBuilder::filter`] and [`UpdateBuilder::all_rows`].
#[must_use = "nothing is written until it is awaited"]
pub struct Update<'a, R> {
    table: &'a TableRows,
    filter: Predicate,
    all_rows: bool,
    assignments: Vec<Assignment>,
    alone: bool,
    record: PhantomData<fn() -> R>,
}

impl<R: EmbeddingRecord, A> Store<R, A> {
    /// Starts an update that sets columns of the rows that match a filter, in one commit.
    ///
    /// Setting an embedded text also replaces its vector in the same commit, so that no vector is ever stale. A row whose
    /// text does not change keeps its vector.
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
    pub fn update(&self) -> UpdateBuilder<'_, R>
    where
        A: Writes<R>,
    {
        UpdateBuilder { table: &self.rows, record: PhantomData }
    }
}

impl<'a, R: EmbeddingRecord> UpdateBuilder<'a, R> {
    /// Updates the rows that match the filter.
    pub fn filter<F: IntoFilter<R>>(self, filter: impl ColumnClosure<R, F>) -> Update<'a, R> {
        self.rows(filter(R::columns()).into_filter().into_predicate(), false)
    }

    /// Updates every row, or every row of the scope in a scoped store.
    pub fn all_rows(self) -> Update<'a, R> {
        self.rows(Predicate::Constant(true), true)
    }

    // These three methods make the compiler print the message of `ChangesRows` if a column is set before rows are selected.
    #[doc(hidden)]
    pub fn set<T, A, V>(self, column: impl FnOnce(R::Columns) -> Col<R, T, A>, value: V) -> Update<'a, R>
    where
        T: Assignable<V, A>,
        Unspecified<R>: ChangesRows,
    {
        self.rows(Predicate::Constant(false), false).set(column, value)
    }

    #[doc(hidden)]
    pub fn set_null<T, A>(self, column: impl FnOnce(R::Columns) -> Col<R, Option<T>, A>) -> Update<'a, R>
    where
        Unspecified<R>: ChangesRows,
    {
        self.rows(Predicate::Constant(false), false).set_null(column)
    }

    #[doc(hidden)]
    pub fn set_to<T, A, E: IntoColumnExpr<R, T>>(
        self,
        column: impl FnOnce(R::Columns) -> Col<R, T, A>,
        value: impl FnOnce(R::Columns) -> E,
    ) -> Update<'a, R>
    where
        Unspecified<R>: ChangesRows,
    {
        self.rows(Predicate::Constant(false), false).set_to(column, value)
    }

    fn rows(self, filter: Predicate, all_rows: bool) -> Update<'a, R> {
        let Self { table, record } = self;
        Update { table, filter, all_rows, assignments: Vec::new(), alone: false, record }
    }
}

/// The rows that an update changes. An [`UpdateBuilder`] has [`Unspecified`] rows, so awaiting one fails to compile with
/// this message.
#[diagnostic::on_unimplemented(
    message = "this update does not specify which rows of the table it changes",
    label = "call `.filter(…)` or `.all_rows()` first",
    note = "`.filter(|t| t.column.eq(value))` updates the rows that match, and `.all_rows()` updates every row; then `.set(…)` a column"
)]
pub trait ChangesRows {}

impl<R> ChangesRows for Update<'_, R> {}

/// Makes the compiler print the message of [`ChangesRows`].
#[doc(hidden)]
impl<R: EmbeddingRecord> Future for UpdateBuilder<'_, R>
where
    Unspecified<R>: ChangesRows,
{
    type Output = Result<Updated>;

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Self::Output> {
        let message = "the update does not specify which rows of the table it changes";
        let error = Error::new(ErrorKind::InvalidInput, message);
        Poll::Ready(Err(error.with_help("call `.filter(…)` or `.all_rows()` before `.await`")))
    }
}

impl<R: EmbeddingRecord> Update<'_, R> {
    /// Gives this update its own commit. By default, an update of rows by key, such as `filter(|t| t.id.eq(7))`,
    /// shares its commit with other small writes that wait for the lock at the same time.
    pub fn alone(mut self) -> Self {
        self.alone = true;
        self
    }

    /// Adds a filter. Only rows that match all filters are updated.
    pub fn filter<F: IntoFilter<R>>(mut self, filter: impl ColumnClosure<R, F>) -> Self {
        self.all_rows = false;
        self.filter = self.filter.and(filter(R::columns()).into_filter().into_predicate());
        self
    }

    /// Sets a column to a value. An `Option` that is `None` sets it to null; [`set_null`](Self::set_null) always does.
    ///
    /// # Errors
    /// When awaited: `InvalidInput` for a filter that matches every row regardless of the data (use
    /// [`all_rows`](UpdateBuilder::all_rows)), for a column of the key, for a column that is set twice, and for an update
    /// that sets nothing; `Unsupported` for a column inside a nested struct, and for an embedded text that differs between
    /// rows in a record without a key; `Model` when the model fails; `Conflict` when other writers changed the rows on every
    /// attempt; `Engine` when the storage fails. If an error occurs, nothing is written.
    pub fn set<T, A, V>(self, column: impl FnOnce(R::Columns) -> Col<R, T, A>, value: V) -> Self
    where
        T: Assignable<V, A>,
    {
        self.assign(column, Expression::Value(T::value(value)))
    }

    /// Sets a nullable column to null. The vector of an embedded text is also set to null.
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
    /// Fails with the same errors as [`set`](Self::set).
    pub fn set_null<T, A>(self, column: impl FnOnce(R::Columns) -> Col<R, Option<T>, A>) -> Self {
        self.assign(column, Expression::Value(Value::Null))
    }

    /// Sets a column to a value that the engine computes for each row: the value of another column, or an expression
    /// of columns such as `t.visits.plus(1)` or `t.name.lower()`.
    ///
    /// # Errors
    /// Fails with the same errors as [`set`](Self::set), and with `InvalidInput` or `Engine` for a result that does not fit
    /// the column.
    pub fn set_to<T, A, E: IntoColumnExpr<R, T>>(
        self,
        column: impl FnOnce(R::Columns) -> Col<R, T, A>,
        value: impl FnOnce(R::Columns) -> E,
    ) -> Self {
        self.assign(column, value(R::columns()).into_column_expr().into_expression())
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
        f.debug_struct("Update").field("table", self.table).field("columns", &columns).finish_non_exhaustive()
    }
}

impl<'a, R: EmbeddingRecord> IntoFuture for Update<'a, R> {
    type Output = Result<Updated>;
    type IntoFuture = BoxFuture<'a, Result<Updated>>;

    fn into_future(self) -> Self::IntoFuture {
        let Self { table, filter, all_rows, assignments, alone, record: _ } = self;
        let (core, current) = (table.core(), Arc::clone(&table.current));
        let group = current.write_group(alone);
        Box::pin(current.run_write(traced!("update", core.table_name()).run(
            async move {
                if filter.is_always_true() && !all_rows {
                    return Err(Error::new(ErrorKind::InvalidInput, "the filter matches every row")
                        .with_help("add a condition, or update every row with `.all_rows()`"));
                }
                core.check_assignments(&assignments)?;
                let filter = table.filter(filter);
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
                .with_help("set a column with `.set(|t| t.column, value)`"));
        }
        for (position, Assignment { column, .. }) in assignments.iter().enumerate() {
            let refuse = |kind, message: &str, help: &str| {
                Err(Error::new(kind, message).with_help(help).with_column(column.to_string()))
            };
            if column.names().len() > 1 {
                let message = "a column inside a nested struct cannot be set separately";
                return refuse(ErrorKind::Unsupported, message, "write the whole rows with `upsert`");
            }
            let field = self.record.field(column.root());
            if let Some(stamp) = field.and_then(|field| field.auto_timestamp) {
                let message =
                    format!("a column with `{}` cannot be set, because the store sets it", stamp.name());
                return refuse(ErrorKind::InvalidInput, &message, "leave the column out of the update");
            }
            if self.record.scope_fields().any(|field| field.name == column.root()) {
                let message = "the scope cannot be set, since it determines the owner of the row";
                return refuse(
                    ErrorKind::InvalidInput,
                    message,
                    "delete the row and add it to the other scope",
                );
            }
            if self.key_columns().contains(&column.root()) {
                let message = "the key cannot be set, since it identifies the row";
                return refuse(
                    ErrorKind::InvalidInput,
                    message,
                    "delete the row and add it under its new key",
                );
            }
            if assignments.iter().take(position).any(|before| before.column.root() == column.root()) {
                return refuse(ErrorKind::InvalidInput, "the column is set twice", "set it once");
            }
        }
        Ok(())
    }
}
