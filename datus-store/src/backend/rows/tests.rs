#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use arrow_array::cast::AsArray;
use arrow_array::types::Int64Type;
use arrow_array::{Int64Array, StringArray};
use arrow_schema::{DataType, Field};
use futures::FutureExt;
use lance_core::datatypes::Schema as LanceSchema;
use lancedb::index::Index;
use lancedb::table::ColumnAlteration;
use tokio::runtime::Runtime;

use super::*;
use crate::backend::{ConnectOptions, Connection};

fn schema() -> SchemaRef {
    let fields = [Field::new("id", DataType::Int64, false), Field::new("name", DataType::Utf8, false)];
    Arc::new(Schema::new(fields.to_vec()))
}

async fn open(folder: &Path) -> Table {
    let connection = Connection::open(folder, ConnectOptions::default()).await.unwrap();
    connection.open_or_create("rows", schema()).await.unwrap()
}

async fn newest(table: &Table) -> DatasetVersion {
    table.dataset_version().await.unwrap().unwrap()
}

/// Deletes rows, and adds rows in a new fragment.
async fn change(table: &Table, delete: &[(u64, usize)], ids: Range<i64>) -> Result<Option<u64>> {
    let at = newest(table).await;
    let names: StringArray = ids.clone().map(|id| Some(format!("name {id}"))).collect();
    let columns: Vec<ArrayRef> = vec![Arc::new(Int64Array::from_iter_values(ids)), Arc::new(names)];
    let rows = RecordBatch::try_new(schema(), columns).unwrap();
    let delete = delete.iter().map(|(fragment, offset)| address(*fragment, *offset)).collect();
    let lock = Arc::new(table.write_lock().await.unwrap());
    table.change_rows(&lock, &at, RowChange { delete, rows, merges: false }).await
}

fn ids(batch: &RecordBatch) -> Vec<i64> {
    batch.column_by_name("id").unwrap().as_primitive::<Int64Type>().values().to_vec()
}

async fn all_ids(table: &Table) -> Vec<i64> {
    let mut all = Vec::new();
    table
        .all_rows(&["id"], |batch| {
            all.extend(ids(&batch));
            Ok(())
        })
        .await
        .unwrap();
    all
}

async fn read(at: &DatasetVersion, addresses: &[(u64, usize)]) -> Vec<i64> {
    let addresses: Vec<u64> =
        addresses.iter().map(|(fragment, offset)| address(*fragment, *offset)).collect();
    let whole: &LanceSchema = at.dataset.schema();
    ids(&at.take_columns(&addresses, whole).await.unwrap())
}

#[tokio::test]
async fn deletions_add_up_and_other_connections_see_them() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path()).await;
    change(&table, &[], 0..5).await.unwrap();
    for (deleted, added, left) in [
        (vec![(0, 1)], 10..11, vec![0, 2, 3, 4, 10]),
        (vec![(0, 3), (0, 0)], 11..12, vec![2, 4, 10, 11]),
        (vec![(1, 0), (0, 4)], 12..12, vec![2, 11]),
    ] {
        change(&table, &deleted, added).await.unwrap().unwrap();
        assert_eq!(all_ids(&table).await, left);
        // This connection reads the deletion file.
        let other = open(folder.path()).await;
        assert_eq!(all_ids(&other).await, left);
        let (ours, theirs) = (newest(&table).await, newest(&other).await);
        assert_eq!(*ours.deleted_rows(0).await.unwrap(), *theirs.deleted_rows(0).await.unwrap());
    }
    let at = newest(&table).await;
    let addresses: Vec<u64> = (0..5).map(|offset| address(0, offset)).collect();
    assert_eq!(at.present(&addresses).await.unwrap(), [false, false, true, false, false]);

    // The last row takes the fragment with it.
    change(&table, &[(0, 2)], 20..21).await.unwrap().unwrap();
    assert_eq!(newest(&table).await.fragments().map(|fragment| fragment.id).collect::<Vec<_>>(), [2, 3]);
    assert_eq!(all_ids(&open(folder.path()).await).await, [11, 20]);
}

#[tokio::test]
async fn a_row_that_does_not_exist_is_not_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path()).await;
    change(&table, &[], 0..2).await.unwrap();
    let before = newest(&table).await.version();
    let error = change(&table, &[(0, 0), (0, 2)], 5..6).await.unwrap_err();
    assert!(error.to_string().contains("fragment 0 has 2 rows, but row 2 was to be deleted"), "{error}");
    assert_eq!((newest(&table).await.version(), all_ids(&table).await), (before, vec![0, 1]));
    let data = folder.path().join("rows.lance/data");
    assert_eq!(std::fs::read_dir(data).unwrap().count(), 1, "the file of the new row is left");
}

#[tokio::test]
async fn reads_find_the_indexes_that_a_commit_has_cached() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path()).await;
    change(&table, &[], 0..5).await.unwrap();
    table.raw().create_index(&["id"], Index::BTree(Default::default())).execute().await.unwrap();
    for id in 5..8 {
        change(&table, &[], id..id + 1).await.unwrap();
        let dataset = newest(&table).await.dataset;
        let store = dataset.object_store(None).await.unwrap();
        store.io_stats_incremental();
        assert_eq!(dataset.load_indices().await.unwrap().len(), 1);
        assert_eq!(store.io_stats_incremental().read_iops, 0);
    }
}

