//! Compares a chunk with stored rows: finds the rows that are new or changed, and the vectors that can be kept.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::{Array, ArrayRef, BooleanArray, RecordBatch, UInt32Array};

use super::group::RowsByKey;
use super::ingest::{Chunk, Slot, VectorColumn};
use crate::backend::null_flag;
use crate::error::{Error, ErrorKind, Result};
use crate::record::{FieldDef, Stamp, vector_at};
use crate::store::arrow::{arrow_failed, column};
use crate::store::core::{Core, Fingerprint, Keys, StoreVector};

/// A row to write.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct RowPlan {
    pub(in crate::store) key: Fingerprint,
    /// The number of the row in the input.
    pub(in crate::store) number: u64,
    /// `true` if the table had no row with its key.
    pub(in crate::store) new: bool,
    /// The number of its vectors that were kept from the table.
    pub(in crate::store) reused: usize,
}

/// The rows of a chunk to write.
pub(in crate::store) struct Compared {
    pub(in crate::store) chunk: Chunk,
    pub(in crate::store) rows: Vec<RowPlan>,
}

/// The rows of the table that have a key of a chunk, and the position of the row for each key.
struct Stored {
    batches: Vec<RecordBatch>,
    rows: HashMap<Fingerprint, usize>,
}

/// The rows that a chunk is compared with.
pub(in crate::store) enum Source<'a> {
    /// The rows of the newest version of the table.
    Table,
    /// Rows in memory.
    Rows(&'a RowsByKey),
}

impl Stored {
    /// Reads columns of the rows with these keys, and for each column of `nulls` the flags that mark its nulls.
    async fn read(
        core: &Core,
        source: &Source<'_>,
        keys: &Keys,
        columns: &[&str],
        nulls: &[&str],
    ) -> Result<Self> {
        match source {
            Source::Table => Self::of_table(core, keys, columns, nulls).await,
            Source::Rows(rows) => Self::of_rows(rows, keys, columns, nulls),
        }
    }

    fn of_rows(rows: &RowsByKey, keys: &Keys, columns: &[&str], nulls: &[&str]) -> Result<Self> {
        let (mut batches, mut places) = (Vec::new(), HashMap::new());
        for key in &keys.fingerprints {
            if let Some(row) = rows.row(*key)
                && places.insert(*key, batches.len()).is_none()
            {
                batches.push(with_null_flags(&row, columns, nulls)?);
            }
        }
        Ok(Self { batches, rows: places })
    }

    async fn of_table(core: &Core, keys: &Keys, columns: &[&str], nulls: &[&str]) -> Result<Self> {
        let chunk_keys: HashSet<Fingerprint> = keys.fingerprints.iter().copied().collect();
        let (mut batches, mut found) = (Vec::new(), Vec::new());
        // Filters each batch when it is read: for a key of several columns, the query can return far more rows than
        // match.
        let read = core.table.rows_of_keys(&keys.columns, columns, nulls, |batch| {
            let stored = core.keys_of(&batch)?.fingerprints;
            let matches: BooleanArray = stored.iter().map(|key| Some(chunk_keys.contains(key))).collect();
            found.extend(
                stored.iter().zip(matches.values()).filter(|(_, matches)| *matches).map(|(key, _)| *key),
            );
            batches.push(arrow_select::filter::filter_record_batch(&batch, &matches).map_err(arrow_failed)?);
            Ok(())
        });
        read.await?;
        let rows = found.into_iter().enumerate().map(|(row, key)| (key, row)).collect();
        Ok(Self { batches, rows })
    }

    /// Returns a column of the rows. `like` is an array of its type, which is used if there are no rows.
    fn column(&self, name: &str, like: &ArrayRef) -> Result<ArrayRef> {
        let columns: Vec<ArrayRef> =
            self.batches.iter().map(|batch| column(batch, name)).collect::<Result<_>>()?;
        let columns: Vec<&dyn Array> = columns.iter().map(AsRef::as_ref).collect();
        if columns.is_empty() {
            return Ok(arrow_array::new_empty_array(like.data_type()));
        }
        arrow_select::concat::concat(&columns).map_err(arrow_failed)
    }

