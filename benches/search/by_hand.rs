//! The queries that a careful user of lancedb would write without this library, with the same structs as results.

use arrow_array::cast::AsArray;
use arrow_array::types::Float32Type;
use arrow_array::{RecordBatch, StringArray};
use datus_store::model::{EmbeddingModel, HashingModel, Role};
use futures::TryStreamExt;
use lancedb::DistanceType;
use lancedb::index::scalar::FullTextSearchQuery;
use lancedb::query::{ExecutableQuery, QueryBase, QueryExecutionOptions, Select};

use crate::rows::Table;

/// A row with its distance or score.
#[derive(Debug)]
pub(crate) struct Found {
    pub(crate) row: Table,
    pub(crate) score: f32,
}

const COLUMNS: [&str; 4] = ["identifier", "database_name", "table_name", "definition"];

/// The search settings of a vector index. `None` means lancedb's default.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Probes {
    pub(crate) nprobes: Option<usize>,
    pub(crate) refine_factor: Option<u32>,
}

pub(crate) async fn nearest(
    table: &lancedb::Table,
    model: &HashingModel,
    question: &str,
    filter: Option<&str>,
    limit: usize,
    probes: Probes,
) -> Vec<Found> {
    let vector = model.embed(&[question], Role::Query).await.unwrap().remove(0);
    let mut query = table.query().limit(limit).select(columns("_distance"));
    if let Some(filter) = filter {
        query = query.only_if(filter);
    }
    let mut query = query.nearest_to(vector).unwrap().column("vector").distance_type(DistanceType::Cosine);
    if let Some(nprobes) = probes.nprobes {
        query = query.nprobes(nprobes).unwrap();
    }
    if let Some(factor) = probes.refine_factor {
        query = query.refine_factor(factor);
    }
    let batches = query.execute().await.unwrap().try_collect::<Vec<_>>().await.unwrap();
    found(&batches, "_distance")
}

pub(crate) async fn full_text(table: &lancedb::Table, question: &str, limit: usize) -> Vec<Found> {
    let words = FullTextSearchQuery::new(question.to_owned()).with_column("definition".to_owned()).unwrap();
    let query = table.query().full_text_search(words).limit(limit).select(columns("_score"));
    let batches = query.execute().await.unwrap().try_collect::<Vec<_>>().await.unwrap();
    found(&batches, "_score")
}

/// Runs lancedb's own hybrid search, with its reciprocal rank fusion.
pub(crate) async fn hybrid(
    table: &lancedb::Table,
    model: &HashingModel,
    question: &str,
    limit: usize,
    probes: Probes,
) -> Vec<Found> {
    let vector = model.embed(&[question], Role::Query).await.unwrap().remove(0);
    let words = FullTextSearchQuery::new(question.to_owned()).with_column("definition".to_owned()).unwrap();
    let mut query = table
        .query()
        .full_text_search(words)
        .limit(limit)
        .nearest_to(vector)
        .unwrap()
        .column("vector")
        .distance_type(DistanceType::Cosine);
    if let Some(nprobes) = probes.nprobes {
        query = query.nprobes(nprobes).unwrap();
    }
    if let Some(factor) = probes.refine_factor {
        query = query.refine_factor(factor);
    }
    let batches = query.execute_hybrid(QueryExecutionOptions::default()).await.unwrap();
    let batches = batches.try_collect::<Vec<_>>().await.unwrap();
    found(&batches, "_relevance_score")
}

/// Returns all rows of a database, or of the whole table if `database` is `None`.
pub(crate) async fn all(table: &lancedb::Table, database: Option<&str>) -> Vec<Table> {
    let mut query = table.query().select(Select::columns(&COLUMNS));
    if let Some(database) = database {
        query = query.only_if(format!("database_name = '{database}'"));
    }
    let batches = query.execute().await.unwrap().try_collect::<Vec<_>>().await.unwrap();
    batches.iter().flat_map(tables).collect()
}

/// Returns the rows with these row IDs.
pub(crate) async fn take(table: &lancedb::Table, ids: Vec<u64>) -> Vec<Table> {
    let query = table.take_row_ids(ids).select(Select::columns(&COLUMNS));
    let batches = query.execute().await.unwrap().try_collect::<Vec<_>>().await.unwrap();
    batches.iter().flat_map(tables).collect()
}

fn columns(score: &str) -> Select {
    let mut columns = COLUMNS.to_vec();
    columns.push(score);
    Select::columns(&columns)
}

fn tables(batch: &RecordBatch) -> Vec<Table> {
    let column = |name: &str| -> &StringArray { batch[name].as_string() };
    let [identifier, database_name, table_name, definition] = COLUMNS.map(column);
    let row = |row: usize| Table {
        identifier: identifier.value(row).to_owned(),
        database_name: database_name.value(row).to_owned(),
        table_name: table_name.value(row).to_owned(),
        definition: definition.value(row).to_owned(),
    };
    (0..batch.num_rows()).map(row).collect()
}

fn found(batches: &[RecordBatch], score: &str) -> Vec<Found> {
    let found = batches.iter().flat_map(|batch| {
        let scores = batch[score].as_primitive::<Float32Type>().values().to_vec();
        tables(batch).into_iter().zip(scores).map(|(row, score)| Found { row, score })
    });
    found.collect()
}