#[tokio::test]
async fn rows_are_read_in_the_order_of_their_addresses() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path()).await;
    change(&table, &[], 0..5).await.unwrap();
    change(&table, &[(0, 1)], 5..8).await.unwrap();
    let at = newest(&table).await;
    // The second time, the readers are open.
    for _ in 0..2 {
        assert_eq!(read(&at, &[(1, 2), (0, 4), (0, 0), (1, 2), (0, 4)]).await, [7, 4, 0, 7, 4]);
        assert_eq!(read(&at, &[(0, 2)]).await, [2]);
        assert_eq!(read(&at, &[(0, 2), (0, 3), (1, 0)]).await, [2, 3, 5]);
        assert_eq!(read(&at, &[]).await, [0; 0]);
        let name = at.dataset.schema().project(&["name"]).unwrap();
        let names = at.take_columns(&[address(1, 0)], &name).await.unwrap();
        assert_eq!(names.schema().fields().len(), 1);
        assert_eq!(names.column(0).as_string::<i32>().value(0), "name 5");
    }
}

#[tokio::test]
async fn many_rows_are_read_like_few() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path()).await;
    change(&table, &[], 0..1000).await.unwrap();
    let at = newest(&table).await;
    for rows in [1, 255, 256, 257, 900] {
        let addresses: Vec<(u64, usize)> = (0..rows).rev().map(|offset| (0, offset)).collect();
        assert_eq!(read(&at, &addresses).await, (0..rows as i64).rev().collect::<Vec<_>>());
    }
}

#[tokio::test]
async fn a_reader_is_not_used_for_other_columns() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path()).await;
    change(&table, &[], 0..2).await.unwrap();
    assert_eq!(read(&newest(&table).await, &[(0, 1)]).await, [1]);
    table.raw().alter_columns(&[ColumnAlteration::new("name".into()).rename("title".into())]).await.unwrap();
    let at = newest(&table).await;
    let batch = at.take_columns(&[address(0, 1)], at.dataset.schema()).await.unwrap();
    assert_eq!(batch.schema().field(1).name(), "title");
}

#[tokio::test]
async fn a_canceled_read_does_not_disturb_the_next() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path()).await;
    change(&table, &[], 0..100).await.unwrap();
    let at = newest(&table).await;
    assert_eq!(read(&at, &[(0, 7)]).await, [7]);
    for row in 0..50 {
        assert_eq!(read(&at, &[(0, row)]).now_or_never(), None);
        let next = tokio::time::timeout(Duration::from_secs(60), read(&at, &[(0, row)])).await;
        assert_eq!(next.unwrap(), [row as i64]);
    }
}

#[test]
fn a_table_is_read_in_several_runtimes() {
    let folder = tempfile::tempdir().unwrap();
    let first = Runtime::new().unwrap();
    let table = first.block_on(async {
        let table = open(folder.path()).await;
        change(&table, &[], 0..3).await.unwrap();
        assert_eq!(read(&newest(&table).await, &[(0, 1)]).await, [1]);
        table
    });
    drop(first);
    Runtime::new().unwrap().block_on(async {
        let read = async { read(&newest(&table).await, &[(0, 2)]).await };
        assert_eq!(tokio::time::timeout(Duration::from_secs(60), read).await.unwrap(), [2]);
    });
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn files_are_closed_when_they_are_removed_and_with_their_table() {
    let folder = tempfile::tempdir().unwrap();
    let table = open(folder.path()).await;
    // Lance reads a file of up to 4 KiB at once, and does not keep it open.
    for first in (0..40).map(|fragment| fragment * 1000) {
        change(&table, &[], first..first + 1000).await.unwrap();
    }
    let mut at = newest(&table).await;
    for fragment in 0..40 {
        assert_eq!(read(&at, &[(fragment, 0)]).await, [fragment as i64 * 1000]);
    }
    // Tests that run at the same time keep files open too.
    assert!((1..=32).contains(&open_files(folder.path())));

    // The rows of the first 39 fragments are deleted.
    let gone: Vec<(u64, usize)> =
        (0..39).flat_map(|fragment| (0..1000).map(move |row| (fragment, row))).collect();
    change(&table, &gone, 50..1050).await.unwrap();
    at = newest(&table).await;
    assert_eq!(read(&at, &[(40, 0), (39, 0)]).await, [50, 39_000]);
    wait_for_open_files(folder.path(), 2).await;
    drop((table, at));
    wait_for_open_files(folder.path(), 0).await;
}

#[cfg(target_os = "linux")]
async fn wait_for_open_files(folder: &Path, at_most: usize) {
    let wait = async {
        while open_files(folder) > at_most {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let waited = tokio::time::timeout(Duration::from_secs(60), wait).await;
    assert!(waited.is_ok(), "{} files are open", open_files(folder));
}

/// Returns the number of open files in the folder.
#[cfg(target_os = "linux")]
fn open_files(folder: &Path) -> usize {
    let files = std::fs::read_dir("/proc/self/fd").unwrap().flatten();
    files
        .filter(|file| std::fs::read_link(file.path()).is_ok_and(|target| target.starts_with(folder)))
        .count()
}
