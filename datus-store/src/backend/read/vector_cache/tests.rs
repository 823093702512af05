use arrow_array::Float32Array;
use arrow_array::types::Float32Type;
use lancedb::Table;
use lancedb::table::OptimizeAction;

use super::*;

/// The size of a row in the cache.
const ROW: usize = 8;

/// Creates a table in this folder with a fragment for each number of rows.
async fn table(folder: &str, name: &str, rows: &[usize]) -> Table {
    let db = lancedb::connect(folder).execute().await.unwrap();
    let mut table = None;
    for &rows in rows {
        let batch = batch(rows);
        match &table {
            None => table = Some(db.create_table(name, batch).execute().await.unwrap()),
            Some(table) => drop(table.add(batch).execute().await.unwrap()),
        }
    }
    table.unwrap()
}

fn batch(rows: usize) -> RecordBatch {
    let vectors = (0..rows).map(|row| Some([Some(row as f32), Some(1.0)]));
    let vectors = FixedSizeListArray::from_iter_primitive::<Float32Type, _, _>(vectors, 2);
    RecordBatch::try_from_iter([("vector", Arc::new(vectors) as arrow_array::ArrayRef)]).unwrap()
}

async fn column(table: &Table, vectors: &TableVectors) -> Option<VectorColumn> {
    let dataset = table.dataset().unwrap().get().await.unwrap();
    vectors.column(&dataset, dataset.fragments(), "vector")
}

/// Returns the first number of each vector, by fragment.
async fn load(table: &Table, vectors: &TableVectors) -> Vec<(u64, Vec<f32>)> {
    let column = column(table, vectors).await.unwrap();
    vectors.remove_replaced(&column.dataset);
    let read = vectors.get(&column).await.unwrap();
    let first = |vectors: &FixedSizeListArray| {
        let values: &Float32Array = vectors.values().as_primitive();
        values.values().iter().step_by(2).copied().collect()
    };
    let mut read: Vec<_> = read.iter().map(|(fragment, vectors)| (*fragment, first(vectors))).collect();
    read.sort_by_key(|(fragment, _)| *fragment);
    read
}

fn of(cache: &Arc<DecodedVectors>) -> TableVectors {
    TableVectors::new(Arc::clone(cache), Arc::default())
}

/// Returns the number of files and of bytes in the cache.
fn kept(cache: &DecodedVectors) -> (usize, usize) {
    let kept = cache.kept();
    assert_eq!(kept.bytes, kept.columns.iter().map(|(_, entry)| entry.bytes).sum::<usize>());
    (kept.columns.len(), kept.bytes)
}

#[tokio::test]
async fn vectors_are_read_once() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path().to_str().unwrap(), "rows", &[3, 2]).await;
    table.delete("vector[1] = 0.0").await.unwrap();
    let cache = Arc::new(DecodedVectors::new(5 * ROW));
    let vectors = of(&cache);
    assert_eq!(vectors.missing(&column(&table, &vectors).await.unwrap()), 5 * ROW);
    let expected = [(0, vec![0.0, 1.0, 2.0]), (1, vec![0.0, 1.0])];
    assert_eq!(load(&table, &vectors).await, expected);
    assert_eq!(vectors.missing(&column(&table, &vectors).await.unwrap()), 0);
    assert_eq!(kept(&cache), (2, 5 * ROW));
    std::fs::remove_dir_all(folder.path().join("rows.lance/data")).unwrap();
    assert_eq!(load(&table, &vectors).await, expected);
}

#[tokio::test]
async fn a_failed_read_is_repeated() {
    let folder = tempfile::tempdir().unwrap();
    let table = table(folder.path().to_str().unwrap(), "rows", &[3]).await;
    let (data, away) = (folder.path().join("rows.lance/data"), folder.path().join("away"));
    let cache = Arc::new(DecodedVectors::new(100));
    let vectors = of(&cache);
    let column = column(&table, &vectors).await.unwrap();
    std::fs::rename(&data, &away).unwrap();
    vectors.get(&column).await.unwrap_err();
    assert_eq!(kept(&cache), (0, 0));
    assert_eq!(vectors.missing(&column), 3 * ROW);
    std::fs::rename(&away, &data).unwrap();
    assert_eq!(vectors.get(&column).await.unwrap().len(), 1);
    assert_eq!(vectors.missing(&column), 0);
}

