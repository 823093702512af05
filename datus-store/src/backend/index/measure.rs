//! Searches that are compared with each other: of one version, by row, without reading anything else.

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, UInt64Type};
use arrow_array::{Array, RecordBatch};
use futures::TryStreamExt;
use lancedb::Table as LanceTable;
use lancedb::arrow::SendableRecordBatchStream;
use lancedb::expr::col;
use lancedb::query::{ExecutableQuery, QueryBase, Select, VectorQuery};

use super::super::Table;
use super::super::error::convert;
use crate::error::{Error, ErrorKind, Result};
use crate::query::DISTANCE;
use crate::record::Metric;

/// The engine's name for the number of a row.
const ROW: &str = "_rowid";
/// The engine's name for the number of a query among several.
const QUERY: &str = "query_index";
/// The components of all queries that are compared with the table in one scan.
const COMPONENTS_AT_ONCE: usize = 1 << 16;

/// A row that a search found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Found {
    pub(crate) row: u64,
    pub(crate) distance: f32,
}

/// How an index is searched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Nearby {
    /// The partitions that are looked into, from 1.
    pub(crate) probes: usize,
    /// How many times the wanted rows are measured again with whole vectors, from 1.
    pub(crate) refine: u32,
    /// How many candidates a graph keeps; `None` where there is none.
    pub(crate) ef: Option<usize>,
}

/// A version of a table that stays as it is, to compare searches in.
pub(crate) struct Snapshot {
    table: LanceTable,
    column: String,
    metric: Metric,
}

impl Table {
    /// The current version, for searches of a vector column.
    pub(crate) async fn snapshot(&self, column: &str, metric: Metric) -> Result<Snapshot> {
        let table = self.raw().checkout_current().await.map_err(convert)?;
        Ok(Snapshot { table, column: column.to_owned(), metric })
    }
}

impl Snapshot {
    /// The vectors of the rows at these places, with the numbers of the rows; rows without a vector are left out.
    pub(crate) async fn vectors(&self, places: Vec<u64>) -> Result<Vec<(u64, Vec<f32>)>> {
        let query = self.table.take_offsets(places).select(Select::columns(&[&self.column])).with_row_id();
        self.read_vectors(query.execute().await.map_err(convert)?).await
    }

    async fn read_vectors(&self, batches: SendableRecordBatchStream) -> Result<Vec<(u64, Vec<f32>)>> {
        let batches: Vec<RecordBatch> = batches.try_collect().await.map_err(convert)?;
        let mut vectors = Vec::new();
        for batch in &batches {
            let rows = numbers(batch)?;
            let column =
                batch.column_by_name(&self.column).and_then(|column| column.as_fixed_size_list_opt());
            let column = column.ok_or_else(|| answer("has no vectors"))?;
            for (place, row) in rows.iter().enumerate().filter(|(place, _)| column.is_valid(*place)) {
                let values = column.value(place);
                let values =
                    values.as_primitive_opt::<Float32Type>().ok_or_else(|| answer("has no vectors"))?;
                vectors.push((*row, values.values().to_vec()));
            }
        }
        Ok(vectors)
    }

    /// The first vectors that there are.
    pub(crate) async fn first_vectors(&self, limit: usize) -> Result<Vec<(u64, Vec<f32>)>> {
        let query = self.table.query().only_if_expr(col(&self.column).is_not_null()).limit(limit);
        let query = query.select(Select::columns(&[&self.column])).with_row_id();
        self.read_vectors(query.execute().await.map_err(convert)?).await
    }

    /// For each vector the nearest rows, by comparison with every vector of the table.
    pub(crate) async fn exact(&self, vectors: &[Vec<f32>], limit: usize) -> Result<Vec<Vec<Found>>> {
        let dimension = vectors.first().map_or(1, Vec::len).max(1);
        let mut answers = Vec::with_capacity(vectors.len());
        for part in vectors.chunks((COMPONENTS_AT_ONCE / dimension).max(1)) {
            let mut found = vec![Vec::new(); part.len()];
            let query = self.query(part, limit)?.bypass_vector_index();
            for batch in self.run(query).await? {
                let queries =
                    batch.column_by_name(QUERY).and_then(|column| column.as_primitive_opt::<Int32Type>());
                for (place, hit) in hits(&batch)?.into_iter().enumerate() {
                    let query = queries.map_or(0, |queries| queries.value(place));
                    let of_query = usize::try_from(query).ok().and_then(|query| found.get_mut(query));
                    of_query.ok_or_else(|| answer("names a query that there is not"))?.push(hit);
                }
            }
            answers.extend(found);
        }
        Ok(answers)
    }

    /// The nearest rows of one vector, by the index.
    pub(crate) async fn indexed(&self, vector: &[f32], limit: usize, how: Nearby) -> Result<Vec<Found>> {
        let query = self.query(&[vector.to_vec()], limit)?;
        // No effort: exactly these partitions, and more only where they do not fill the limit.
        let mut query = query.minimum_nprobes(how.probes).and_then(|query| query.search_effort(0.0));
        if let Some(ef) = how.ef {
            query = query.map(|query| query.ef(ef.max(limit.saturating_mul(how.refine as usize))));
        }
        let batches = self.run(query.map_err(convert)?.refine_factor(how.refine)).await?;
        let hits = batches.iter().map(hits).collect::<Result<Vec<_>>>()?;
        Ok(hits.into_iter().flatten().collect())
    }

    fn query(&self, vectors: &[Vec<f32>], limit: usize) -> Result<VectorQuery> {
        let (first, others) = vectors.split_first().ok_or_else(|| answer("is for no vector"))?;
        let mut query = self.table.query().nearest_to(first.clone()).map_err(convert)?;
        for vector in others {
            query = query.add_query_vector(vector.clone()).map_err(convert)?;
        }
        let query = query.column(&self.column).distance_type(super::build::distance(self.metric));
        Ok(query.limit(limit).select(Select::columns(&[DISTANCE])).with_row_id())
    }

    async fn run(&self, query: VectorQuery) -> Result<Vec<RecordBatch>> {
        query.execute().await.map_err(convert)?.try_collect().await.map_err(convert)
    }
}

fn hits(batch: &RecordBatch) -> Result<Vec<Found>> {
    let distances =
        batch.column_by_name(DISTANCE).and_then(|column| column.as_primitive_opt::<Float32Type>());
    let distances = distances.ok_or_else(|| answer("has no distances"))?;
    let pairs = numbers(batch)?.iter().zip(distances.values());
    Ok(pairs.map(|(&row, &distance)| Found { row, distance }).collect())
}

fn numbers(batch: &RecordBatch) -> Result<&[u64]> {
    let rows = batch.column_by_name(ROW).and_then(|column| column.as_primitive_opt::<UInt64Type>());
    rows.map(|rows| rows.values().as_ref()).ok_or_else(|| answer("has no row numbers"))
}

fn answer(what: &str) -> Error {
    Error::new(ErrorKind::Engine, format!("the engine's answer to a search {what}"))
}
