use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use arrow_array::{BooleanArray, RecordBatch};
use futures::stream::{self, Stream, TryStreamExt};

use super::input::InputRows;
use crate::backend::Batches;
use crate::error::{Error, ErrorKind, Result};
use crate::record::vector_at;
use crate::store::arrow::{arrow_failed, column};
use crate::store::core::{Core, Keys};
use crate::store::write::compare::{Compared, RowPlan, Source, filter};
use crate::store::write::ingest::{
    Chunk, ChunkSize, KeySet, LastRows, Meter, TextsOf, VectorCache, VectorColumn, embed_chunks,
    texts_by_vector,
};
use crate::store::write::spill::Spill;
use crate::store::write::unique::duplicate_key;

/// The behavior for input rows that share a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum Duplicates {
    /// Fails.
    Refused,
    /// Uses the last row.
    LastWins,
}

/// All rows of an input, compared with the table and embedded.
pub(super) struct Collected {
    pub(super) input: InputRows,
    pub(super) keys: KeySet,
    pub(super) rows: Spill,
    pub(super) updated: usize,
    pub(super) reused: usize,
    pub(super) embedded: usize,
}

/// The rows to write, after a second comparison with the table.
pub(super) struct Recompared {
    pub(super) rows: Spill,
    pub(super) updated: usize,
    pub(super) reused: usize,
    pub(super) embedded: usize,
    /// For each batch of the input, `true` if at least one of its rows must be written.
    pub(super) planned: Vec<bool>,
}

/// The input read so far.
pub(super) struct Collector {
    duplicates: Duplicates,
    input: InputRows,
    keys: KeySet,
    /// The last row of each key. Filled only for [`Duplicates::LastWins`].
    last: LastRows,
    rows: u64,
}

/// The plans of the chunks that are being embedded, in order.
type Plans = Mutex<VecDeque<Vec<RowPlan>>>;

impl Collector {
    pub(super) fn new(core: &Core, duplicates: Duplicates) -> Self {
        Self {
            duplicates,
            input: InputRows::new(core),
            keys: KeySet::default(),
            last: LastRows::default(),
            rows: 0,
        }
    }

    /// Collects the rows of an input.
    pub(super) async fn collect(
        self,
        core: &Core,
        chunks: impl Stream<Item = Result<Chunk>> + Send,
        cache: &VectorCache,
        meter: &Meter<'_>,
    ) -> Result<Collected> {
        let duplicates = self.duplicates;
        let (collector, plans) = (Mutex::new(self), Plans::default());
        let (shared, waiting) = (&collector, &plans);
        let compared = chunks.and_then(async |chunk| {
            let rows = chunk.rows;
            let keys = Keys::from_columns(&core.record, &chunk.columns)?.ok_or_else(no_key)?;
            let (chunk, keys, numbers) = lock(shared).admit(chunk, keys)?;
            let Compared { mut chunk, rows: plan } =
                core.compare(chunk, &keys, &numbers, &Source::Table).await?;
            cache.fill(&mut chunk)?;
            meter.written(rows - chunk.rows);
            lock(waiting).push_back(plan);
            Ok(chunk)
        });
        let mut batches = Box::pin(embed_chunks(core, compared, ChunkSize::Compared, meter));
        let mut counts = Counts::default();
        let (mut rows, mut planned, mut undecided) = (Spill::new(&core.schema), Vec::new(), Vec::new());
        while let Some(made) = batches.try_next().await? {
            let plan = lock(waiting).pop_front().ok_or_else(no_plan)?;
            counts.embedded += made.texts;
            planned.push(made.batch.num_rows() > 0);
            if made.batch.num_rows() == 0 {
                continue;
            }
            rows.push(made.batch)?;
            match duplicates {
                Duplicates::Refused => counts.add(&plan),
                Duplicates::LastWins => undecided.push(plan),
            }
        }
        drop(batches);
        let Self { mut input, keys, last, .. } =
            collector.into_inner().unwrap_or_else(PoisonError::into_inner);
        input.planned(planned);
        if duplicates == Duplicates::LastWins {
            input.keep_last(&last);
        }
        for (batch, plan) in undecided.iter().enumerate() {
            meter.written(counts.add_last(&mut rows, batch, plan, &last));
        }
        let Counts { updated, reused, embedded } = counts;
        Ok(Collected { input, keys, rows, updated, reused, embedded })
    }

