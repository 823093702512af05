//! Runs vector searches with a changed plan, so that computing distances neither reads nor copies vectors.

use std::sync::Arc;

use arrow_array::cast::AsArray;
use arrow_array::types::{Float32Type, UInt64Type};
use arrow_array::{RecordBatch, UInt32Array};
use arrow_select::take::take_record_batch;
use datafusion_common::tree_node::{Transformed, TreeNode};
use datafusion_common::{DataFusionError, Result, internal_datafusion_err};
use futures::{StreamExt, TryStreamExt, future};
use lance::dataset::scanner::DatasetRecordBatchStream;
use lance::deps::datafusion::physical_plan::sorts::sort::SortExec;
use lance::deps::datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use lance::deps::datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream as RecordBatches};
use lance::io::exec::KNNVectorDistanceExec;
use lance::io::exec::filtered_read::FilteredReadExec;
use lance_core::ROW_ID;
use lance_core::utils::tokio::get_num_compute_intensive_cpus;
use lance_datafusion::exec::{LanceExecutionOptions, OneShotExec, execute_plan};
use lance_index::vector::flat::compute_distance;
use lance_table::format::Fragment;
use lancedb::arrow::SendableRecordBatchStream;
use lancedb::query::{ExecutableQuery, QueryExecutionOptions, VectorQuery};
use lancedb::utils::MaxBatchLengthStream;

use super::nearest_in_memory;
use super::vector_cache::TableVectors;
use crate::query::DISTANCE;

/// Runs a vector search of a table that is not on LanceDB's service.
///
/// An exact search of lance 14 reads the vectors of all rows, computes the distances of a batch, removes the rows without a
/// distance, and keeps the nearest rows of all batches. If a row of the batch was deleted, its removal copies the vectors of
/// all the others (`KNNVectorDistanceExec::execute`). Here, the distances are computed from vectors in memory. If these are not
/// kept and rows were deleted, only the nearest rows of a batch are copied. The computation is a stream, so the metrics of the
/// plan do not include it, and `explain` shows the engine's plan.
pub(super) async fn execute(
    query: &VectorQuery,
    vectors: &Arc<TableVectors>,
) -> lancedb::Result<SendableRecordBatchStream> {
    let options = QueryExecutionOptions::default();
    let batch_length = options.max_batch_length as usize;
    let plan = query.create_plan(options).await?;
    let plan =
        plan.transform_down(|node| with_nearest_only(node, vectors)).map_err(lance_core::Error::from)?.data;
    let batches = execute_plan(plan, LanceExecutionOptions::default())?;
    let batches = MaxBatchLengthStream::new_boxed(batches, batch_length);
    Ok(DatasetRecordBatchStream::new(batches).into())
}

/// Replaces the input of a sort by distance with one that contains only the nearest rows of each batch, if the vectors are in
/// memory or rows were deleted.
fn with_nearest_only(
    node: Arc<dyn ExecutionPlan>,
    vectors: &Arc<TableVectors>,
) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let Some(limit) = node.downcast_ref::<SortExec>().and_then(SortExec::fetch) else {
        return Ok(Transformed::no(node));
    };
    let input = node.children().first().and_then(|input| input.downcast_ref::<KNNVectorDistanceExec>());
    let Some(distances) = input.filter(|distances| !distances.is_batch) else {
        return Ok(Transformed::no(node));
    };
    let nearest = match nearest_in_memory::nearest(distances, limit, vectors) {
        Some(nearest) => nearest,
        None if reads_deleted_rows(distances) => nearest(distances, limit)?,
        None => return Ok(Transformed::no(node)),
    };
    let nearest = OneShotExec::new(nearest);
    Ok(Transformed::yes(node.with_new_children(vec![Arc::new(nearest)])?))
}

/// Returns `true` if the distances are those of a scan that includes deleted rows.
fn reads_deleted_rows(distances: &KNNVectorDistanceExec) -> bool {
    let Some(scan) = distances.input.downcast_ref::<FilteredReadExec>() else { return false };
    let has_deleted_rows = |fragments: &[Fragment]| fragments.iter().any(|it| it.deletion_file.is_some());
    scan.row_stream_input().is_none()
        && match &scan.options().fragments {
            Some(fragments) => has_deleted_rows(fragments),
            None => has_deleted_rows(scan.dataset().fragments()),
        }
}

/// Returns the batches with their distances. From a batch with deleted rows, only the `limit` nearest rows are kept.
fn nearest(distances: &KNNVectorDistanceExec, limit: usize) -> Result<RecordBatches> {
    let batches = execute_plan(Arc::clone(&distances.input), LanceExecutionOptions::default())?;
    let (query, metric) = (Arc::clone(&distances.query), distances.distance_type);
    let column = distances.column.clone();
    // An empty batch may lack the vector column.
    let batches = batches.try_filter(|batch| future::ready(batch.num_rows() > 0));
    let batches = batches.map(move |batch| {
        let (query, column) = (Arc::clone(&query), column.clone());
        async move {
            let batch = compute_distance(query, metric, &column, batch?).await;
            nearest_rows(&batch.map_err(|error| DataFusionError::External(Box::new(error)))?, limit)
        }
    });
    let batches = batches.buffer_unordered(get_num_compute_intensive_cpus());
    Ok(Box::pin(RecordBatchStreamAdapter::new(distances.schema(), batches)))
}

/// Returns the `limit` rows of a batch with the smallest distances, in any order. Rows without a distance, such as deleted
/// rows, are left out. Of two rows with the same distance, the one with the smaller row id counts as nearer. If every row has
/// a distance, returns the whole batch, because that copies nothing.
fn nearest_rows(batch: &RecordBatch, limit: usize) -> Result<RecordBatch> {
    let missing = |name: &str| internal_datafusion_err!("the batch lacks the column {name}");
    let distances =
        batch.column_by_name(DISTANCE).and_then(|column| column.as_primitive_opt::<Float32Type>());
    let distances = distances.ok_or_else(|| missing(DISTANCE))?;
    let ids = batch.column_by_name(ROW_ID).and_then(|column| column.as_primitive_opt::<UInt64Type>());
    let ids = ids.ok_or_else(|| missing(ROW_ID))?;
    let pairs = distances.iter().zip(ids.values()).zip(0_u32..);
    let near =
        pairs.filter_map(|((distance, id), row)| Some((distance.filter(|value| !value.is_nan())?, *id, row)));
    let mut near: Vec<(f32, u64, u32)> = near.collect();
    if near.len() == batch.num_rows() {
        return Ok(batch.clone());
    }
    if limit < near.len() {
        near.select_nth_unstable_by(limit, |a, b| a.0.total_cmp(&b.0).then(a.1.cmp(&b.1)));
        near.truncate(limit);
    }
    let rows: UInt32Array = near.into_iter().map(|(_, _, row)| row).collect();
    Ok(take_record_batch(batch, &rows)?)
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests;
