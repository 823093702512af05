//! Fills in missing vectors of standby columns, one batch of rows at a time.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch};
use futures::TryStreamExt;

use super::change::{VectorChange, are_under_way};
use crate::backend::{Attempts, Merge, Request, TableLock};
use crate::error::{Error, ErrorKind, Result};
use crate::model::{self, Role};
use crate::query::{BatchStream, Predicate};
use crate::record::{ColumnPath, vector_at};
use crate::store::arrow::{arrow_failed, column};
use crate::store::core::{Core, Fingerprint, Keys};
use crate::store::write::ingest::{Meter, TextsOf, VectorColumn};
use crate::store::write::spill::Spill;

/// The operation that fills the standby columns.
pub(super) struct Fill<'a, 'm> {
    /// The core of the table with the new models.
    core: &'a Core,
    changes: &'a [VectorChange],
    /// The positions of the changing vectors in the record.
    vectors: Vec<usize>,
    texts_of: TextsOf,
    /// The number of rows per step.
    step_rows: usize,
    meter: &'a Meter<'m>,
    /// The write lock, if it is held across all steps.
    write_lock: Option<Arc<TableLock>>,
    /// The number of rows that have received a vector so far.
    pub(super) rows: usize,
    /// The number of texts embedded so far.
    pub(super) texts: usize,
}

/// Rows that have text but no vector for it.
struct MissingRows {
    keys: Keys,
    /// The distinct texts of each changing vector.
    texts: Vec<HashSet<String>>,
}

/// The vectors of the texts, for each changing vector.
type VectorsByText = Vec<HashMap<String, Vec<f32>>>;

impl<'a, 'm> Fill<'a, 'm> {
    pub(super) fn new(
        core: &'a Core,
        changes: &'a [VectorChange],
        texts_of: TextsOf,
        step_rows: usize,
        meter: &'a Meter<'m>,
    ) -> Self {
        let vectors = changes.iter().map(|change| change.vector).collect();
        Self { core, changes, vectors, texts_of, step_rows, meter, write_lock: None, rows: 0, texts: 0 }
    }

    /// Fills in all missing vectors with the write lock held, so that no writer adds rows without vectors.
    pub(super) async fn pass_holding(&mut self, lock: &Arc<TableLock>) -> Result<()> {
        self.write_lock = Some(Arc::clone(lock));
        let passed = self.pass().await;
        self.write_lock = None;
        passed
    }

    /// Fills in the vectors that are missing in the newest version of the table.
    pub(super) async fn pass(&mut self) -> Result<()> {
        let mut rows = self.null_rows().await?;
        let (mut step, mut waiting) = (Vec::new(), 0);
        while let Some(batch) = rows.batches.try_next().await? {
            // The engine's batches may be longer than a step.
            for start in (0..batch.num_rows()).step_by(self.step_rows) {
                let length = self.step_rows.min(batch.num_rows() - start);
                let Some(missing) = self.missing_rows(&batch.slice(start, length))? else { continue };
                let found = missing.keys.fingerprints.len();
                self.meter.read(found);
                waiting += found;
                step.push(missing);
                if waiting >= self.step_rows {
                    waiting = 0;
                    self.step(std::mem::take(&mut step)).await?;
                }
            }
        }
        self.step(step).await
    }