    /// Returns `true` for each row in which the column is null.
    fn nulls(&self, name: &str) -> Result<Vec<bool>> {
        let mut nulls = Vec::new();
        for batch in &self.batches {
            let flags = column(batch, &null_flag(name))?;
            nulls.extend(flags.as_boolean().iter().map(|flag| flag == Some(true)));
        }
        Ok(nulls)
    }

    /// Returns the position of the row of each key.
    fn matches(&self, keys: &[Fingerprint]) -> Vec<Option<usize>> {
        keys.iter().map(|key| self.rows.get(key).copied()).collect()
    }
}

/// A vector column that is embedded from texts of a chunk.
struct EmbeddedColumn {
    name: &'static str,
    /// `true` for each row of the chunk whose vector is made from a text.
    has_text: Vec<bool>,
}

impl EmbeddedColumn {
    /// Returns `true` for each row that has a text but no vector in the table, because another program wrote the row.
    /// `nulls` is `true` for each stored row without a vector.
    fn lacking(&self, nulls: &[bool], matches: &[Option<usize>]) -> Vec<bool> {
        let missing = |stored: &Option<usize>| stored.is_some_and(|row| nulls[row]);
        self.has_text.iter().zip(matches).map(|(text, stored)| *text && missing(stored)).collect()
    }
}

impl Core {
    /// Compares a chunk with stored rows. `numbers` are the numbers of its rows in the input.
    pub(in crate::store) async fn compare(
        &self,
        mut chunk: Chunk,
        keys: &Keys,
        numbers: &[u64],
        source: &Source<'_>,
    ) -> Result<Compared> {
        let names: Vec<&str> = self.record.fields.iter().map(|field| field.name).collect();
        let embedded = self.embedded_vectors(&chunk);
        let nulls: Vec<&str> = embedded.iter().map(|vector| vector.name).collect();
        let stored = Stored::read(self, source, keys, &names, &nulls).await?;
        let matches = stored.matches(&keys.fingerprints);
        let mut rows = Rows::new(chunk.rows);
        let mut differing = Vec::with_capacity(names.len());
        for (new, field) in chunk.columns.iter_mut().zip(&self.record.fields) {
            let old = stored.column(field.name, new)?;
            let differs = match field.stamp {
                None => differences(new, &old, &matches)?,
                // The time of the write is always new, so it does not make a row differ.
                Some(Stamp::Updated) => vec![false; matches.len()],
                Some(Stamp::Created) => {
                    *new = old_or_new(new, &old, &matches)?;
                    vec![false; matches.len()]
                }
            };
            rows.changed(&differs);
            differing.push(differs);
        }
        for vector in embedded {
            rows.changed(&vector.lacking(&stored.nulls(vector.name)?, &matches));
        }
        let needed = self.needed_vectors(&chunk, &matches, &differing, &rows);
        let reused = self.keep_vectors(&mut chunk, keys, &needed, &mut rows, source).await?;
        let write: Vec<bool> =
            rows.changed.iter().zip(&matches).map(|(changed, stored)| *changed || stored.is_none()).collect();
        let plan = (0..chunk.rows).filter(|&row| write[row]).map(|row| RowPlan {
            key: keys.fingerprints[row],
            number: numbers.get(row).copied().unwrap_or_default(),
            new: matches[row].is_none(),
            reused: reused[row],
        });
        let plan = plan.collect();
        Ok(Compared { chunk: filter(&chunk, &write)?, rows: plan })
    }

    /// Returns the vector columns of the record itself that are embedded from the chunk's texts.
    fn embedded_vectors(&self, chunk: &Chunk) -> Vec<EmbeddedColumn> {
        let own = self.own_vectors().zip(&chunk.vectors);
        let columns = own.map(|(vector, column)| EmbeddedColumn {
            name: vector.name(),
            has_text: column.slots().iter().map(|slot| matches!(slot, Slot::Source(_))).collect(),
        });
        columns.filter(|column| column.has_text.contains(&true)).collect()
    }

