//! Fuzzy search over rows that are newer than the full-text indexes.
//!
//! For a fuzzy query, the engine finds similar words only among the words in an index, and searches newer rows for the exact
//! word. These rows therefore get their own indexes in an in-memory table, and the query runs on both tables. Each table
//! computes its own scores, as the shards of a search engine do.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use arrow_array::RecordBatch;
use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, UInt64Type};
use arrow_schema::{Field, Schema};
use futures::TryStreamExt;
use lance::index::DatasetIndexInternalExt;
use lancedb::index::Index;
use lancedb::index::scalar::FtsIndexBuilder;
use lancedb::query::{ExecutableQuery, QueryBase, Select};

use super::error::convert;
use super::lower::lower;
use super::read::{full_text_search, missing};
use super::text_index::TextIndex;
use super::{ScoredRow, Table};
use crate::error::{Error, ErrorKind, Result};
use crate::query::{BM25, FullText, Predicate};

/// The engine's column of row ids.
const ROW_ID: &str = "_rowid";

/// The column of row ids in the in-memory table. No record can have a column with this name.
const ROW: &str = "datus:row";

/// The maximum number of rows to index in memory, which is also the engine's limit for one query
/// (`MAX_QUERY_LOCAL_RESIDUAL_ROWS` in lance's `dataset/scanner.rs`).
const MAX_ROWS: usize = 100_000;

/// The maximum number of bytes of text to index in memory.
const MAX_BYTES: usize = 256 << 20;

/// The rows that are newer than an index, with their own indexes.
pub(crate) struct UnindexedRows {
    rows: HashSet<u64>,
    table: lancedb::Table,
}

impl UnindexedRows {
    /// Returns `true` if the row is one of these rows.
    pub(crate) fn has(&self, row: u64) -> bool {
        self.rows.contains(&row)
    }

    /// Returns the best rows, best first. If `passing` is given, only rows in that set are returned.
    pub(crate) async fn search(
        &self,
        query: FullText,
        passing: Option<&HashSet<u64>>,
        limit: usize,
    ) -> Result<Vec<ScoredRow>> {
        let read = if passing.is_some() { self.rows.len() } else { limit.min(self.rows.len()) };
        let query = full_text_search(self.table.query(), query)?.limit(read.max(1));
        let batches = query.select(Select::columns(&[ROW, BM25])).execute().await.map_err(convert)?;
        let batches: Vec<RecordBatch> = batches.try_collect().await.map_err(convert)?;
        let mut found = Vec::new();
        for batch in &batches {
            let ids = batch.column_by_name(ROW).and_then(|ids| ids.as_primitive_opt::<UInt64Type>());
            let scores = batch.column_by_name(BM25);
            let scores = scores.and_then(|scores| scores.as_primitive_opt::<Float32Type>());
            let rows = ids.ok_or_else(|| missing(ROW))?.values().iter();
            let scores = scores.ok_or_else(|| missing(BM25))?.values().iter();
            let rows = rows.zip(scores).map(|(&row, &score)| ScoredRow { row, score });
            found.extend(rows.filter(|found| passing.is_none_or(|passing| passing.contains(&found.row))));
        }
        found.truncate(limit);
        Ok(found)
    }
}

impl Table {
    /// Returns the rows that at least one of the indexes does not cover, or `None` if the indexes cover all rows.
    ///
    /// # Errors
    /// `MissingIndex` if there are too many rows to index for a search.
    pub(crate) async fn unindexed_rows(
        &self,
        indexes: &HashMap<String, TextIndex>,
    ) -> Result<Option<UnindexedRows>> {
        let columns: Vec<&str> = indexes.keys().map(String::as_str).collect();
        let batches = self.read_unindexed(indexes, &columns, None).await?;
        let mut rows = HashSet::new();
        for batch in &batches {
            rows.extend(row_ids(batch)?);
        }
        if rows.is_empty() {
            return Ok(None);
        }
        let batches: Vec<RecordBatch> = batches.iter().map(with_row_id_column).collect::<Result<_>>()?;
        let database = lancedb::connect("memory://").execute().await.map_err(convert)?;
        let table = database.create_table("uncovered", batches).execute().await.map_err(convert)?;
        for (column, index) in indexes {
            let options = match &index.options {
                Some(options) => options.to_builder()?,
                None => FtsIndexBuilder::default(),
            };
            let build = table.create_index(&[column.as_str()], Index::FTS(options));
            build.execute().await.map_err(convert)?;
        }
        Ok(Some(UnindexedRows { rows, table }))
    }

