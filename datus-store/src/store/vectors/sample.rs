//! A random sample of stored texts with their vectors.

use std::collections::HashSet;

use arrow_array::RecordBatch;
use arrow_schema::Schema;
use fastrand::Rng;
use futures::TryStreamExt;

use crate::backend::{Request, Table};
use crate::error::Result;
use crate::query::Predicate;
use crate::record::{ColumnPath, RecordDef, VectorDef, vector_at};
use crate::store::arrow::column;
use crate::store::core::Keys;
use crate::store::write::ingest::TextsOf;

/// The maximum number of sampling rounds. One round may not be enough, since sampled rows may lack a vector.
const DRAWS: usize = 4;

/// The maximum number of rows that are read by one query.
const READ_ROWS: usize = 1024;

/// A stored text with its stored vector.
#[derive(Debug)]
pub(in crate::store) struct Pair {
    /// The key of the row, for error messages; `None` for a record without a key.
    pub(in crate::store) key: Option<String>,
    pub(in crate::store) text: String,
    pub(in crate::store) vector: Vec<f32>,
}

/// Texts with their vectors, in random order.
#[derive(Debug, Default)]
pub(in crate::store) struct Sample {
    pub(in crate::store) pairs: Vec<Pair>,
    /// `true` if the sample contains all the rows of the table that have text and a vector.
    pub(in crate::store) is_complete: bool,
}

/// A request for a random sample of rows.
pub(in crate::store) struct SampleRequest<'a> {
    pub(in crate::store) table: &'a Table,
    pub(in crate::store) record: &'a RecordDef,
    /// The schema of the table.
    pub(in crate::store) stored: &'a Schema,
    pub(in crate::store) texts_of: TextsOf,
    /// The maximum number of rows to return.
    pub(in crate::store) rows: usize,
}

impl SampleRequest<'_> {
    /// Samples rows that have text and a vector, for the vector column at this position.
    ///
    /// If no sampled row has both, returns the first rows of the table that do.
    pub(in crate::store) async fn draw(&self, number: usize, random: Rng) -> Result<Sample> {
        let Some(vector) = self.record.vectors.get(number) else { return Ok(Sample::default()) };
        let mut columns: Vec<&'static str> = self.record.fields.iter().map(|field| field.name).collect();
        columns.push(vector.name);
        columns.retain(|name| self.stored.field_with_name(name).is_ok());
        let rows = self.table.rows().await?;
        let mut offsets = Offsets { rows: rows as u64, drawn: HashSet::new(), random };
        let mut pairs = Vec::new();
        for _ in 0..DRAWS {
            if pairs.len() >= self.rows {
                break;
            }
            for part in offsets.draw(self.rows).chunks(READ_ROWS) {
                for batch in self.table.rows_at(part.to_vec(), &columns).await? {
                    pairs.extend(self.pairs_of(&batch, vector, number)?);
                }
            }
        }
        let mut is_complete = offsets.is_exhausted();
        if pairs.is_empty() && self.rows > 0 && !is_complete {
            pairs = self.first(&columns, vector, number).await?;
        }
        offsets.random.shuffle(&mut pairs);
        is_complete &= pairs.len() <= self.rows;
        pairs.truncate(self.rows);
        Ok(Sample { pairs, is_complete })
    }

    /// Returns the first rows that have text and a vector.
    async fn first(&self, columns: &[&'static str], vector: &VectorDef, number: usize) -> Result<Vec<Pair>> {
        let is_null = Predicate::IsNull { column: ColumnPath::column(vector.name) };
        let filter = Some(Predicate::Not(Box::new(is_null)));
        let columns = columns.iter().copied().map(ColumnPath::column).collect();
        let request = Request { columns, filter, limit: Some(self.rows), ..Request::default() };
        let mut read = self.table.read(request).await?;
        let mut pairs = Vec::new();
        while let Some(batch) = read.batches.try_next().await? {
            pairs.extend(self.pairs_of(&batch, vector, number)?);
        }
        Ok(pairs)
    }

    /// Returns the rows of a batch that have text and a vector.
    fn pairs_of(&self, batch: &RecordBatch, vector: &VectorDef, number: usize) -> Result<Vec<Pair>> {
        let vectors = column(batch, vector.name)?;
        let texts = (self.texts_of)(batch, &[number])?.into_iter().flatten().enumerate();
        let key = self.record.key_fields().map(|field| Ok((field.name, column(batch, field.name)?)));
        let keys = match key.collect::<Result<Vec<_>>>()? {
            columns if columns.is_empty() => None,
            columns => Some(Keys::new(columns)?),
        };
        let pair = |(row, text): (usize, Option<String>)| {
            let (text, vector) = (text?, vector_at(&vectors, row)?);
            Some(Pair { key: keys.as_ref().map(|keys| keys.display(row)), text, vector })
        };
        Ok(texts.filter_map(pair).collect())
    }
}

/// Samples distinct row offsets at random.
struct Offsets {
    rows: u64,
    drawn: HashSet<u64>,
    random: Rng,
}

impl Offsets {
    fn is_exhausted(&self) -> bool {
        self.drawn.len() as u64 >= self.rows
    }

    /// Samples up to `count` offsets that have not been sampled before. Each chunk of `READ_ROWS` offsets is sorted.
    fn draw(&mut self, count: usize) -> Vec<u64> {
        let left = self.rows - self.drawn.len() as u64;
        let count = usize::try_from(left).unwrap_or(usize::MAX).min(count);
        let mut drawn: Vec<u64> = if 2 * (count + self.drawn.len()) as u64 > self.rows {
            let mut rest: Vec<u64> = (0..self.rows).filter(|offset| !self.drawn.contains(offset)).collect();
            self.random.shuffle(&mut rest);
            rest.truncate(count);
            self.drawn.extend(&rest);
            rest
        } else {
            let mut drawn = Vec::with_capacity(count);
            while drawn.len() < count {
                let offset = self.random.u64(0..self.rows);
                if self.drawn.insert(offset) {
                    drawn.push(offset);
                }
            }
            drawn
        };
        drawn.chunks_mut(READ_ROWS).for_each(<[u64]>::sort_unstable);
        drawn
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_drawn_once_each_until_none_are_left() {
        for (rows, count) in [(0, 3), (1, 3), (10, 3), (10, 10), (1000, 7), (1000, 600)] {
            let mut offsets = Offsets { rows, drawn: HashSet::new(), random: Rng::with_seed(7) };
            let mut seen = HashSet::new();
            while !offsets.is_exhausted() {
                let drawn = offsets.draw(count);
                assert!(!drawn.is_empty() && drawn.len() <= count, "{rows} {count}");
                assert!(drawn.iter().all(|offset| *offset < rows && seen.insert(*offset)), "{rows} {count}");
            }
            assert_eq!(seen.len() as u64, rows);
            assert!(offsets.draw(count).is_empty());
        }
    }

    /// A sample of the first rows would contain only the oldest ones.
    #[test]
    fn all_offsets_are_drawn_equally_often() {
        let mut random = Rng::with_seed(11);
        let mut counts = [0; 20];
        for _ in 0..4000 {
            let mut offsets = Offsets { rows: 20, drawn: HashSet::new(), random: random.fork() };
            offsets.draw(4).into_iter().for_each(|offset| counts[offset as usize] += 1);
        }
        // 800 each; 6 standard deviations are 152.
        assert!(counts.iter().all(|count| (648..=952).contains(count)), "{counts:?}");
    }
}
