//! Compares a chunk with stored rows: finds the rows that are new or changed, and the vectors that can be kept.

mod equal_texts;
mod stored;

use std::collections::HashMap;

use arrow_array::{Array, ArrayRef, BooleanArray};

use self::equal_texts::equal_rows;
pub(in crate::store) use self::stored::Source;
use self::stored::Stored;
use super::ingest::{Chunk, Slot, VectorColumn};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{AutoTimestamp, FieldDef, vector_at};
use crate::store::arrow::{arrow_failed, take};
use crate::store::core::{Core, Fingerprint, Keys, StoreVector};

/// A row to write.
#[derive(Debug, Clone, Copy)]
pub(in crate::store) struct RowPlan {
    pub(in crate::store) key: Fingerprint,
    /// The position of the row in the input.
    pub(in crate::store) number: u64,
    /// `true` if the table had no row with its key.
    pub(in crate::store) new: bool,
    /// The number of its vectors that are taken from the table.
    pub(in crate::store) reused: usize,
}

/// The rows of a chunk to write.
pub(in crate::store) struct Compared {
    pub(in crate::store) chunk: Chunk,
    pub(in crate::store) rows: Vec<RowPlan>,
}

/// A vector column that is embedded from texts of a chunk.
struct EmbeddedColumn {
    name: &'static str,
    /// `true` for each row of the chunk whose vector is computed from text.
    has_text: Vec<bool>,
}

impl EmbeddedColumn {
    /// Returns `true` for each row that has text but no vector in the table, because another program wrote the row.
    /// `nulls` is `true` for each stored row without a vector.
    fn lacking(&self, nulls: &[bool], matches: &[Option<usize>]) -> Vec<bool> {
        let missing = |stored: &Option<usize>| stored.is_some_and(|row| nulls[row]);
        self.has_text.iter().zip(matches).map(|(text, stored)| *text && missing(stored)).collect()
    }
}

impl Core {
    /// Compares a chunk with stored rows. `numbers` contains the positions of its rows in the input.
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
            let differs = match field.auto_timestamp {
                None => differences(new, &old, &matches)?,
                // The time of the write is always new, so it does not make a row differ.
                Some(AutoTimestamp::Updated) => vec![false; matches.len()],
                Some(AutoTimestamp::Created) => {
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
        let moved = self.moved_texts(&chunk, &stored, &matches, &differing)?;
        let mut needed = self.needed_vectors(&chunk, &matches, &differing, &rows);
        moved.iter().flat_map(HashMap::values).for_each(|&from| needed[from] = true);
        let reused = self.keep_vectors(&mut chunk, keys, &needed, &moved, &mut rows, source).await?;
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

    /// Finds the rows that are new or have changed text, and whose text the table stores under the key of a different row of
    /// the chunk. Returns a map for each vector, from the row to the chunk's row with that key.
    fn moved_texts(
        &self,
        chunk: &Chunk,
        stored: &Stored,
        matches: &[Option<usize>],
        differing: &[Vec<bool>],
    ) -> Result<Vec<HashMap<usize, usize>>> {
        let owners: Vec<usize> = (0..chunk.rows).filter(|&row| matches[row].is_some()).collect();
        let found: Vec<usize> = matches.iter().copied().flatten().collect();
        let moved = chunk.vectors.iter().zip(&self.vectors).map(|(column, vector)| {
            let text_differs = any(differing, &vector.definition.sources, chunk.rows);
            let waits = |row: &usize| matches[*row].is_none() || text_differs[*row];
            let slots = column.slots().iter().enumerate();
            let texts = slots.filter(|(_, slot)| matches!(slot, Slot::Source(_))).map(|(row, _)| row);
            let waiting: Vec<usize> = texts.filter(waits).collect();
            if waiting.is_empty() || owners.is_empty() {
                return Ok(HashMap::new());
            }
            let (mut new, mut old) = (Vec::new(), Vec::new());
            for (source, field) in self.source_fields(vector) {
                let column = new_column(&chunk.columns, source, field)?;
                new.push((field.name, take(column, &waiting)?));
                old.push((field.name, take(&stored.column(field.name, column)?, &found)?));
            }
            let equal = waiting.iter().zip(equal_rows(new, old)?);
            Ok(equal.filter_map(|(&row, owner)| Some((row, owners[owner?]))).collect())
        });
        moved.collect()
    }

    /// Fills in the table's vectors for the rows in `needed` whose text did not change, and for the rows in `moved`. Marks
    /// rows as changed if they contain a different vector. Returns, for each row, the number of vectors that were filled in.
    async fn keep_vectors(
        &self,
        chunk: &mut Chunk,
        keys: &Keys,
        needed: &[bool],
        moved: &[HashMap<usize, usize>],
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
        let mut of_row = vec![None; chunk.rows];
        positions.iter().zip(matches).for_each(|(&row, found)| of_row[row] = found);
        let Chunk { columns, vectors, .. } = chunk;
        for ((filled, vector), moved) in vectors.iter_mut().zip(&self.vectors).zip(moved) {
            let mut from = of_row.clone();
            moved.iter().for_each(|(&row, &owner)| from[row] = of_row[owner]);
            // Compares with the text that is read together with the vector, since another writer may have changed it.
            let mut text_differs = vec![false; from.len()];
            for (source, field) in self.source_fields(vector) {
                let new = new_column(columns, source, field)?;
                let differs = differences(new, &stored.column(field.name, new)?, &from)?;
                text_differs.iter_mut().zip(differs).for_each(|(any, differs)| *any |= differs);
            }
            let stored = stored.column(vector.name(), &filled.empty())?;
            for (row, found) in
                from.into_iter().enumerate().filter(|(row, _)| needed[*row] || moved.contains_key(row))
            {
                let values = found.and_then(|found| vector_at(&stored, found));
                if keep_vector(filled, row, values, text_differs[row], rows)
                    .map_err(|error| error.with_column(vector.name()))?
                {
                    reused[row] += 1;
                }
            }
        }
        Ok(reused)
    }

    /// Returns the columns from which a vector is computed, with their positions.
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

/// The result of comparing the rows of a chunk.
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

/// Returns the old value of each row that has a match, and the new value of each other row.
fn old_or_new(new: &ArrayRef, old: &ArrayRef, matches: &[Option<usize>]) -> Result<ArrayRef> {
    let places =
        matches.iter().enumerate().map(|(row, stored)| stored.map_or((0, row), |stored| (1, stored)));
    let places: Vec<(usize, usize)> = places.collect();
    arrow_select::interleave::interleave(&[new.as_ref(), old.as_ref()], &places).map_err(arrow_failed)
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
