//! Searches one version and returns only row ids and distances, to measure the recall of an index.

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, Int32Type, UInt64Type};
use futures::TryStreamExt;
use lancedb::arrow::SendableRecordBatchStream;
use lancedb::expr::col;
use lancedb::query::{ExecutableQuery, QueryBase, Select, VectorQuery};

use super::super::Table;
use super::super::error::convert;
use super::super::lower::lower;
use super::super::read::{min_ef, nearest_to, with_distance};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{DISTANCE, Predicate};
use crate::record::{ColumnPath, Metric, VectorLayout, vector_at};

/// The engine's column of row ids.
const ROW: &str = "_rowid";
/// The engine's column with the position of a query among several queries.
const QUERY: &str = "query_index";
/// The maximum number of vector components, over all queries, that one scan compares with the table.
const COMPONENTS_PER_SCAN: usize = 1 << 16;

/// A row that a search found.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Neighbor {
    pub(crate) row: u64,
    pub(crate) distance: f32,
}

/// The parameters of a search that uses an index.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct SearchParams {
    /// The number of partitions to search; at least 1.
    pub(crate) nprobes: usize,
    /// The refine factor; at least 1. The search selects this many times the requested number of rows, and compares them
    /// again using their full vectors.
    pub(crate) refine_factor: u32,
    /// The number of candidates that a graph search keeps; `None` for an index without a graph.
    pub(crate) ef: Option<usize>,
}

/// A fixed version of a table, in which searches can be compared.
pub(crate) struct VectorSnapshot {
    table: Table,
    column: String,
    metric: Metric,
    layout: VectorLayout,
}

impl Table {
    /// Returns a snapshot of the current version for searches of a vector column.
    pub(crate) async fn vector_snapshot(
        &self,
        column: &str,
        metric: Metric,
        layout: VectorLayout,
    ) -> Result<VectorSnapshot> {
        let table = self.current().await?;
        Ok(VectorSnapshot { table, column: column.to_owned(), metric, layout })
    }
}

impl VectorSnapshot {
    /// Returns the vectors of the rows at these offsets, with their row ids. Rows without a vector are skipped.
    pub(crate) async fn vectors(&self, places: Vec<u64>) -> Result<Vec<(u64, Vec<f32>)>> {
        let query =
            self.table.raw().take_offsets(places).select(Select::columns(&[&self.column])).with_row_id();
        self.read_vectors(query.execute().await.map_err(convert)?).await
    }

    async fn read_vectors(&self, batches: SendableRecordBatchStream) -> Result<Vec<(u64, Vec<f32>)>> {
        let batches: Vec<RecordBatch> = batches.try_collect().await.map_err(convert)?;
        let mut vectors = Vec::new();
        for batch in &batches {
            let rows = row_ids(batch)?;
            let column = batch.column_by_name(&self.column).ok_or_else(|| answer("has no vectors"))?;
            let rows = rows.iter().enumerate();
            vectors.extend(rows.filter_map(|(place, row)| Some((*row, vector_at(column, place)?))));
        }
        Ok(vectors)
    }

    /// Returns the first vectors of the table, with their row ids.
    pub(crate) async fn first_vectors(&self, limit: usize) -> Result<Vec<(u64, Vec<f32>)>> {
        let query = self.table.raw().query().only_if_expr(col(&self.column).is_not_null()).limit(limit);
        let query = query.select(Select::columns(&[&self.column])).with_row_id();
        self.read_vectors(query.execute().await.map_err(convert)?).await
    }

    /// Returns the columns of the rows with these ids, in the order of the ids.
    pub(crate) async fn rows(&self, ids: &[u64], columns: &[ColumnPath]) -> Result<RecordBatch> {
        self.table.take(ids, columns).await
    }