    /// Returns `true` if every row with text has its vector. The result is valid while the caller holds the write lock.
    pub(super) async fn is_complete(&self) -> Result<bool> {
        let mut rows = self.null_rows().await?;
        while let Some(batch) = rows.batches.try_next().await? {
            if self.missing_rows(&batch)?.is_some() {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Reads the rows in which one of the columns is null. Most lack a vector, and some have no text.
    async fn null_rows(&self) -> Result<BatchStream> {
        let null = self
            .changes
            .iter()
            .map(|change| Predicate::IsNull { column: ColumnPath::column(change.standby) });
        let columns = self.core.columns.iter().copied();
        let columns = columns.chain(self.changes.iter().map(|change| ColumnPath::column(change.standby)));
        let filter = Some(Predicate::Or(null.collect()));
        self.core.table.read(Request { columns: columns.collect(), filter, ..Request::default() }).await
    }

    fn missing_rows(&self, batch: &RecordBatch) -> Result<Option<MissingRows>> {
        let texts = (self.texts_of)(batch, &self.vectors)?;
        let mut rows = vec![false; batch.num_rows()];
        let mut different = Vec::with_capacity(texts.len());
        for (change, texts) in self.changes.iter().zip(texts) {
            let vectors = column(batch, change.standby)?;
            let mut of_change = HashSet::new();
            for (row, text) in texts.into_iter().enumerate() {
                if let (true, Some(text)) = (vectors.is_null(row), text) {
                    rows[row] = true;
                    of_change.insert(text);
                }
            }
            different.push(of_change);
        }
        if !rows.contains(&true) {
            return Ok(None);
        }
        Ok(Some(MissingRows { keys: self.core.keys_of(batch)?.filter(&rows)?, texts: different }))
    }

    /// Embeds the texts of the rows, and writes the vectors of the rows whose text is still the same.
    async fn step(&mut self, missing: Vec<MissingRows>) -> Result<()> {
        let mut keys = Vec::with_capacity(missing.len());
        let mut texts: Vec<HashSet<String>> = vec![HashSet::new(); self.changes.len()];
        for rows in missing {
            keys.push(rows.keys);
            texts.iter_mut().zip(rows.texts).for_each(|(texts, more)| texts.extend(more));
        }
        let Some(keys) = Keys::concat(&keys)? else { return Ok(()) };
        let vectors_by_text = self.embed(texts).await?;
        let lock = match &self.write_lock {
            Some(lock) => Arc::clone(lock),
            None => Arc::new(self.core.table.write_lock().await?),
        };
        let mut attempts = Attempts::new(&self.core.table);
        loop {
            let version = attempts.next().await?;
            self.check_under_way().await?;
            let Some(rows) = self.with_vectors(&keys, &vectors_by_text).await? else { return Ok(()) };
            let written = rows.rows();
            let merge = Merge { on: self.core.key_columns(), rows: Arc::new(rows), delete: None };
            if self.core.table.merge(&lock, version, merge).await?.is_some() {
                self.rows += written;
                self.meter.written(written);
                return Ok(());
            }
        }
    }

    /// Returns an error if another program has finished or abandoned the model change. The result is valid while the caller
    /// holds the write lock.
    pub(super) async fn check_under_way(&self) -> Result<()> {
        if are_under_way(self.changes, &*self.core.table.schema().await?) {
            return Ok(());
        }
        let message = "another program finished or abandoned this change of the model while it was running";
        Err(Error::new(ErrorKind::Conflict, message)
            .with_help("run `reembed` again; it keeps existing vectors"))
    }

    /// Embeds the distinct texts of each changing vector.
    async fn embed(&mut self, texts: Vec<HashSet<String>>) -> Result<VectorsByText> {
        let mut vectors_by_text = Vec::with_capacity(self.changes.len());
        for (change, texts) in self.changes.iter().zip(texts) {
            let texts: Vec<String> = texts.into_iter().collect();
            let different: Vec<&str> = texts.iter().map(String::as_str).collect();
            let vector = self.core.vector(change.vector)?;
            let vectors = model::embed_texts(vector.model(), &different, Role::Document)
                .await
                .map_err(|error| error.with_column(vector.name()))?;
            vectors.iter().try_for_each(|values| vector.check_direction(values, ErrorKind::Model))?;
            self.texts += different.len();
            self.meter.embedded(different.len());
            vectors_by_text.push(texts.into_iter().zip(vectors).collect());
        }
        Ok(vectors_by_text)
    }

    /// Reads the current rows with these keys, with all columns, and fills in their vectors. Returns `None` if no row still
    /// needs a vector.
    async fn with_vectors(&self, keys: &Keys, vectors_by_text: &VectorsByText) -> Result<Option<Spill>> {
        let schema = self.core.table.schema().await?;
        let names: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let selected_keys: HashSet<Fingerprint> = keys.fingerprints.iter().copied().collect();
        let mut rows = Spill::new(&schema);
        let read = self.core.table.rows_of_keys(&keys.columns, &names, &[], |batch| {
            let stored = self.core.keys_of(&batch)?.fingerprints;
            let selected: BooleanArray = stored.iter().map(|key| Some(selected_keys.contains(key))).collect();
            let batch = arrow_select::filter::filter_record_batch(&batch, &selected).map_err(arrow_failed)?;
            let (batch, filled) = self.filled(batch, vectors_by_text)?;
            if filled.true_count() > 0 {
                rows.push(arrow_select::filter::filter_record_batch(&batch, &filled).map_err(arrow_failed)?)?;
            }
            Ok(())
        });
        read.await?;
        Ok(Some(rows).filter(|rows| rows.rows() > 0))
    }

    /// Fills in the missing vectors whose text was embedded. Returns the batch and a mask of the filled rows.
    fn filled(
        &self,
        batch: RecordBatch,
        vectors_by_text: &VectorsByText,
    ) -> Result<(RecordBatch, BooleanArray)> {
        let rows = batch.num_rows();
        let texts = (self.texts_of)(&batch, &self.vectors)?;
        let mut filled = vec![false; rows];
        let mut columns: Vec<ArrayRef> = batch.columns().to_vec();
        for ((change, texts), vectors_by_text) in self.changes.iter().zip(texts).zip(vectors_by_text) {
            let position = batch
                .schema()
                .index_of(change.standby)
                .map_err(|source| arrow_failed(source).with_column(change.standby))?;
            let mut vectors = VectorColumn::of(self.core.vector(change.vector)?, rows);
            let before = Arc::clone(batch.column(position));
            for (row, text) in texts.iter().enumerate() {
                let new = text.as_ref().and_then(|text| vectors_by_text.get(text));
                match (vector_at(&before, row), new) {
                    (Some(kept), _) => vectors.push_vector(&kept),
                    (None, Some(new)) => {
                        vectors.push_vector(new);
                        filled[row] = true;
                    }
                    (None, None) => vectors.push_text(None),
                }
            }
            columns[position] = vectors.finish()?;
        }
        let batch = RecordBatch::try_new(batch.schema(), columns).map_err(arrow_failed)?;
        Ok((batch, filled.into()))
    }
}
