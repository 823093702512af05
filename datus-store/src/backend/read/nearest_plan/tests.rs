use std::ops::Range;

use arrow_array::types::Int64Type;
use arrow_array::{FixedSizeListArray, Float32Array, Int64Array, UInt64Array};
use arrow_cast::cast;
use arrow_schema::{DataType, Field};
use lancedb::index::Index;
use lancedb::index::scalar::BTreeIndexBuilder;
use lancedb::index::vector::IvfFlatIndexBuilder;
use lancedb::query::QueryBase;
use lancedb::table::OptimizeAction;
use lancedb::{DistanceType, Table};

use super::super::vector_cache::DecodedVectors;
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

/// Keeps at most this number of bytes of vectors in memory.
fn in_memory(limit: usize) -> Arc<TableVectors> {
    Arc::new(TableVectors::new(Arc::new(DecodedVectors::new(limit)), Arc::default()))
}

/// Returns `true` if all vectors of the table's newest version are in memory.
async fn is_in_memory(table: &Table, vectors: &TableVectors) -> bool {
    let dataset = table.dataset().unwrap().get().await.unwrap();
    vectors
        .column(&dataset, dataset.fragments(), "vector")
        .is_some_and(|column| vectors.missing(&column) == 0)
}

/// Returns `true` if the plan of the search is changed without vectors in memory.
async fn is_changed(query: &VectorQuery) -> bool {
    let plan = query.create_plan(QueryExecutionOptions::default()).await.unwrap();
    plan.transform_down(|node| with_nearest_only(node, &in_memory(0))).unwrap().transformed
}