    /// Returns, for each query vector, the nearest rows that pass the filter. Compares each query with every vector in the
    /// table.
    pub(crate) async fn exact(
        &self,
        vectors: &[Vec<f32>],
        filter: Option<&Predicate>,
        limit: usize,
    ) -> Result<Vec<Vec<Neighbor>>> {
        let dimension = vectors.first().map_or(1, Vec::len).max(1);
        // For a column with several vectors per row, the engine treats several query vectors as one query, so each query
        // needs its own scan.
        let at_once = if self.layout.multi { 1 } else { (COMPONENTS_PER_SCAN / dimension).max(1) };
        let mut answers = Vec::with_capacity(vectors.len());
        for queries_part in vectors.chunks(at_once) {
            let mut found = vec![Vec::new(); queries_part.len()];
            let query = self.query(queries_part, filter, limit)?.bypass_vector_index();
            for batch in self.run(query).await? {
                let queries =
                    batch.column_by_name(QUERY).and_then(|column| column.as_primitive_opt::<Int32Type>());
                for (place, hit) in hits(&batch)?.into_iter().enumerate() {
                    let query = queries.map_or(0, |queries| queries.value(place));
                    let of_query = usize::try_from(query).ok().and_then(|query| found.get_mut(query));
                    of_query.ok_or_else(|| answer("names an unknown query"))?.push(hit);
                }
            }
            answers.extend(found);
        }
        Ok(answers)
    }

    /// Returns the rows that are nearest to one vector and pass the filter, as found with the index.
    pub(crate) async fn indexed(
        &self,
        vector: &[f32],
        filter: Option<&Predicate>,
        limit: usize,
        params: SearchParams,
    ) -> Result<Vec<Neighbor>> {
        let query = self.query(&[vector.to_vec()], filter, limit)?;
        // With an effort of 0, the engine searches only this number of partitions, unless they contain too few rows.
        let mut query = query.minimum_nprobes(params.nprobes).and_then(|query| query.search_effort(0.0));
        if let Some(ef) = params.ef {
            let refined = limit.saturating_mul(params.refine_factor as usize);
            query = query.map(|query| query.ef(ef.max(refined).max(min_ef(self.layout, limit))));
        }
        let batches = self.run(query.map_err(convert)?.refine_factor(params.refine_factor)).await?;
        let hits = batches.iter().map(hits).collect::<Result<Vec<_>>>()?;
        Ok(hits.into_iter().flatten().collect())
    }

    fn query(&self, vectors: &[Vec<f32>], filter: Option<&Predicate>, limit: usize) -> Result<VectorQuery> {
        let query = match filter {
            Some(filter) => self.table.raw().query().only_if_expr(lower(filter)?),
            None => self.table.raw().query(),
        };
        let query = nearest_to(query, self.layout, vectors.iter().map(Vec::as_slice))?;
        let query = query.column(&self.column).distance_type(super::build::distance(self.metric));
        Ok(query.limit(limit).select(Select::columns(&[DISTANCE])).with_row_id())
    }

    async fn run(&self, query: VectorQuery) -> Result<Vec<RecordBatch>> {
        let batches: Vec<RecordBatch> =
            query.execute().await.map_err(convert)?.try_collect().await.map_err(convert)?;
        match self.layout.multi {
            true => batches.into_iter().map(with_distance).collect(),
            false => Ok(batches),
        }
    }
}

fn hits(batch: &RecordBatch) -> Result<Vec<Neighbor>> {
    let distances =
        batch.column_by_name(DISTANCE).and_then(|column| column.as_primitive_opt::<Float32Type>());
    let distances = distances.ok_or_else(|| answer("has no distances"))?;
    let pairs = row_ids(batch)?.iter().zip(distances.values());
    Ok(pairs.map(|(&row, &distance)| Neighbor { row, distance }).collect())
}

fn row_ids(batch: &RecordBatch) -> Result<&[u64]> {
    let rows = batch.column_by_name(ROW).and_then(|column| column.as_primitive_opt::<UInt64Type>());
    rows.map(|rows| rows.values().as_ref()).ok_or_else(|| answer("has no row ids"))
}

fn answer(what: &str) -> Error {
    Error::new(ErrorKind::Engine, format!("the engine's answer to a search {what}"))
}
