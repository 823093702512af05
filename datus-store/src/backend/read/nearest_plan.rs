//! Runs vector searches with a changed plan, so that computing distances does not copy vectors.

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

use crate::query::DISTANCE;

/// Runs a vector search of a table that is not on LanceDB's service.
///
/// An exact search of lance 14 computes the distances of a batch, removes the rows without a distance, and keeps the nearest
/// rows of all batches. If a row of the batch was deleted, its removal copies the vectors of all the others
/// (`KNNVectorDistanceExec::execute`). Here, only the nearest rows of such a batch are copied. The computation is a stream, so
/// the metrics of the plan do not include it, and `explain` shows the engine's plan.
pub(super) async fn execute(query: &VectorQuery) -> lancedb::Result<SendableRecordBatchStream> {
    let options = QueryExecutionOptions::default();
    let batch_length = options.max_batch_length as usize;
    let plan = query.create_plan(options).await?;
    let plan = plan.transform_down(with_nearest_only).map_err(lance_core::Error::from)?.data;
    let batches = execute_plan(plan, LanceExecutionOptions::default())?;
    let batches = MaxBatchLengthStream::new_boxed(batches, batch_length);
    Ok(DatasetRecordBatchStream::new(batches).into())
}

/// Replaces the input of a sort by distance with one that contains only the nearest rows of each batch, if rows were deleted.
fn with_nearest_only(node: Arc<dyn ExecutionPlan>) -> Result<Transformed<Arc<dyn ExecutionPlan>>> {
    let Some(limit) = node.downcast_ref::<SortExec>().and_then(SortExec::fetch) else {
        return Ok(Transformed::no(node));
    };
    let input = node.children().first().and_then(|input| input.downcast_ref::<KNNVectorDistanceExec>());
    let Some(distances) = input.filter(|distances| !distances.is_batch && reads_deleted_rows(distances))
    else {
        return Ok(Transformed::no(node));
    };
    let nearest = OneShotExec::new(nearest(distances, limit)?);
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
mod tests {
    use arrow_array::types::Int64Type;
    use arrow_array::{FixedSizeListArray, Float32Array, Int64Array, UInt64Array};
    use lancedb::index::Index;
    use lancedb::index::vector::IvfFlatIndexBuilder;
    use lancedb::query::QueryBase;
    use lancedb::{DistanceType, Table};

    use super::*;

    /// Returns a table in memory with two fragments of two rows each.
    async fn table() -> Table {
        let db = lancedb::connect("memory://").execute().await.unwrap();
        let batch = |ids: [i64; 2], vectors: [[f32; 2]; 2]| {
            let vectors = vectors.map(|vector| Some(vector.map(Some)));
            let vectors = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(vectors, 2);
            let columns: [(&str, arrow_array::ArrayRef); 2] =
                [("id", Arc::new(Int64Array::from(ids.to_vec()))), ("vector", Arc::new(vectors))];
            RecordBatch::try_from_iter(columns).unwrap()
        };
        let first = batch([0, 1], [[1.0, 0.0], [0.9, 0.1]]);
        let table = db.create_table("rows", first).execute().await.unwrap();
        table.add(batch([2, 3], [[0.8, 0.3], [0.0, 1.0]])).execute().await.unwrap();
        table
    }

    fn search(table: &Table, metric: DistanceType) -> VectorQuery {
        table.query().nearest_to(&[1.0, 0.0]).unwrap().distance_type(metric).limit(10)
    }

    /// Returns `true` if the plan of the search is changed.
    async fn is_changed(query: &VectorQuery) -> bool {
        let plan = query.create_plan(QueryExecutionOptions::default()).await.unwrap();
        plan.transform_down(with_nearest_only).unwrap().transformed
    }

    async fn ids(query: &VectorQuery) -> Vec<i64> {
        let batches: Vec<RecordBatch> = execute(query).await.unwrap().try_collect().await.unwrap();
        let ids = batches.iter().map(|batch| batch.column_by_name("id").unwrap().as_primitive::<Int64Type>());
        ids.flat_map(|ids| ids.values().to_vec()).collect()
    }

    #[tokio::test]
    async fn an_exact_search_finds_the_nearest_rows_that_were_not_deleted() {
        let table = table().await;
        for metric in [DistanceType::Cosine, DistanceType::L2, DistanceType::Dot] {
            let query = search(&table, metric);
            assert!(!is_changed(&query).await, "{metric}");
            assert_eq!(ids(&query).await, [0, 1, 2, 3], "{metric}");
            assert_eq!(ids(&query.clone().limit(2)).await, [0, 1], "{metric}");
        }
        table.delete("id = 0 OR id = 2").await.unwrap();
        for metric in [DistanceType::Cosine, DistanceType::L2, DistanceType::Dot] {
            let query = search(&table, metric);
            assert!(is_changed(&query).await, "{metric}");
            assert_eq!(ids(&query).await, [1, 3], "{metric}");
            assert_eq!(ids(&query.clone().limit(1)).await, [1], "{metric}");
            assert_eq!(ids(&query.clone().limit(1).offset(1)).await, [3], "{metric}");
            assert_eq!(ids(&query.clone().with_row_id()).await, [1, 3], "{metric}");
            assert_eq!(ids(&query.clone().only_if("id > 1")).await, [3], "{metric}");
            assert_eq!(ids(&query.only_if("id > 3")).await, [0; 0], "{metric}");
        }
        // A range of distances is applied to all rows, before the nearest ones are chosen.
        let far = search(&table, DistanceType::L2).distance_range(Some(1.0), None).limit(1);
        assert!(!is_changed(&far).await);
        assert_eq!(ids(&far).await, [3]);
    }

    /// Returns the ids and distances of the hits, and the lengths of the batches.
    fn hits(batches: &[RecordBatch]) -> (Vec<(i64, f32)>, Vec<usize>) {
        let column = |batch: &RecordBatch, name| batch.column_by_name(name).unwrap().clone();
        let rows = batches.iter().flat_map(|batch| {
            let ids = column(batch, "id").as_primitive::<Int64Type>().values().to_vec();
            ids.into_iter().zip(column(batch, DISTANCE).as_primitive::<Float32Type>().values().to_vec())
        });
        (rows.collect(), batches.iter().map(RecordBatch::num_rows).collect())
    }

    /// Compares searches with those of lancedb, in a table with equal distances, null vectors, deleted rows, and rows that
    /// the index does not cover.
    #[tokio::test]
    async fn searches_find_the_same_rows_in_the_same_order_as_in_lancedb() {
        let db = lancedb::connect("memory://").execute().await.unwrap();
        let batch = |ids: std::ops::Range<i64>| {
            let vectors = ids.clone().map(|id| {
                let vector = [(id % 13) as f32, (id % 7) as f32];
                (id % 11 > 0).then(|| vector.map(Some))
            });
            let vectors = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(vectors, 2);
            let columns: [(&str, arrow_array::ArrayRef); 2] =
                [("id", Arc::new(Int64Array::from_iter_values(ids))), ("vector", Arc::new(vectors))];
            RecordBatch::try_from_iter(columns).unwrap()
        };
        let table = db.create_table("rows", batch(0..3000)).execute().await.unwrap();
        let index = Index::IvfFlat(IvfFlatIndexBuilder::default().num_partitions(2));
        table.create_index(&["vector"], index).execute().await.unwrap();
        table.add(batch(3000..5000)).execute().await.unwrap();
        table.add(batch(5000..5100)).execute().await.unwrap();
        table.delete("id % 5 = 1 OR id IN (3000, 4999)").await.unwrap();
        let query = || table.query().nearest_to(&[3.0, 2.0]).unwrap();
        let mut compared = 0;
        for limit in [1, 10, 1500, 6000] {
            for query in [
                query().limit(limit).bypass_vector_index(),
                query().limit(limit).offset(3).bypass_vector_index().with_row_id(),
                query().limit(limit).bypass_vector_index().only_if("id % 3 = 0"),
                query().limit(limit).bypass_vector_index().only_if("id % 3 = 0").postfilter(),
                query().limit(limit).bypass_vector_index().distance_range(Some(1.0), Some(20.0)),
                query().limit(limit).nprobes(2).unwrap(),
                query().limit(limit).nprobes(2).unwrap().refine_factor(3),
                query().limit(limit).nprobes(2).unwrap().fast_search(),
            ] {
                let ours: Vec<RecordBatch> = execute(&query).await.unwrap().try_collect().await.unwrap();
                let theirs: Vec<RecordBatch> = query.execute().await.unwrap().try_collect().await.unwrap();
                assert_eq!(hits(&ours), hits(&theirs), "{query:?}");
                compared += hits(&ours).0.len();
            }
        }
        assert!(compared > 20_000, "{compared}");
    }

    #[test]
    fn only_the_nearest_rows_of_a_batch_are_kept() {
        let distances =
            Float32Array::from(vec![Some(0.3), None, Some(f32::NAN), Some(0.1), Some(0.1), Some(0.2)]);
        let ids = UInt64Array::from(vec![Some(5), None, Some(7), Some(9), Some(8), Some(3)]);
        let columns: [(&str, arrow_array::ArrayRef); 2] =
            [(DISTANCE, Arc::new(distances)), (ROW_ID, Arc::new(ids))];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let nearest = |limit| {
            let rows = nearest_rows(&batch, limit).unwrap();
            let mut ids = rows.column(1).as_primitive::<UInt64Type>().values().to_vec();
            ids.sort_unstable();
            ids
        };
        assert_eq!(nearest(1), [8]);
        assert_eq!(nearest(3), [3, 8, 9]);
        assert_eq!(nearest(4), [3, 5, 8, 9]);
        assert_eq!(nearest(10), [3, 5, 8, 9]);
    }
}