async fn ids(query: &VectorQuery) -> Vec<i64> {
    let batches: Vec<RecordBatch> = execute(query, &in_memory(0)).await.unwrap().try_collect().await.unwrap();
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

/// Returns rows with equal distances and null vectors.
fn rows(ids: Range<i64>) -> RecordBatch {
    let vectors = ids.clone().map(|id| {
        let vector = [(id % 13) as f32, (id % 7) as f32];
        (id % 11 != 5).then(|| vector.map(Some))
    });
    let vectors = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(vectors, 2);
    let columns: [(&str, arrow_array::ArrayRef); 2] =
        [("id", Arc::new(Int64Array::from_iter_values(ids))), ("vector", Arc::new(vectors))];
    RecordBatch::try_from_iter(columns).unwrap()
}

/// Compares searches with those of lancedb, without vectors in memory, with all of them, and with some.
async fn assert_same_as_in_lancedb(table: &Table) {
    let query = || table.query().nearest_to(&[3.0, 2.0]).unwrap();
    let (without, with, some) = (in_memory(0), in_memory(usize::MAX), in_memory(4000 * 8));
    let mut compared = 0;
    for limit in [1, 10, 1500, 6000] {
        for query in [
            // The first search is one that needs no vectors of other rows.
            query().limit(limit).bypass_vector_index().only_if("id = 3"),
            query().limit(limit).bypass_vector_index(),
            query().limit(limit).offset(3).bypass_vector_index().with_row_id(),
            query().limit(limit).bypass_vector_index().only_if("id % 3 = 0"),
            query().limit(limit).bypass_vector_index().only_if("id % 3 = 0").postfilter(),
            query().limit(limit).bypass_vector_index().only_if("id >= 2990 AND id < 3020"),
            query().limit(limit).bypass_vector_index().only_if("id > 4990 AND id % 2 = 0"),
            query().limit(limit).bypass_vector_index().only_if("id = 7 OR id = 4998"),
            query().limit(limit).bypass_vector_index().only_if("vector IS NOT NULL AND id < 100"),
            query().limit(limit).bypass_vector_index().only_if("id < 0"),
            // These rows were deleted, or have no vector.
            query().limit(limit).bypass_vector_index().only_if("id = 1"),
            query().limit(limit).bypass_vector_index().only_if("id = 27"),
            query().limit(limit).bypass_vector_index().distance_range(Some(1.0), Some(20.0)),
            query().limit(limit).bypass_vector_index().distance_type(DistanceType::Cosine),
            query().limit(limit).bypass_vector_index().distance_type(DistanceType::Dot),
            query().limit(limit).nprobes(2).unwrap(),
            query().limit(limit).nprobes(2).unwrap().refine_factor(3),
            query().limit(limit).nprobes(2).unwrap().only_if("id % 3 = 0"),
            query().limit(limit).nprobes(2).unwrap().fast_search(),
        ] {
            let theirs: Vec<RecordBatch> = query.execute().await.unwrap().try_collect().await.unwrap();
            for (vectors, name) in [(&without, "without"), (&with, "with"), (&some, "some")] {
                let ours: Vec<RecordBatch> =
                    execute(&query, vectors).await.unwrap().try_collect().await.unwrap();
                assert_eq!(hits(&ours), hits(&theirs), "{name}: {query:?}");
            }
            compared += hits(&theirs).0.len();
        }
    }
    assert!(compared > 30_000, "{compared}");
    assert!(is_in_memory(table, &with).await);
    assert!(!is_in_memory(table, &without).await);
    assert!(!is_in_memory(table, &some).await);
}

#[tokio::test]
async fn searches_find_the_same_rows_in_the_same_order_as_in_lancedb() {
    let db = lancedb::connect("memory://").execute().await.unwrap();
    let table = db.create_table("rows", rows(0..3000)).execute().await.unwrap();
    let index = Index::IvfFlat(IvfFlatIndexBuilder::default().num_partitions(2));
    table.create_index(&["vector"], index).execute().await.unwrap();
    table.add(rows(3000..5000)).execute().await.unwrap();
    table.add(rows(5000..5100)).execute().await.unwrap();
    table.delete("id % 5 = 1 OR id IN (3000, 4999)").await.unwrap();
    assert_same_as_in_lancedb(&table).await;
    table.create_index(&["id"], Index::BTree(BTreeIndexBuilder::default())).execute().await.unwrap();
    table.add(rows(5100..5200)).execute().await.unwrap();
    assert_same_as_in_lancedb(&table).await;
}

#[tokio::test]
async fn searches_of_a_table_with_stable_row_ids_find_the_same_rows_as_in_lancedb() {
    let db = lancedb::connect("memory://")
        .storage_option("new_table_enable_stable_row_ids", "true")
        .execute()
        .await
        .unwrap();
    let table = db.create_table("rows", rows(0..3000)).execute().await.unwrap();
    let index = Index::IvfFlat(IvfFlatIndexBuilder::default().num_partitions(2));
    table.create_index(&["vector"], index).execute().await.unwrap();
    table.add(rows(3000..5200)).execute().await.unwrap();
    table.delete("id % 5 = 1").await.unwrap();
    // Compaction moves rows, which keep their ids.
    table
        .optimize(OptimizeAction::Compact { options: Default::default(), remap_options: None })
        .await
        .unwrap();
    let dataset = table.dataset().unwrap().get().await.unwrap();
    assert!(dataset.manifest().uses_stable_row_ids());
    assert!(dataset.fragments().iter().all(|fragment| fragment.id > 1), "{:?}", dataset.fragments());
    assert_same_as_in_lancedb(&table).await;
}

/// With an index on the column of a filter, the engine reads only the vectors of matching rows.
#[tokio::test]
async fn a_search_filtered_by_an_index_uses_only_vectors_that_are_in_memory() {
    let db = lancedb::connect("memory://").execute().await.unwrap();
    let table = db.create_table("rows", rows(0..3000)).execute().await.unwrap();
    table.create_index(&["id"], Index::BTree(BTreeIndexBuilder::default())).execute().await.unwrap();
    let vectors = in_memory(usize::MAX);
    let filtered = table.query().nearest_to(&[3.0, 2.0]).unwrap().only_if("id < 20");
    let found = async |query: VectorQuery| {
        let batches = execute(&query, &vectors).await.unwrap();
        hits(&batches.try_collect::<Vec<RecordBatch>>().await.unwrap())
    };
    let before = found(filtered.clone()).await;
    assert!(!is_in_memory(&table, &vectors).await);
    found(table.query().nearest_to(&[3.0, 2.0]).unwrap()).await;
    assert!(is_in_memory(&table, &vectors).await);
    let plan = filtered.create_plan(QueryExecutionOptions::default()).await.unwrap();
    assert!(plan.transform_down(|node| with_nearest_only(node, &vectors)).unwrap().transformed);
    assert_eq!(found(filtered).await, before);
}

#[tokio::test]
async fn a_search_with_an_index_keeps_only_the_vectors_that_the_index_does_not_cover() {
    let db = lancedb::connect("memory://").execute().await.unwrap();
    let table = db.create_table("rows", rows(0..3000)).execute().await.unwrap();
    let index = Index::IvfFlat(IvfFlatIndexBuilder::default().num_partitions(2));
    table.create_index(&["vector"], index).execute().await.unwrap();
    table.add(rows(3000..3100)).execute().await.unwrap();
    for filter in [None, Some("id % 2 = 0")] {
        let vectors = in_memory(usize::MAX);
        let query = table.query().nearest_to(&[3.0, 2.0]).unwrap();
        let query = filter.iter().fold(query, |query, filter| query.only_if(*filter));
        execute(&query, &vectors).await.unwrap().try_collect::<Vec<_>>().await.unwrap();
        let dataset = table.dataset().unwrap().get().await.unwrap();
        let column = vectors.column(&dataset, dataset.fragments(), "vector").unwrap();
        assert_eq!((column.size(), vectors.missing(&column)), (3100 * 8, 3000 * 8), "{filter:?}");
    }
}

/// The element types of vector columns, and a column that was added later and so is in a different file.
#[tokio::test]
async fn vectors_of_each_element_type_are_searched_in_memory() {
    let db = lancedb::connect("memory://").execute().await.unwrap();
    for element in [DataType::Float16, DataType::Float32, DataType::Float64] {
        let batch = rows(0..500);
        let item = Arc::new(Field::new("item", element.clone(), true));
        let vectors = cast(batch.column(1), &DataType::FixedSizeList(item, 2)).unwrap();
        let columns = [("id", batch.column(0).clone()), ("vector", vectors)];
        let batch = RecordBatch::try_from_iter(columns).unwrap();
        let table = db.create_table(element.to_string(), batch).execute().await.unwrap();
        table.delete("id % 4 = 3").await.unwrap();
        let query = table.query().nearest_to(&[3.0, 2.0]).unwrap().limit(400);
        let theirs: Vec<RecordBatch> = query.execute().await.unwrap().try_collect().await.unwrap();
        let vectors = in_memory(usize::MAX);
        for _ in 0..2 {
            let ours: Vec<RecordBatch> =
                execute(&query, &vectors).await.unwrap().try_collect().await.unwrap();
            assert_eq!(hits(&ours), hits(&theirs), "{element}");
        }
        assert!(is_in_memory(&table, &vectors).await, "{element}");
    }
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
