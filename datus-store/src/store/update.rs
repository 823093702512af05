use std::fmt;
use std::future::IntoFuture;
use std::sync::Arc;

use futures::future::BoxFuture;
use futures::stream;

use super::core::Core;
use super::ingest::{ChunkRows, MadeVectors, Meter, Now, chunks, texts_of};
use super::merge::{Duplicates, PendingMerge};
use super::{Store, traced};
use crate::backend::{Assignment, Attempts, Turn};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role};
use crate::query::{Expression, IntoComputed, IntoFilter, Operand, Predicate, Value};
use crate::record::{self, Col, ColumnPath, EmbeddingRecord, FieldDef, Stamp, VectorDef, keys};

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
}

impl<R: EmbeddingRecord> Store<R> {
    /// Starts to set columns of the rows that a filter keeps, in one commit.
    ///
    /// Setting a text that is embedded embeds it again in the same commit, so that no vector is ever stale; a row whose
    /// text stays what it was keeps its vector.
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
        Update { store: self.store, filter, everything: false, assignments: Vec::new() }
    }

    /// Updates every row.
    pub fn all(self) -> Update<'a, R> {
        let filter = Predicate::Constant(true);
        Update { store: self.store, filter, everything: true, assignments: Vec::new() }
    }
}

impl<R: EmbeddingRecord> Update<'_, R> {
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
    /// another one; `Model` when the model fails; `Conflict` when other writers changed the rows each time it was tried;
    /// `Engine` when the storage fails. Nothing is written then.
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
        let Self { store, filter, everything, assignments } = self;
        let (core, current) = (store.core(), Arc::clone(&store.current));
        Box::pin(current.written(traced!("update", R::TABLE).run(
            async move {
                let core = &*core;
                if filter.is_always_true() && !everything {
                    let message =
                        "the filter keeps every row: add a condition, or update everything with `.all()`";
                    return Err(Error::new(ErrorKind::InvalidInput, message));
                }
                core.check_assignments(&assignments)?;
                core.check_writable().await?;
                update::<R>(core, &filter, &assignments).await
            },
            |updated| updated.rows,
        )))
    }
}

async fn update<R: EmbeddingRecord>(
    core: &Core,
    filter: &Predicate,
    assignments: &[Assignment],
) -> Result<Updated> {
    let touched = core.touched_vectors(assignments);
    if !touched.is_empty() && !core.record.key.is_empty() {
        return update_embedded::<R>(core, filter, assignments).await;
    }
    if !touched.is_empty() {
        core.check_same_texts(&touched, assignments)?;
    }
    let mut vectors = same_vectors::<R>(core, filter, &touched, assignments).await?;
    let lock = Arc::new(core.table.turn().await?);
    let mut attempts = Attempts::new(&core.table);
    loop {
        let version = attempts.next().await?;
        if touched.is_empty() {
            core.check_rows().await?;
        } else {
            core.check_models().await?;
        }
        // The engine would commit a version without a change.
        if !core.table.has_rows(filter).await? {
            return Ok(Updated::default());
        }
        if vectors.is_none() {
            // No row passed the filter before the lock was taken.
            vectors = same_vectors::<R>(core, filter, &touched, assignments).await?;
        }
        let Some(vectors) = &vectors else { continue };
        if let Some(updated) = core.set_columns(&lock, version, filter, assignments, vectors).await? {
            return Ok(updated);
        }
    }
}

/// Updates rows with a key whose texts are embedded: they are read, embedded, and written whole.
async fn update_embedded<R: EmbeddingRecord>(
    core: &Core,
    filter: &Predicate,
    assignments: &[Assignment],
) -> Result<Updated> {
    let mut read = core.table.version().await?;
    let mut embedded = 0;
    let (mut rows, mut merge) = assigned::<R>(core, filter, assignments, &MadeVectors::default()).await?;
    let lock = Arc::new(core.table.turn().await?);
    let mut attempts = Attempts::new(&core.table);
    loop {
        let version = attempts.next().await?;
        core.check_models().await?;
        if core.table.rows_changed_since(read).await? {
            // What another writer set since the rows were read would be set back.
            let made = merge.made_vectors(core)?;
            embedded += merge.embedded();
            (rows, merge) = assigned::<R>(core, filter, assignments, &made).await?;
        }
        read = version;
        if let Some(nothing) = merge.nothing_to_write(core).await? {
            return Ok(Updated { rows, embedded: embedded + nothing.embedded, version: None });
        }
        if let Some(done) = merge.commit_after(core, &lock, version, None).await? {
            return Ok(Updated { rows, embedded: embedded + merge.embedded(), version: Some(done.version) });
        }
    }
}