    /// Returns `true` for each row whose stored vector has to be read: to keep the vector if the text did not change,
    /// or to compare it with the vector that the row contains.
    fn needed_vectors(
        &self,
        chunk: &Chunk,
        matches: &[Option<usize>],
        differing: &[Vec<bool>],
        rows: &Rows,
    ) -> Vec<bool> {
        let mut needed = vec![false; chunk.rows];
        for (column, vector) in chunk.vectors.iter().zip(&self.vectors) {
            let text_differs = any(differing, &vector.definition.sources, chunk.rows);
            for (row, slot) in column.slots().iter().enumerate() {
                needed[row] |= matches[row].is_some()
                    && match slot {
                        Slot::Filled(_) => true,
                        Slot::Source(_) => rows.changed[row] && !text_differs[row],
                        Slot::Embedding(_) | Slot::Nothing => false,
                    };
            }
        }
        needed
    }

    /// Fills in the vectors of the table for the rows of `needed` whose text did not change. Marks rows as changed if
    /// they contain a different vector. Returns the number of vectors that were filled in, for each row.
    async fn keep_vectors(
        &self,
        chunk: &mut Chunk,
        keys: &Keys,
        needed: &[bool],
        rows: &mut Rows,
        source: &Source<'_>,
    ) -> Result<Vec<usize>> {
        let mut reused = vec![0; chunk.rows];
        if !needed.contains(&true) {
            return Ok(reused);
        }
        let keys = keys.filter(needed)?;
        let positions: Vec<usize> = (0..chunk.rows).filter(|&row| needed[row]).collect();
        let mut columns = self.key_columns();
        for vector in &self.vectors {
            columns.extend(self.source_fields(vector).map(|(_, field)| field.name).chain([vector.name()]));
        }
        columns.sort_unstable();
        columns.dedup();
        let stored = Stored::read(self, source, &keys, &columns, &[]).await?;
        let matches = stored.matches(&keys.fingerprints);
        let Chunk { columns, vectors, .. } = chunk;
        for (filled, vector) in vectors.iter_mut().zip(&self.vectors) {
            // Compares with the text that is read together with the vector, since another writer may have changed it.
            let mut text_differs = vec![false; positions.len()];
            for (source, field) in self.source_fields(vector) {
                let new = take(new_column(columns, source, field)?, &positions)?;
                let differs = differences(&new, &stored.column(field.name, &new)?, &matches)?;
                text_differs.iter_mut().zip(differs).for_each(|(any, differs)| *any |= differs);
            }
            let stored = stored.column(vector.name(), &filled.empty())?;
            for (at, &row) in positions.iter().enumerate() {
                let values = matches[at].and_then(|found| vector_at(&stored, found));
                if keep_vector(filled, row, values, text_differs[at], rows)
                    .map_err(|error| error.with_column(vector.name()))?
                {
                    reused[row] += 1;
                }
            }
        }
        Ok(reused)
    }

    /// Returns the columns that a vector is made from, with their positions.
    fn source_fields<'a>(&'a self, vector: &'a StoreVector) -> impl Iterator<Item = (usize, &'a FieldDef)> {
        let fields = self.record.sources(&vector.definition);
        vector.definition.sources.iter().copied().zip(fields)
    }
}

/// Keeps the table's vector for a row, or marks the row as changed. Returns `true` if the vector was kept.
fn keep_vector(
    vector: &mut VectorColumn,
    row: usize,
    stored: Option<Vec<f32>>,
    text_differs: bool,
    rows: &mut Rows,
) -> Result<bool> {
    match (vector.slots().get(row), stored) {
        (Some(Slot::Filled(_)), Some(stored)) if stored.as_slice() == vector.row(row) => Ok(false),
        (Some(Slot::Filled(_)), _) => {
            rows.changed[row] = true;
            Ok(false)
        }
        (Some(Slot::Source(_)), Some(stored)) if !text_differs => vector.fill(row, &stored).map(|()| true),
        _ => Ok(false),
    }
}