    /// Records the keys and rows of a chunk, and returns the rows with their numbers. If several rows of the chunk share a
    /// key, only the last is returned, so that no text is embedded unnecessarily. A later chunk can still contain a row with
    /// that key.
    fn admit(&mut self, chunk: Chunk, keys: Keys) -> Result<(Chunk, Keys, Vec<u64>)> {
        let numbers: Vec<u64> = (self.rows..).take(chunk.rows).collect();
        let duplicate = self.keys.extend(&keys);
        match (self.duplicates, duplicate) {
            (Duplicates::Refused, Some(duplicate)) => return Err(duplicate_key(&keys, duplicate)),
            (Duplicates::Refused, None) => {}
            (Duplicates::LastWins, _) => self.last.extend(&keys, self.rows),
        }
        self.rows += chunk.rows as u64;
        let (chunk, keys, numbers) = match duplicate {
            None => (chunk, keys, numbers),
            Some(_) => {
                let last = keys.fingerprints.iter().zip(&numbers);
                let last: Vec<bool> = last.map(|(&key, &number)| self.last.is_last(key, number)).collect();
                let kept = numbers.into_iter().zip(&last).filter(|(_, last)| **last);
                (filter(&chunk, &last)?, keys.filter(&last)?, kept.map(|(number, _)| number).collect())
            }
        };
        let rows = match self.duplicates {
            Duplicates::Refused => Vec::new(),
            Duplicates::LastWins => keys.fingerprints.iter().copied().zip(numbers.iter().copied()).collect(),
        };
        self.input.push(&chunk, rows)?;
        Ok((chunk, keys, numbers))
    }
}

/// Compares all rows of an input with the table again. Rows of the previous plan keep the vectors that were computed for
/// them, and `made` contains vectors from earlier plans.
pub(super) async fn compare_again(
    core: &Core,
    input: &InputRows,
    before: &Spill,
    made: &VectorCache,
    texts_of: TextsOf,
    meter: &Meter<'_>,
) -> Result<Recompared> {
    let plans = Plans::default();
    let waiting = &plans;
    let before = Mutex::new(before.open()?);
    let compared = stream::iter(input.read()?).and_then(async |(batch, planned)| {
        let mut cache = VectorCache::default();
        if planned {
            let batch = before.lock().unwrap_or_else(PoisonError::into_inner).next();
            cache.extend(core, &batch.ok_or_else(plan_is_short)?.map_err(arrow_failed)?, texts_of)?;
        }
        let chunk = chunk_of(core, &batch, texts_of)?;
        let keys = Keys::from_columns(&core.record, &chunk.columns)?.ok_or_else(no_key)?;
        let Compared { mut chunk, rows } = core.compare(chunk, &keys, &[], &Source::Table).await?;
        cache.fill(&mut chunk)?;
        made.fill(&mut chunk)?;
        lock(waiting).push_back(rows);
        Ok(chunk)
    });
    let mut batches = Box::pin(embed_chunks(core, compared, ChunkSize::Compared, meter));
    let mut counts = Counts::default();
    let (mut rows, mut planned) = (Spill::new(&core.schema), Vec::new());
    while let Some(made) = batches.try_next().await? {
        counts.embedded += made.texts;
        counts.add(&lock(waiting).pop_front().ok_or_else(no_plan)?);
        planned.push(made.batch.num_rows() > 0);
        if made.batch.num_rows() > 0 {
            rows.push(made.batch)?;
        }
    }
    drop(batches);
    let Counts { updated, reused, embedded } = counts;
    Ok(Recompared { rows, updated, reused, embedded, planned })
}

/// Converts a batch of the input to a chunk.
fn chunk_of(core: &Core, batch: &RecordBatch, texts_of: TextsOf) -> Result<Chunk> {
    let fields = core.record.fields.iter();
    let columns = fields.map(|field| column(batch, field.name)).collect::<Result<_>>()?;
    let vectors = texts_by_vector(core, batch, texts_of)?.map(|(vector, texts)| {
        let given = batch.column_by_name(vector.name());
        let mut column = VectorColumn::of(vector, batch.num_rows());
        for (row, text) in texts.iter().enumerate() {
            match given.and_then(|given| vector_at(given, row)) {
                Some(values) => column.push_vector(&values),
                None => column.push_text(text.as_deref()),
            }
        }
        column
    });
    Ok(Chunk { rows: batch.num_rows(), columns, vectors: vectors.collect() })
}

/// Counts of the rows to write.
#[derive(Default)]
struct Counts {
    updated: usize,
    reused: usize,
    embedded: usize,
}

impl Counts {
    fn add(&mut self, rows: &[RowPlan]) {
        self.updated += rows.iter().filter(|row| !row.new).count();
        self.reused += rows.iter().map(|row| row.reused).sum::<usize>();
    }

    /// Counts the rows of a batch that are the last ones with their keys, and removes the others. Returns the number of
    /// removed rows.
    fn add_last(&mut self, rows: &mut Spill, batch: usize, plan: &[RowPlan], last: &LastRows) -> usize {
        let kept: Vec<bool> = plan.iter().map(|row| last.is_last(row.key, row.number)).collect();
        let counted: Vec<RowPlan> =
            plan.iter().zip(&kept).filter(|(_, kept)| **kept).map(|(row, _)| *row).collect();
        self.add(&counted);
        if counted.len() < kept.len() {
            rows.keep(batch, BooleanArray::from(kept));
        }
        plan.len() - counted.len()
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

fn no_plan() -> Error {
    Error::new(ErrorKind::Engine, "a batch was embedded that was not compared with the table")
}

fn plan_is_short() -> Error {
    Error::new(ErrorKind::Engine, "the temporary file has fewer rows than were written to it")
}

pub(in crate::store) fn no_key() -> Error {
    Error::new(ErrorKind::InvalidInput, "the record has no key").with_help("put `#[datus(key)]` on a field")
}
