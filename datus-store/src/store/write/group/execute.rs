use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};

use super::rows::RowsByKey;
use crate::backend::Assignment;
use crate::error::{Error, ErrorKind, Result};
use crate::record::AutoTimestamp;
use crate::store::arrow::arrow_failed;
use crate::store::core::{Core, Fingerprint, Keys};
use crate::store::write::compare::{Compared, Source};
use crate::store::write::ingest::{
    Chunk, Slot, TextsOf, VectorCache, VectorColumn, WriteTime, finish, set_timestamps, texts_by_vector,
};
use crate::store::write::unique::key_exists;

/// A write of few rows.
pub(in crate::store) enum SmallWrite {
    /// Adds rows, whose keys must be new. The keys are `None` for a record without a key.
    Add { chunk: Chunk, keys: Option<Keys> },
    /// Inserts rows, or replaces the rows that have their keys.
    Upsert { chunk: Chunk, keys: Keys },
    /// Sets columns of the rows with these keys.
    Update { keys: Keys, assignments: Vec<Assignment> },
    /// Deletes the rows with these keys.
    Delete { keys: Keys },
}

/// The result of a write.
#[derive(Debug, Clone, Copy, Default)]
pub(in crate::store) struct WriteCounts {
    /// The number of table rows whose key occurs in the write.
    pub(in crate::store) matched: usize,
    pub(in crate::store) inserted: usize,
    pub(in crate::store) updated: usize,
    pub(in crate::store) unchanged: usize,
    pub(in crate::store) deleted: usize,
    pub(in crate::store) reused: usize,
    pub(in crate::store) embedded: usize,
    /// The version that contains the rows, or `None` if nothing was written.
    pub(in crate::store) version: Option<u64>,
}

impl WriteCounts {
    /// Returns `true` if the write changed the table.
    pub(super) fn wrote(&self) -> bool {
        self.inserted + self.updated + self.deleted > 0
    }
}

impl Execution {
    pub(super) fn inserted(&self) -> usize {
        match self {
            Self::Applied(done) => done.inserted,
            Self::MissingVectors(_) => 0,
        }
    }
}

/// The result of running a write in memory.
pub(super) enum Execution {
    /// The write was applied to the in-memory rows.
    Applied(WriteCounts),
    /// Nothing was changed, because the vectors of these texts are missing.
    MissingVectors(Vec<Missing>),
}

/// The distinct texts of a vector column that have to be embedded.
#[derive(Debug)]
pub(super) struct Missing {
    pub(super) vector: usize,
    pub(super) texts: Vec<Arc<str>>,
}

impl SmallWrite {
    pub(super) fn keys(&self) -> Option<&Keys> {
        match self {
            Self::Add { keys, .. } => keys.as_ref(),
            Self::Upsert { keys, .. } | Self::Update { keys, .. } | Self::Delete { keys } => Some(keys),
        }
    }

    /// Returns the number of rows that the write contains or may change.
    pub(super) fn rows(&self) -> usize {
        match self {
            Self::Add { chunk, .. } | Self::Upsert { chunk, .. } => chunk.rows,
            Self::Update { keys, .. } | Self::Delete { keys } => keys.fingerprints.len(),
        }
    }

    /// Returns `true` if the write may embed texts.
    pub(super) fn embeds(&self) -> bool {
        !matches!(self, Self::Delete { .. })
    }
}

/// Runs a write on the rows that have its keys.
pub(super) async fn execute(
    core: &Core,
    write: &SmallWrite,
    made: &VectorCache,
    texts_of: TextsOf,
    rows: &mut RowsByKey,
) -> Result<Execution> {
    match write {
        SmallWrite::Add { chunk, keys } => add(core, chunk.clone(), keys.as_ref(), made, rows),
        SmallWrite::Upsert { chunk, keys } => upsert(core, chunk.clone(), keys, made, rows).await,
        SmallWrite::Update { keys, assignments } => {
            update(core, keys, assignments, made, texts_of, rows).await
        }
        SmallWrite::Delete { keys } => {
            let deleted = keys.fingerprints.iter().map(|&key| rows.count(key)).sum();
            keys.fingerprints.iter().for_each(|&key| rows.delete(key));
            Ok(Execution::Applied(WriteCounts { matched: deleted, deleted, ..WriteCounts::default() }))
        }
    }
}

fn add(
    core: &Core,
    mut chunk: Chunk,
    keys: Option<&Keys>,
    made: &VectorCache,
    rows: &mut RowsByKey,
) -> Result<Execution> {
    let taken = |keys: &Keys| keys.fingerprints.iter().position(|&key| rows.count(key) > 0);
    if let Some((keys, row)) = keys.and_then(|keys| Some((keys, taken(keys)?))) {
        return Err(key_exists(&keys.display(row)));
    }
    made.fill(&mut chunk)?;
    let missing = missing(&chunk);
    if !missing.is_empty() {
        return Ok(Execution::MissingVectors(missing));
    }
    let inserted = chunk.rows;
    let batch = finish(core, chunk)?;
    match keys {
        Some(keys) => rows.replace(&keys.fingerprints, &batch)?,
        None => rows.append(&batch)?,
    }
    Ok(Execution::Applied(WriteCounts { inserted, ..WriteCounts::default() }))
}