/// Reads the rows of a filter as they are after the assignments, and embeds them. Returns their number too.
async fn assigned<R: EmbeddingRecord>(
    core: &Core,
    filter: &Predicate,
    assignments: &[Assignment],
    made: &MadeVectors,
) -> Result<(usize, PendingMerge)> {
    let names: Vec<&'static str> = core.record.fields.iter().map(|field| field.name).collect();
    let batches = core.table.rows_assigned(filter, assignments, &core.schema, &names, None).await?;
    let rows = batches.iter().map(arrow_array::RecordBatch::num_rows).sum();
    let records = batches.iter().flat_map(|batch| match record::decode::<R>(batch) {
        Ok(records) => records.into_iter().map(Ok).collect::<Vec<_>>(),
        Err(error) => vec![Err(error)],
    });
    let meter = Meter::new(Some(rows), None);
    let chunks = chunks::<R, R>(core, stream::iter(records), ChunkRows::Compared, &meter);
    let merge = PendingMerge::collect(core, chunks, Duplicates::Refused, made, texts_of::<R>, &meter).await?;
    Ok((rows, merge))
}

impl Core {
    fn check_assignments(&self, assignments: &[Assignment]) -> Result<()> {
        if assignments.is_empty() {
            let message = "nothing is set: say what with `.set(|t| t.column, value)`";
            return Err(Error::new(ErrorKind::InvalidInput, message));
        }
        for (position, Assignment { column, .. }) in assignments.iter().enumerate() {
            let refuse = |kind, message: &str| Err(Error::new(kind, message).with_column(column.to_string()));
            if column.names().len() > 1 {
                return refuse(
                    ErrorKind::Unsupported,
                    "a column inside a nested struct can't be set alone: upsert the rows",
                );
            }
            let field = self.record.field(column.root());
            if let Some(stamp) = field.and_then(|field| field.stamp) {
                let message =
                    format!("the store writes the time into a `{}` column: leave it out", stamp.name());
                return refuse(ErrorKind::InvalidInput, &message);
            }
            if self.key_columns().contains(&column.root()) {
                return refuse(
                    ErrorKind::InvalidInput,
                    "the key can't be set, since rows are told apart by it: delete the row and add it under its new key",
                );
            }
            if assignments.iter().take(position).any(|before| before.column.root() == column.root()) {
                return refuse(ErrorKind::InvalidInput, "the column is set twice: leave one out");
            }
        }
        Ok(())
    }

    /// The vectors that are made from a column that is set.
    fn touched_vectors(&self, assignments: &[Assignment]) -> Vec<usize> {
        let set = |vector: &VectorDef| {
            let mut fields = vector.sources.iter().filter_map(|&source| self.record.fields.get(source));
            fields.any(|field| assignments.iter().any(|set| set.column.root() == field.name))
        };
        let vectors = self.record.vectors.iter().enumerate();
        vectors.filter(|(_, vector)| set(vector)).map(|(index, _)| index).collect()
    }

    async fn vector_of(&self, definition: &VectorDef, text: &str) -> Result<Vec<f32>> {
        let model = &*self.models[definition.model];
        let made = model::embed(model, &[text], Role::Document).await;
        let made = made.map_err(|error| error.with_column(definition.name))?.into_iter().next();
        // One text has one vector, which was checked.
        let vector = made.unwrap_or_default();
        self.check_direction(definition, &vector, ErrorKind::Model)?;
        Ok(vector)
    }

