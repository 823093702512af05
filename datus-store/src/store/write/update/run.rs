//! The steps of an update: embedding, the write lock, and one commit.

use std::sync::Arc;

use futures::stream;
use serde::Serialize;

use crate::backend::{Assignment, Attempts, TableLock};
use crate::error::{Error, ErrorKind, Result};
use crate::model::Role;
use crate::query::{Expression, Predicate};
use crate::record::{self, AutoTimestamp, ColumnPath, EmbeddingRecord, FieldDef, keys};
use crate::store::core::{Core, StoreVector};
use crate::store::restriction::RowFilter;
use crate::store::write::group::{self, Group, SmallWrite};
use crate::store::write::ingest::{ChunkSize, Meter, VectorCache, WriteTime, chunks, texts_of};
use crate::store::write::merge::{Duplicates, PendingMerge};

/// The result of [`Store::update`](crate::Store::update).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[non_exhaustive]
pub struct Updated {
    /// The number of rows that match the filter.
    pub rows: usize,
    /// The number of texts embedded.
    pub embedded: usize,
    /// The version of the table that contains the rows, or `None` if nothing had to be written.
    pub version: Option<u64>,
}

/// Updates the rows that pass a filter, in one commit.
pub(super) async fn update<R: EmbeddingRecord>(
    core: &Core,
    filter: &RowFilter,
    assignments: &[Assignment],
) -> Result<Updated> {
    let filter = filter.predicate();
    let touched = core.touched_vectors(assignments);
    if !touched.is_empty() && !core.record.key.is_empty() {
        return update_embedded::<R>(core, filter, assignments).await;
    }
    if !touched.is_empty() {
        core.check_same_texts(&touched, assignments)?;
    }
    let mut vectors = same_vectors::<R>(core, filter, &touched, assignments).await?;
    let lock = Arc::new(core.table.write_lock().await?);
    let mut attempts = Attempts::new(&core.table);
    loop {
        let version = attempts.next().await?;
        if touched.is_empty() {
            core.check_rows().await?;
        } else {
            core.check_models().await?;
        }
        // If no row passes the filter, the engine would commit a version without changes.
        if !core.table.has_rows(filter).await? {
            return Ok(Updated::default());
        }
        if vectors.is_none() {
            // No row passed the filter before the write lock was acquired.
            vectors = same_vectors::<R>(core, filter, &touched, assignments).await?;
        }
        let Some(vectors) = &vectors else { continue };
        if let Some(updated) = core.set_columns(&lock, version, filter, assignments, vectors).await? {
            return Ok(updated);
        }
    }
}

/// Updates the rows with the given keys, in a commit shared with other small writes. Returns `None` for a filter that does
/// not select rows by their keys.
pub(super) async fn update_keys<R: EmbeddingRecord>(
    core: &Arc<Core>,
    group: &Arc<Group>,
    filter: &RowFilter,
    assignments: &[Assignment],
) -> Result<Option<Updated>> {
    let sequence = group.next_sequence();
    let Some(keys) = group::keys_of_filter(core, filter.predicate())? else { return Ok(None) };
    let Some(at) = core.table.dataset_version().await? else { return Ok(None) };
    let write = SmallWrite::Update { keys, assignments: assignments.to_vec() };
    let meter = Meter::new(None, None);
    match group::write(core, group, sequence, write, at, texts_of::<R>, &meter).await {
        Ok(done) => Ok(Some(Updated { rows: done.matched, embedded: done.embedded, version: done.version })),
        // Several rows share a key. The update by filter handles them.
        Err(error) if error.kind() == ErrorKind::Unsupported => Ok(None),
        Err(error) => Err(error),
    }
}

/// Updates rows whose texts are embedded, in a table with a key. Reads the rows, embeds their texts, and writes whole rows.
async fn update_embedded<R: EmbeddingRecord>(
    core: &Core,
    filter: &Predicate,
    assignments: &[Assignment],
) -> Result<Updated> {
    let mut read = core.table.version().await?;
    let mut embedded = 0;
    // The vectors of all attempts, since a row can stop passing the filter and later pass it again.
    let mut cache = VectorCache::default();
    let (mut rows, mut merge) = read_assigned::<R>(core, filter, assignments, &cache).await?;
    let lock = Arc::new(core.table.write_lock().await?);
    let mut attempts = Attempts::new(&core.table);
    loop {
        let version = attempts.next().await?;
        core.check_models().await?;
        if core.table.rows_changed_since(read).await? {
            // Writing the rows as they were read would undo the changes that another writer has made since.
            merge.add_vectors(core, &mut cache)?;
            embedded += merge.embedded();
            (rows, merge) = read_assigned::<R>(core, filter, assignments, &cache).await?;
        }
        read = version;
        if merge.is_empty() {
            // The rows may have been read from one version and compared with the next, and be equal only by coincidence.
            if core.table.rows_changed_since(version).await? {
                continue;
            }
            return Ok(Updated { rows, embedded: embedded + merge.embedded(), version: None });
        }
        if let Some(done) = merge.commit_after(core, &lock, version, None).await? {
            return Ok(Updated { rows, embedded: embedded + merge.embedded(), version: Some(done.version) });
        }
    }
}

