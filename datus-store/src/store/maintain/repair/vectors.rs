//! Finds rows whose vector is missing or stale, and writes their vectors.
//!
//! A pass reads the fragments that no earlier pass has read, in steps. The values in the files of a fragment never change,
//! so an address refers to the row that was read from it as long as its fragment has the same files. A step embeds texts
//! without a lock, and then replaces its rows in one commit. It skips rows whose fragment was replaced in the meantime: they
//! are in a new fragment, which the next pass reads. The last pass holds the write lock.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::{ArrayRef, BooleanArray, RecordBatch};
use futures::TryStreamExt;

use crate::backend::{
    AddressedRows, Attempts, DatasetVersion, FragmentInfo, RowChange, TableLock, fragment_of,
};
use crate::error::{ErrorKind, Result};
use crate::model::{self, Role};
use crate::query::Predicate;
use crate::record::{ColumnPath, is_standby, vector_at};
use crate::store::arrow::{arrow_failed, column};
use crate::store::core::{Core, StoreVector};
use crate::store::vectors::ComparedVector;
use crate::store::write::ingest::{Meter, TextsOf, VectorColumn};

/// The number of passes without the write lock.
const FREE_PASSES: usize = 3;

/// The repair of vectors.
pub(super) struct VectorRepair<'a, 'm> {
    core: &'a Core,
    /// The positions of the repaired vectors in the record.
    numbers: Vec<usize>,
    texts_of: TextsOf,
    /// The cosine below which a vector is stale; `None` to embed only missing vectors.
    threshold: Option<f32>,
    /// The number of rows per step.
    step_rows: usize,
    meter: &'a Meter<'m>,
    /// The files of the fragments that were read.
    read: HashSet<String>,
    pub(super) done: RepairedVectors,
}

/// The result so far.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct RepairedVectors {
    pub(super) missing: usize,
    pub(super) stale: usize,
    pub(super) compared: usize,
    pub(super) texts: usize,
    pub(super) version: Option<u64>,
}

/// Rows that are embedded together.
#[derive(Default)]
struct Step {
    addresses: Vec<u64>,
    /// The texts of each row, one for each repaired vector column; `None` if the vector needs no repair.
    texts: Vec<Vec<Option<Text>>>,
}

/// A text to embed.
struct Text {
    text: String,
    /// The stored vector; `None` if it is missing.
    stored: Option<Vec<f32>>,
}

/// The new vectors of a row, one for each repaired vector column; `None` to keep the stored one.
struct NewRow {
    vectors: Vec<Option<Vec<f32>>>,
    missing: usize,
    stale: usize,
}

impl<'a, 'm> VectorRepair<'a, 'm> {
    pub(super) fn new(
        core: &'a Core,
        texts_of: TextsOf,
        threshold: Option<f32>,
        step_rows: usize,
        meter: &'a Meter<'m>,
    ) -> Self {
        let vectors = core.own_vectors().enumerate();
        let numbers = vectors.filter(|(_, vector)| core.has_vectors(vector)).map(|(number, _)| number);
        let (read, done) = (HashSet::new(), RepairedVectors::default());
        Self { core, numbers: numbers.collect(), texts_of, threshold, step_rows, meter, read, done }
    }

    /// Writes the vectors that are missing, and if there is a threshold, those that are stale.
    pub(super) async fn run(&mut self) -> Result<()> {
        if self.numbers.is_empty() {
            return Ok(());
        }
        for _ in 0..FREE_PASSES {
            if !self.pass(None).await? {
                return Ok(());
            }
        }
        let lock = Arc::new(self.core.table.write_lock().await?);
        self.pass(Some(&lock)).await.map(|_| ())
    }

    /// Reads the fragments that have not been read yet. Returns `false` if there are none.
    async fn pass(&mut self, lock: Option<&Arc<TableLock>>) -> Result<bool> {
        let at = self.core.table.newest_addressed_version().await?;
        self.core.check_models_of(at.schema())?;
        let new: Vec<FragmentInfo> =
            at.fragments().filter(|fragment| !self.read.contains(&fragment.files)).collect();
        if new.is_empty() {
            return Ok(false);
        }
        let fragments = new.iter().map(|fragment| fragment.id).collect();
        let mut rows = at.scan(&fragments, self.columns()?, self.filter()?.as_ref()).await?;
        let mut step = Step::default();
        while let Some(AddressedRows { batch, addresses }) = rows.try_next().await? {
            // The engine's batches may be longer than a step.
            let mut first = 0;
            while let Some(rest) = addresses.get(first..).filter(|rest| !rest.is_empty()) {
                let length = rest.len().min(self.step_rows);
                self.add(&batch.slice(first, length), &rest[..length], &mut step)?;
                first += length;
                if step.addresses.len() >= self.step_rows {
                    self.finish(&at, std::mem::take(&mut step), lock).await?;
                }
            }
        }
        self.finish(&at, step, lock).await?;
        self.read.extend(new.into_iter().map(|fragment| fragment.files));
        Ok(true)
    }