    /// Sets columns, and vectors that are the same in all rows, in one commit that follows `version`.
    async fn set_columns(
        &self,
        lock: &Arc<Turn>,
        version: u64,
        filter: &Predicate,
        assignments: &[Assignment],
        vectors: &[(String, Option<Vec<f32>>)],
    ) -> Result<Option<Updated>> {
        let embedded = vectors.iter().filter(|(_, vector)| vector.is_some()).count();
        let mut vectors = vectors.to_vec();
        vectors.extend(self.left_null_by(assignments).await?);
        let mut assignments = assignments.to_vec();
        for field in self.record.fields.iter().filter(|field| field.stamp == Some(Stamp::Updated)) {
            let value = Expression::Value(Now::read().value(field)?);
            assignments.push(Assignment { column: ColumnPath::column(field.name), value });
        }
        let updated = self.table.update(lock, version, filter, &assignments, &vectors).await?;
        Ok(updated.map(|(rows, version)| Updated {
            rows: usize::try_from(rows).unwrap_or(usize::MAX),
            embedded,
            version: Some(version),
        }))
    }

    /// The vectors that stand by, cannot be filled here, and are made from a column that is set: all become null.
    async fn left_null_by(&self, assignments: &[Assignment]) -> Result<Vec<(String, Option<Vec<f32>>)>> {
        let fields = self.left_null().await?;
        let touched = fields.iter().filter(|field| {
            let sources = field.metadata().get(keys::VECTOR_OF).map(String::as_str).unwrap_or_default();
            sources.split(',').any(|source| assignments.iter().any(|set| set.column.root() == source))
        });
        Ok(touched.map(|field| (field.name().clone(), None)).collect())
    }

    /// Fails where a vector is made of a text that is another one in each row.
    fn check_same_texts(&self, touched: &[usize], assignments: &[Assignment]) -> Result<()> {
        let constant = |field: &FieldDef| {
            let set = assignments.iter().find(|set| set.column.root() == field.name);
            matches!(set.map(|set| &set.value), Some(Expression::Value(_)))
        };
        for definition in touched.iter().filter_map(|&vector| self.record.vectors.get(vector)) {
            let mut sources = definition.sources.iter().filter_map(|&source| self.record.fields.get(source));
            if let Some(field) = sources.find(|field| !constant(field)) {
                let message = format!(
                    "each row would get another text to embed, with its own `{}`, and rows without a key can't be written \
                     one by one: put `#[datus(key)]` on a field of the record, or set that column to one value too",
                    field.name
                );
                return Err(Error::new(ErrorKind::Unsupported, message).with_column(definition.name));
            }
        }
        Ok(())
    }
}

/// The vectors of texts that are the same for all rows: in a table without a key rows can't be written one by one. `None`
/// where vectors are to be made and no row passes the filter.
async fn same_vectors<R: EmbeddingRecord>(
    core: &Core,
    filter: &Predicate,
    touched: &[usize],
    assignments: &[Assignment],
) -> Result<Option<Vec<(String, Option<Vec<f32>>)>>> {
    if touched.is_empty() {
        return Ok(Some(Vec::new()));
    }
    // One row has all texts: what they are made of is set to values.
    let names: Vec<&'static str> = core.record.fields.iter().map(|field| field.name).collect();
    let batches = core.table.rows_assigned(filter, assignments, &core.schema, &names, Some(1)).await?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(None) };
    let Some(row) = record::decode::<R>(batch)?.into_iter().next() else { return Ok(None) };
    let mut vectors = Vec::with_capacity(touched.len());
    for &index in touched {
        let (Some(definition), Some(&number)) = (core.record.vectors.get(index), core.numbers.get(index))
        else {
            let message = "the record has no vector of this number";
            return Err(Error::new(ErrorKind::Engine, message));
        };
        let text = row.source_text(number).filter(|text| !text.trim().is_empty());
        let vector = match &text {
            None => None,
            Some(text) => Some(core.vector_of(definition, text).await?),
        };
        vectors.push((definition.name.to_owned(), vector));
    }
    Ok(Some(vectors))
}