/// Reads the rows that pass a filter, applies the assignments, and embeds the texts. Also returns the number of rows.
async fn read_assigned<R: EmbeddingRecord>(
    core: &Core,
    filter: &Predicate,
    assignments: &[Assignment],
    cache: &VectorCache,
) -> Result<(usize, PendingMerge)> {
    let names: Vec<&'static str> = core.record.fields.iter().map(|field| field.name).collect();
    let batches = core.table.rows_after_assignments(filter, assignments, &core.schema, &names, None).await?;
    let rows = batches.iter().map(arrow_array::RecordBatch::num_rows).sum();
    let records = batches.iter().flat_map(|batch| match record::decode::<R>(batch) {
        Ok(records) => records.into_iter().map(Ok).collect::<Vec<_>>(),
        Err(error) => vec![Err(error)],
    });
    let meter = Meter::new(Some(rows), None);
    let chunks = chunks::<R, R>(core, stream::iter(records), ChunkSize::Compared, &meter, None);
    let merge =
        PendingMerge::collect(core, chunks, Duplicates::Refused, cache, texts_of::<R>, &meter).await?;
    Ok((rows, merge))
}

impl Core {
    /// Returns the vectors whose sources include a column that the update sets.
    pub(in crate::store) fn touched_vectors(&self, assignments: &[Assignment]) -> Vec<&StoreVector> {
        let set = |vector: &&StoreVector| {
            let mut fields = self.record.sources(&vector.definition);
            fields.any(|field| assignments.iter().any(|set| set.column.root() == field.name))
        };
        self.vectors.iter().filter(set).collect()
    }

    /// Sets columns, and vectors that are the same in all rows, in one commit directly after `version`.
    async fn set_columns(
        &self,
        lock: &Arc<TableLock>,
        version: u64,
        filter: &Predicate,
        assignments: &[Assignment],
        vectors: &[(String, Option<Vec<f32>>)],
    ) -> Result<Option<Updated>> {
        let embedded = vectors.iter().filter(|(_, vector)| vector.is_some()).count();
        let mut vectors = vectors.to_vec();
        vectors.extend(self.unfillable_vectors(assignments).await?);
        let mut assignments = assignments.to_vec();
        for field in
            self.record.fields.iter().filter(|field| field.auto_timestamp == Some(AutoTimestamp::Updated))
        {
            let value = Expression::Value(WriteTime::now().value(field)?);
            assignments.push(Assignment { column: ColumnPath::column(field.name), value });
        }
        let updated = self.table.update(lock, version, filter, &assignments, &vectors).await?;
        Ok(updated.map(|(rows, version)| Updated {
            rows: usize::try_from(rows).unwrap_or(usize::MAX),
            embedded,
            version: Some(version),
        }))
    }

    /// Returns the standby vectors that depend on a column that is set, and that cannot be filled here. They become null in
    /// all updated rows.
    async fn unfillable_vectors(
        &self,
        assignments: &[Assignment],
    ) -> Result<Vec<(String, Option<Vec<f32>>)>> {
        let fields = self.unfillable_standby_columns().await?;
        let touched = fields.iter().filter(|field| {
            let sources = field.metadata().get(keys::VECTOR_OF).map(String::as_str).unwrap_or_default();
            sources.split(',').any(|source| assignments.iter().any(|set| set.column.root() == source))
        });
        Ok(touched.map(|field| (field.name().clone(), None)).collect())
    }

    /// Fails if the source text of a vector differs between rows.
    fn check_same_texts(&self, touched: &[&StoreVector], assignments: &[Assignment]) -> Result<()> {
        let constant = |field: &FieldDef| {
            let set = assignments.iter().find(|set| set.column.root() == field.name);
            matches!(set.map(|set| &set.value), Some(Expression::Value(_)))
        };
        for vector in touched {
            if vector.definition.multi {
                let message =
                    "the texts of a column with several vectors per row cannot be set in rows without a key";
                return Err(Error::new(ErrorKind::Unsupported, message)
                    .with_help("put `#[datus(key)]` on a field of the record")
                    .with_column(vector.name()));
            }
            let mut sources = self.record.sources(&vector.definition);
            if let Some(field) = sources.find(|field| !constant(field)) {
                let message = format!(
                    "the text to embed contains `{}`, so it differs between rows, but the rows have no key",
                    field.name
                );
                let help =
                    "put `#[datus(key)]` on a field of the record, or set that column to a constant too";
                return Err(Error::new(ErrorKind::Unsupported, message)
                    .with_help(help)
                    .with_column(vector.name()));
            }
        }
        Ok(())
    }
}

/// Returns the vectors to write into all rows. Their source texts are the same in all rows: without a key, rows cannot be
/// written one by one. Returns `None` if vectors are needed and no row passes the filter.
async fn same_vectors<R: EmbeddingRecord>(
    core: &Core,
    filter: &Predicate,
    touched: &[&StoreVector],
    assignments: &[Assignment],
) -> Result<Option<Vec<(String, Option<Vec<f32>>)>>> {
    if touched.is_empty() {
        return Ok(Some(Vec::new()));
    }
    // One row is enough: all source columns are set to constants, so every row has the same texts.
    let names: Vec<&'static str> = core.record.fields.iter().map(|field| field.name).collect();
    let batches =
        core.table.rows_after_assignments(filter, assignments, &core.schema, &names, Some(1)).await?;
    let Some(batch) = batches.iter().find(|batch| batch.num_rows() > 0) else { return Ok(None) };
    let Some(row) = record::decode::<R>(batch)?.into_iter().next() else { return Ok(None) };
    let mut vectors = Vec::with_capacity(touched.len());
    for vector in touched {
        let text = row.source_text(vector.number).filter(|text| !text.trim().is_empty());
        let values = match &text {
            None => None,
            Some(text) => {
                let values = vector.embed(text, Role::Document).await?;
                vector.check_direction(&values, ErrorKind::Model)?;
                Some(values)
            }
        };
        vectors.push((vector.name().to_owned(), values));
    }
    Ok(Some(vectors))
}