    fn vectors(&self) -> Result<Vec<&'a StoreVector>> {
        self.numbers.iter().map(|&number| self.core.vector(number)).collect()
    }

    fn columns(&self) -> Result<Vec<String>> {
        let fields = self.core.columns.iter().map(|column| column.root().to_owned());
        Ok(fields.chain(self.vectors()?.into_iter().map(|vector| vector.name().to_owned())).collect())
    }

    /// Returns the filter for the rows to read: those that lack a vector, or all of them if vectors are compared.
    fn filter(&self) -> Result<Option<Predicate>> {
        if self.threshold.is_some() {
            return Ok(None);
        }
        let is_null = |vector: &StoreVector| Predicate::IsNull { column: ColumnPath::column(vector.name()) };
        Ok(Some(Predicate::Or(self.vectors()?.into_iter().map(is_null).collect())))
    }

    /// Adds the rows of a batch whose texts have to be embedded.
    fn add(&self, batch: &RecordBatch, addresses: &[u64], step: &mut Step) -> Result<()> {
        let texts = (self.texts_of)(batch, &self.numbers)?;
        let mut of_rows: Vec<Vec<Option<Text>>> =
            addresses.iter().map(|_| Vec::with_capacity(self.numbers.len())).collect();
        for (vector, texts) in self.vectors()?.into_iter().zip(texts) {
            let stored = column(batch, vector.name())?;
            for (row, (of_row, text)) in of_rows.iter_mut().zip(texts).enumerate() {
                let stored = vector_at(&stored, row);
                let is_repaired = stored.is_none() || self.threshold.is_some();
                of_row.push(text.filter(|_| is_repaired).map(|text| Text { text, stored }));
            }
        }
        for (texts, &address) in of_rows.into_iter().zip(addresses) {
            if texts.iter().any(Option::is_some) {
                step.texts.push(texts);
                step.addresses.push(address);
            }
        }
        Ok(())
    }

    /// Embeds the texts of a step, and writes the vectors that are missing or stale.
    async fn finish(&mut self, at: &DatasetVersion, step: Step, lock: Option<&Arc<TableLock>>) -> Result<()> {
        if step.addresses.is_empty() {
            return Ok(());
        }
        self.meter.read(step.addresses.len());
        let made = self.embed(&step).await?;
        let vectors = self.vectors()?;
        let mut rows: Vec<(u64, NewRow)> = Vec::new();
        for (address, texts) in step.addresses.into_iter().zip(step.texts) {
            let mut row = NewRow { vectors: Vec::with_capacity(vectors.len()), missing: 0, stale: 0 };
            for ((text, made), vector) in texts.into_iter().zip(&made).zip(&vectors) {
                let new = text.and_then(|text| self.repaired(&text, made, vector, &mut row));
                row.vectors.push(new);
            }
            if row.missing + row.stale > 0 {
                rows.push((address, row));
            }
        }
        if rows.is_empty() { Ok(()) } else { self.write(at, rows, lock).await }
    }

    /// Returns the new vector for a text, or `None` if the stored one is not stale.
    fn repaired(
        &mut self,
        text: &Text,
        made: &HashMap<String, Vec<f32>>,
        vector: &StoreVector,
        row: &mut NewRow,
    ) -> Option<Vec<f32>> {
        let new = made.get(&text.text)?;
        let Some(stored) = &text.stored else {
            row.missing += 1;
            return Some(new.clone());
        };
        self.done.compared += 1;
        let threshold = self.threshold?;
        if !ComparedVector::new(stored, new).is_stale(vector.definition.metric, threshold) {
            return None;
        }
        row.stale += 1;
        Some(new.clone())
    }

    /// Embeds the distinct texts of a step, and returns one map from text to vector for each repaired vector column.
    async fn embed(&mut self, step: &Step) -> Result<Vec<HashMap<String, Vec<f32>>>> {
        let vectors = self.vectors()?;
        let mut made = Vec::with_capacity(vectors.len());
        for (position, vector) in vectors.into_iter().enumerate() {
            let texts = step.texts.iter().filter_map(|texts| texts.get(position)?.as_ref());
            let different: HashSet<&str> = texts.map(|text| text.text.as_str()).collect();
            let different: Vec<&str> = different.into_iter().collect();
            if different.is_empty() {
                made.push(HashMap::new());
                continue;
            }
            let new = model::embed_texts(vector.model(), &different, Role::Document).await;
            let new = new.map_err(|error| error.with_column(vector.name()))?;
            new.iter().try_for_each(|values| vector.check_direction(values, ErrorKind::Model))?;
            self.done.texts += different.len();
            self.meter.embedded(different.len());
            made.push(different.into_iter().map(str::to_owned).zip(new).collect());
        }
        Ok(made)
    }

    /// Replaces the rows that are still in the fragment that they were read from, in one commit.
    async fn write(
        &mut self,
        read: &DatasetVersion,
        rows: Vec<(u64, NewRow)>,
        lock: Option<&Arc<TableLock>>,
    ) -> Result<()> {
        let files = |at: &DatasetVersion| -> HashMap<u64, String> {
            at.fragments().map(|fragment| (fragment.id, fragment.files)).collect()
        };
        let before = files(read);
        let lock = match lock {
            Some(lock) => Arc::clone(lock),
            None => Arc::new(self.core.table.write_lock().await?),
        };
        let mut attempts = Attempts::new(&self.core.table);
        loop {
            attempts.start().await?;
            let now = self.core.table.newest_addressed_version().await?;
            self.core.check_models_of(now.schema())?;
            let after = files(&now);
            let same = |address: u64| {
                let fragment = fragment_of(address);
                before.get(&fragment).is_some_and(|files| after.get(&fragment) == Some(files))
            };
            let unmoved: Vec<&(u64, NewRow)> = rows.iter().filter(|(address, _)| same(*address)).collect();
            let addresses: Vec<u64> = unmoved.iter().map(|(address, _)| *address).collect();
            let present = now.present(&addresses).await?;
            let kept = unmoved.into_iter().zip(present).filter(|(_, present)| *present);
            let kept: Vec<&(u64, NewRow)> = kept.map(|(row, _)| row).collect();
            if kept.is_empty() {
                return Ok(());
            }
            let addresses: Vec<u64> = kept.iter().map(|(address, _)| *address).collect();
            let new: Vec<&NewRow> = kept.iter().map(|(_, row)| row).collect();
            let batch = self.with_vectors(now.take(&addresses).await?, &new)?;
            // These rows get their own fragment, which the repair does not have to read again.
            let change = RowChange { delete: addresses, rows: batch, merges: false };
            let Some(version) = self.core.change(&lock, &now, change).await? else { continue };
            self.done.missing += new.iter().map(|row| row.missing).sum::<usize>();
            self.done.stale += new.iter().map(|row| row.stale).sum::<usize>();
            self.done.version = Some(version);
            self.meter.written(new.len());
            self.note_written(&now, new.len()).await?;
            return Ok(());
        }
    }

    /// Marks the new fragment as read if it contains only the rows that were just written.
    async fn note_written(&mut self, before: &DatasetVersion, rows: usize) -> Result<()> {
        let before: HashSet<String> = before.fragments().map(|fragment| fragment.files).collect();
        let now = self.core.table.newest_addressed_version().await?;
        let mut new = now.fragments().filter(|fragment| !before.contains(&fragment.files));
        if let (Some(only), None) = (new.next(), new.next())
            && only.rows == rows
        {
            self.read.insert(only.files);
        }
        Ok(())
    }

    /// Returns the rows with their new vectors. Standby vectors of rows with a stale vector become null, so that they can be
    /// missing but never stale.
    fn with_vectors(&self, rows: RecordBatch, new: &[&NewRow]) -> Result<RecordBatch> {
        let schema = rows.schema();
        let mut columns: Vec<ArrayRef> = rows.columns().to_vec();
        for (position, vector) in self.vectors()?.into_iter().enumerate() {
            let index = schema.index_of(vector.name()).map_err(arrow_failed)?;
            let stored = Arc::clone(rows.column(index));
            let mut vectors = VectorColumn::of(vector, rows.num_rows());
            for (row, new) in new.iter().enumerate() {
                match new.vectors.get(position).and_then(Option::as_ref) {
                    Some(new) => vectors.push_vector(new),
                    None => match vector_at(&stored, row) {
                        Some(kept) => vectors.push_vector(&kept),
                        None => vectors.push_text(None),
                    },
                }
            }
            columns[index] = vectors.finish()?;
        }
        let stale: BooleanArray = new.iter().map(|row| Some(row.stale > 0)).collect();
        for (field, column) in schema.fields().iter().zip(&mut columns) {
            if is_standby(field) {
                *column = arrow_select::nullif::nullif(column, &stale).map_err(arrow_failed)?;
            }
        }
        RecordBatch::try_new(schema, columns).map_err(arrow_failed)
    }
}

impl Core {
    /// Returns `true` if the vector is computed from columns of the record, and the table has the vector column.
    pub(in crate::store::maintain) fn has_vectors(&self, vector: &StoreVector) -> bool {
        !vector.definition.sources.is_empty() && self.opened.field_with_name(vector.name()).is_ok()
    }
}