    /// Returns the ids of the rows that pass the filter and are missing from at least one of the indexes.
    pub(crate) async fn unindexed_rows_matching(
        &self,
        indexes: &HashMap<String, TextIndex>,
        filter: &Predicate,
    ) -> Result<HashSet<u64>> {
        let batches = self.read_unindexed(indexes, &[], Some(filter)).await?;
        let mut rows = HashSet::new();
        for batch in &batches {
            rows.extend(row_ids(batch)?);
        }
        Ok(rows)
    }

    async fn read_unindexed(
        &self,
        indexes: &HashMap<String, TextIndex>,
        columns: &[&str],
        filter: Option<&Predicate>,
    ) -> Result<Vec<RecordBatch>> {
        let Some(dataset) = self.raw().dataset() else {
            let message = "LanceDB's service does not report the rows that an index covers, so `fuzzy` cannot search the other rows";
            return Err(Error::new(ErrorKind::Unsupported, message));
        };
        let dataset = dataset.get().await.map_err(convert)?;
        let failed = |error: lance::Error| convert(error.into());
        let (mut fragments, mut seen) = (Vec::new(), HashSet::new());
        for index in indexes.values() {
            let newer = dataset.unindexed_fragments(&index.name).await.map_err(failed)?;
            fragments.extend(newer.into_iter().filter(|fragment| seen.insert(fragment.id)));
        }
        if fragments.is_empty() {
            return Ok(Vec::new());
        }
        let mut scan = dataset.scan();
        scan.with_fragments(fragments).with_row_id().project(columns).map_err(failed)?;
        if let Some(filter) = filter {
            scan.filter_expr(lower(filter)?);
        }
        let mut stream = scan.try_into_stream().await.map_err(failed)?;
        let (mut batches, mut rows, mut bytes) = (Vec::new(), 0, 0);
        while let Some(batch) = stream.try_next().await.map_err(failed)? {
            rows += batch.num_rows();
            bytes += batch.get_array_memory_size();
            if rows > MAX_ROWS || bytes > MAX_BYTES {
                return Err(too_many());
            }
            batches.push(batch);
        }
        Ok(batches)
    }
}

/// Returns the batch with its row ids in a column whose name is allowed in a table.
fn with_row_id_column(batch: &RecordBatch) -> Result<RecordBatch> {
    let schema = batch.schema();
    let fields = schema.fields().iter().map(|field| match field.name().as_str() {
        ROW_ID => Field::new(ROW, field.data_type().clone(), true),
        name => Field::new(name, field.data_type().clone(), true),
    });
    let schema = Arc::new(Schema::new(fields.collect::<Vec<_>>()));
    RecordBatch::try_new(schema, batch.columns().to_vec()).map_err(|source| {
        Error::new(
            ErrorKind::Engine,
            "the rows that are newer than the index cannot be combined into a batch",
        )
        .with_source(source)
    })
}

fn row_ids(batch: &RecordBatch) -> Result<Vec<u64>> {
    let ids = batch.column_by_name(ROW_ID).and_then(|ids| ids.as_primitive_opt::<UInt64Type>());
    Ok(ids.ok_or_else(|| missing(ROW_ID))?.values().to_vec())
}

fn too_many() -> Error {
    let message = format!(
        "more than {MAX_ROWS} rows or 256 MiB of texts are newer than the full-text index, which is too many for a fuzzy search"
    );
    let help = "add these rows to the index with `store.optimize()`, or search without `fuzzy`";
    Error::new(ErrorKind::MissingIndex, message).with_help(help)
}
