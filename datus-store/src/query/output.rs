use std::collections::HashSet;
use std::hash::Hash;
use std::marker::PhantomData;
use std::sync::Arc;

use arrow_array::{ArrayRef, RecordBatch};

use super::{Execute, QuerySpec, Selection};
use crate::error::{Error, ErrorKind, Result};
use crate::record::{self, Embedded, Embedding, EmbeddingRecord, vectors_at};

/// The result type of a query on `R`, which decodes batches into items and collects the items.
pub trait Output<R>: 'static {
    /// The type of a decoded row.
    type Item: Send + 'static;
    /// The collection of all rows: a `Vec`, or a `HashSet` after `.distinct()`.
    type Collected: Send;

    /// Adds to the query the columns that the output needs.
    fn request(spec: &mut QuerySpec);

    /// Decodes the rows of a batch. `first` is the position of its first row among all rows of the query, from 0.
    ///
    /// # Errors
    /// `Decode` when the Rust type cannot represent a stored value.
    fn decode(batch: &RecordBatch, source: &dyn Execute, first: usize) -> Result<Vec<Self::Item>>;

    /// Collects the rows.
    fn collect(items: Vec<Self::Item>) -> Self::Collected;
}

/// An output that can be streamed, counted and read as Arrow batches: every output except [`Distinct`].
#[diagnostic::on_unimplemented(
    message = "a query with `.distinct()` can only be awaited",
    label = "not available after `.distinct()`",
    note = "await the query to get a `HashSet`"
)]
pub trait RowOutput<R>: Output<R> {}

/// An output of records without their vectors.
#[derive(Debug, Clone, Copy)]
pub enum Records {}

impl<R: EmbeddingRecord> Output<R> for Records {
    type Item = R;
    type Collected = Vec<R>;

    fn request(_spec: &mut QuerySpec) {}

    fn decode(batch: &RecordBatch, _source: &dyn Execute, _first: usize) -> Result<Vec<R>> {
        record::decode(batch)
    }

    fn collect(items: Vec<R>) -> Vec<R> {
        items
    }
}

#[diagnostic::do_not_recommend]
impl<R: EmbeddingRecord> RowOutput<R> for Records {}

/// An output of records with their vectors.
#[derive(Debug, Clone, Copy)]
pub enum WithVectors {}

impl<R: EmbeddingRecord> Output<R> for WithVectors {
    type Item = Embedded<R>;
    type Collected = Vec<Embedded<R>>;

    fn request(spec: &mut QuerySpec) {
        spec.vectors = true;
    }

    fn decode(batch: &RecordBatch, source: &dyn Execute, _first: usize) -> Result<Vec<Embedded<R>>> {
        let column = |(name, model): (&'static str, Arc<str>)| {
            let column = batch.column_by_name(name).ok_or_else(|| missing_column(name))?;
            Ok((column, model))
        };
        let columns: Vec<(&ArrayRef, Arc<str>)> =
            source.vectors().into_iter().map(column).collect::<Result<_>>()?;
        let records = record::decode::<R>(batch)?;
        let rows = records.into_iter().enumerate().map(|(row, record)| {
            let vectors = columns.iter().map(|(column, model)| {
                let (values, count) = vectors_at(column, row)?;
                Some(Embedding::of_row(Arc::clone(model), values, count))
            });
            Embedded { record, vectors: vectors.collect() }
        });
        Ok(rows.collect())
    }

    fn collect(items: Vec<Embedded<R>>) -> Vec<Embedded<R>> {
        items
    }
}

#[diagnostic::do_not_recommend]
impl<R: EmbeddingRecord> RowOutput<R> for WithVectors {}

pub(super) fn missing_column(name: &str) -> Error {
    Error::new(ErrorKind::Decode, "the column is missing from the result").with_column(name)
}

/// An output of selected columns, which `.select(|t| …)` creates.
#[derive(Debug)]
pub struct Selected<P>(PhantomData<P>);

impl<R: EmbeddingRecord, P: Selection<R> + 'static> Output<R> for Selected<P> {
    type Item = P::Output;
    type Collected = Vec<P::Output>;

    fn request(_spec: &mut QuerySpec) {}

    fn decode(batch: &RecordBatch, _source: &dyn Execute, _first: usize) -> Result<Vec<P::Output>> {
        let reader = P::open(&mut batch.columns().iter())?;
        (0..batch.num_rows()).map(|row| P::get(&reader, row)).collect()
    }

    fn collect(items: Vec<P::Output>) -> Vec<P::Output> {
        items
    }
}

#[diagnostic::do_not_recommend]
impl<R: EmbeddingRecord, P: Selection<R> + 'static> RowOutput<R> for Selected<P> {}

/// An output of the distinct values of another output.
#[derive(Debug)]
pub struct Distinct<O>(PhantomData<O>);

impl<R, O> Output<R> for Distinct<O>
where
    O: Output<R>,
    O::Item: DistinctItem,
{
    type Item = O::Item;
    type Collected = HashSet<O::Item>;

    fn request(spec: &mut QuerySpec) {
        O::request(spec);
    }

    fn decode(batch: &RecordBatch, source: &dyn Execute, first: usize) -> Result<Vec<O::Item>> {
        O::decode(batch, source, first)
    }

    fn collect(items: Vec<O::Item>) -> HashSet<O::Item> {
        items.into_iter().collect()
    }
}

/// A value that `.distinct()` can collect in a `HashSet`.
#[diagnostic::on_unimplemented(
    message = "`distinct` cannot collect values of type `{Self}`",
    label = "`distinct` needs `Eq` and `Hash`",
    note = "an enum needs `#[derive(PartialEq, Eq, Hash)]`; a float has no `Eq`, so leave its column out of `select`"
)]
pub trait DistinctItem: Eq + Hash {}

#[diagnostic::do_not_recommend]
impl<T: Eq + Hash> DistinctItem for T {}