#[tokio::test]
async fn columns_that_do_not_fit_are_not_kept() {
    let table = table("memory://", "rows", &[3, 2]).await;
    let cache = Arc::new(DecodedVectors::new(5 * ROW - 1));
    let vectors = of(&cache);
    assert!(column(&table, &vectors).await.is_none());
    // One of the fragments fits.
    let dataset = table.dataset().unwrap().get().await.unwrap();
    let first = Arc::new(vec![dataset.fragments()[0].clone()]);
    vectors.get(&vectors.column(&dataset, &first, "vector").unwrap()).await.unwrap();
    assert_eq!(kept(&cache), (1, 3 * ROW));
    assert!(vectors.column(&dataset, &first, "missing").is_none());
    assert_eq!(kept(&cache), (1, 3 * ROW));
    assert!(column(&table, &vectors).await.is_none());
    assert_eq!(kept(&cache), (0, 0));
}

#[tokio::test]
async fn the_vectors_that_were_not_used_for_longest_are_removed_first() {
    let cache = Arc::new(DecodedVectors::new(6 * ROW));
    let tables = [("a", [2]), ("b", [2]), ("c", [2]), ("d", [1])];
    let mut open = Vec::new();
    for (name, rows) in tables {
        let table = table("memory://", name, &rows).await;
        open.push((table, of(&cache)));
    }
    for (table, vectors) in &open[..3] {
        load(table, vectors).await;
    }
    load(&open[0].0, &open[0].1).await;
    load(&open[3].0, &open[3].1).await;
    let mut has = Vec::new();
    for (table, vectors) in &open {
        has.push(vectors.missing(&column(table, vectors).await.unwrap()) == 0);
    }
    assert_eq!(has, [true, false, true, true]);
    assert_eq!(kept(&cache), (3, 5 * ROW));
}

#[tokio::test]
async fn vectors_are_removed_with_their_files_and_their_table() {
    let cache = Arc::new(DecodedVectors::new(1000));
    let table_1 = table("memory://", "first", &[3, 2]).await;
    let table_2 = table("memory://", "second", &[4]).await;
    let (first, second) = (of(&cache), of(&cache));
    load(&table_1, &first).await;
    load(&table_2, &second).await;
    let dataset = table_1.dataset().unwrap().get().await.unwrap();
    let before = first.column(&dataset, dataset.fragments(), "vector").unwrap();
    let compact = OptimizeAction::Compact { options: Default::default(), remap_options: None };
    table_1.optimize(compact).await.unwrap();
    assert_eq!(load(&table_1, &first).await, [(2, vec![0.0, 1.0, 2.0, 0.0, 1.0])]);
    assert_eq!(kept(&cache), (2, 9 * ROW));
    // A search of an older version does not remove the vectors of the newest one.
    first.remove_replaced(&dataset);
    first.get(&before).await.unwrap();
    assert_eq!(kept(&cache), (4, 14 * ROW));
    table_1.add(batch(1)).execute().await.unwrap();
    load(&table_1, &first).await;
    assert_eq!(kept(&cache), (3, 10 * ROW));
    drop(first);
    assert_eq!(kept(&cache), (1, 4 * ROW));
    drop(second);
    assert_eq!(kept(&cache), (0, 0));
}

/// A search that is dropped or no longer polled while it reads does not stop others.
#[tokio::test]
async fn searches_share_a_read_that_one_of_them_started() {
    let table = table("memory://", "rows", &[3, 2]).await;
    let cache = Arc::new(DecodedVectors::new(100));
    let vectors = of(&cache);
    let column = column(&table, &vectors).await.unwrap();
    let mut first = Box::pin(vectors.get(&column));
    assert!(futures::poll!(&mut first).is_pending());
    assert_eq!(vectors.get(&column).await.unwrap().len(), 2);
    drop(first);
    assert_eq!(kept(&cache), (2, 5 * ROW));
    assert_eq!(vectors.missing(&column), 0);
}