fn new_column<'a>(columns: &'a [ArrayRef], position: usize, field: &FieldDef) -> Result<&'a ArrayRef> {
    columns.get(position).ok_or_else(|| {
        Error::new(ErrorKind::Engine, "the encoded rows lack the column").with_column(field.name)
    })
}

/// The comparison of the rows of a chunk.
struct Rows {
    /// `true` for each row in which a column differs from the table.
    changed: Vec<bool>,
}

impl Rows {
    fn new(rows: usize) -> Self {
        Self { changed: vec![false; rows] }
    }

    fn changed(&mut self, differs: &[bool]) {
        self.changed.iter_mut().zip(differs).for_each(|(changed, differs)| *changed |= differs);
    }
}

/// Returns columns of rows in memory, and the flags that mark the nulls of columns.
fn with_null_flags(rows: &RecordBatch, columns: &[&str], nulls: &[&str]) -> Result<RecordBatch> {
    let mut read: Vec<(String, ArrayRef)> = Vec::with_capacity(columns.len() + nulls.len());
    for &name in columns {
        read.push((name.to_owned(), column(rows, name)?));
    }
    for &name in nulls {
        let column = column(rows, name)?;
        let flags: BooleanArray = (0..column.len()).map(|row| Some(column.is_null(row))).collect();
        read.push((null_flag(name), Arc::new(flags)));
    }
    RecordBatch::try_from_iter(read).map_err(arrow_failed)
}

/// Returns `true` for each row in which one of the columns differs.
fn any(differing: &[Vec<bool>], columns: &[usize], rows: usize) -> Vec<bool> {
    (0..rows).map(|row| columns.iter().any(|&column| differing[column][row])).collect()
}

/// Returns `true` for each row of `new` that has a match in `stored` with a different value.
fn differences(new: &ArrayRef, stored: &ArrayRef, matches: &[Option<usize>]) -> Result<Vec<bool>> {
    let mut differs = vec![false; matches.len()];
    let rows: Vec<usize> = (0..matches.len()).filter(|&row| matches[row].is_some()).collect();
    let found: Vec<usize> = matches.iter().copied().flatten().collect();
    let (new, stored) = (take(new, &rows)?, take(stored, &found)?);
    // Splits slices in half, and skips slices that are equal: with few changes this takes few comparisons of long
    // slices.
    let mut ranges = vec![(0, rows.len())];
    while let Some((start, length)) = ranges.pop() {
        if length == 0 || new.slice(start, length) == stored.slice(start, length) {
            continue;
        }
        if length == 1 {
            differs[rows[start]] = true;
            continue;
        }
        let half = length / 2;
        ranges.extend([(start, half), (start + half, length - half)]);
    }
    Ok(differs)
}

/// Returns the old value of each row that has a match, and the new value of the others.
fn old_or_new(new: &ArrayRef, old: &ArrayRef, matches: &[Option<usize>]) -> Result<ArrayRef> {
    let places =
        matches.iter().enumerate().map(|(row, stored)| stored.map_or((0, row), |stored| (1, stored)));
    let places: Vec<(usize, usize)> = places.collect();
    arrow_select::interleave::interleave(&[new.as_ref(), old.as_ref()], &places).map_err(arrow_failed)
}

fn take(array: &ArrayRef, rows: &[usize]) -> Result<ArrayRef> {
    let rows: UInt32Array = rows.iter().map(|&row| u32::try_from(row).unwrap_or(u32::MAX)).collect();
    arrow_select::take::take(array, &rows, None).map_err(arrow_failed)
}

/// Returns the chunk with only the rows that are `true` in `keep`.
pub(in crate::store) fn filter(chunk: &Chunk, keep: &[bool]) -> Result<Chunk> {
    let mask = BooleanArray::from(keep.to_vec());
    let columns = chunk.columns.iter().map(|column| arrow_select::filter::filter(column, &mask));
    Ok(Chunk {
        rows: mask.true_count(),
        columns: columns.collect::<std::result::Result<_, _>>().map_err(arrow_failed)?,
        vectors: chunk.vectors.iter().map(|vector| vector.filter(keep)).collect(),
    })
}