async fn upsert(
    core: &Core,
    chunk: Chunk,
    keys: &Keys,
    made: &VectorCache,
    rows: &mut RowsByKey,
) -> Result<Execution> {
    let all = chunk.rows;
    let matched = keys.fingerprints.iter().map(|&key| rows.count(key)).sum();
    let Compared { mut chunk, rows: plan } = core.compare(chunk, keys, &[], &Source::Rows(rows)).await?;
    made.fill(&mut chunk)?;
    let missing = missing(&chunk);
    if !missing.is_empty() {
        return Ok(Execution::MissingVectors(missing));
    }
    let inserted = plan.iter().filter(|row| row.new).count();
    let done = WriteCounts {
        matched,
        inserted,
        updated: plan.len() - inserted,
        unchanged: all - plan.len(),
        reused: plan.iter().map(|row| row.reused).sum(),
        ..WriteCounts::default()
    };
    if !plan.is_empty() {
        let keys: Vec<_> = plan.iter().map(|row| row.key).collect();
        rows.replace(&keys, &finish(core, chunk)?)?;
    }
    Ok(Execution::Applied(done))
}

/// Computes the new rows, and replaces the old ones with an upsert.
async fn update(
    core: &Core,
    keys: &Keys,
    assignments: &[Assignment],
    made: &VectorCache,
    texts_of: TextsOf,
    rows: &mut RowsByKey,
) -> Result<Execution> {
    if let Some(row) = keys.fingerprints.iter().position(|&key| rows.count(key) > 1) {
        return Err(Error::new(
            ErrorKind::Unsupported,
            format!("several rows have the key {}", keys.display(row)),
        ));
    }
    let found = keys.fingerprints.iter().filter_map(|&key| Some((key, rows.row(key)?)));
    let (found, stored): (Vec<Fingerprint>, Vec<RecordBatch>) = found.unzip();
    let Some(first) = stored.first() else { return Ok(Execution::Applied(WriteCounts::default())) };
    let stored = arrow_select::concat::concat_batches(first.schema_ref(), &stored).map_err(arrow_failed)?;
    let mut columns = core.apply_assignments(&stored, assignments)?.columns().to_vec();
    let now = WriteTime::now();
    if core.touched_vectors(assignments).is_empty() {
        return set_columns(core, &found, &stored, &columns, now, rows);
    }
    let texts = {
        let fields: Vec<_> = core.schema.fields().iter().take(columns.len()).cloned().collect();
        let batch = RecordBatch::try_new(Arc::new(arrow_schema::Schema::new(fields)), columns.clone());
        texts_by_vector(core, &batch.map_err(arrow_failed)?, texts_of)?
    };
    set_timestamps(&core.record, &mut columns, stored.num_rows(), now)?;
    let vectors = texts.map(|(vector, texts)| {
        let mut column = VectorColumn::of(vector, texts.len());
        texts.iter().for_each(|text| column.push_text(text.as_deref()));
        column
    });
    let chunk = Chunk { rows: stored.num_rows(), vectors: vectors.collect(), columns };
    let Some(keys) = Keys::from_columns(&core.record, &chunk.columns)? else {
        return Ok(Execution::Applied(WriteCounts::default()));
    };
    upsert(core, chunk, &keys, made, rows).await
}

/// Sets columns that are not embedded. All other columns keep their values, and a row is written even if no value changes.
fn set_columns(
    core: &Core,
    keys: &[Fingerprint],
    stored: &RecordBatch,
    columns: &[ArrayRef],
    now: WriteTime,
    rows: &mut RowsByKey,
) -> Result<Execution> {
    let mut set = Vec::with_capacity(stored.num_columns());
    for (field, old) in stored.schema().fields().iter().zip(stored.columns()) {
        let position = core.record.fields.iter().position(|column| column.name == field.name());
        let new = match position.map(|position| (&core.record.fields[position], columns.get(position))) {
            Some((column, _)) if column.auto_timestamp == Some(AutoTimestamp::Updated) => {
                now.column(column, keys.len())?
            }
            Some((_, Some(new))) => Arc::clone(new),
            _ => Arc::clone(old),
        };
        set.push((field.name().clone(), new, field.is_nullable()));
    }
    let set = RecordBatch::try_from_iter_with_nullable(set).map_err(arrow_failed)?;
    let matched = keys.iter().map(|&key| rows.count(key)).sum();
    rows.replace(keys, &set)?;
    Ok(Execution::Applied(WriteCounts { matched, updated: keys.len(), ..WriteCounts::default() }))
}

/// Returns the texts without a vector.
fn missing(chunk: &Chunk) -> Vec<Missing> {
    let mut missing = Vec::new();
    for (vector, column) in chunk.vectors.iter().enumerate() {
        let mut texts: Vec<Arc<str>> = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for slot in column.slots() {
            if let Slot::Source(text) = slot
                && seen.insert(Arc::clone(text))
            {
                texts.push(Arc::clone(text));
            }
        }
        if !texts.is_empty() {
            missing.push(Missing { vector, texts });
        }
    }
    missing
}
