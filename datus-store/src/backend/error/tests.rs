//! Each test provokes an error in the engine, so that the test fails if a new engine version reports the error differently.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::sync::Arc;

use arrow_array::{Int64Array, RecordBatch};
use arrow_schema::{DataType, Field, Schema};
use lancedb::Connection;
use lancedb::database::CreateTableMode;
use lancedb::query::ExecutableQuery;

use super::*;

fn rows() -> RecordBatch {
    let schema = Arc::new(Schema::new(vec![Field::new("id", DataType::Int64, false)]));
    RecordBatch::try_new(schema, vec![Arc::new(Int64Array::from(vec![1, 2, 3]))]).unwrap()
}

async fn database() -> (tempfile::TempDir, Connection) {
    let folder = tempfile::tempdir().unwrap();
    let connection = lancedb::connect(folder.path().to_str().unwrap()).execute().await.unwrap();
    (folder, connection)
}

#[tokio::test]
async fn a_lost_commit_is_a_conflict() {
    let (_folder, connection) = database().await;
    let table = connection.create_table("t", rows()).execute().await.unwrap();
    let stale = connection.open_table("t").execute().await.unwrap();
    let create = connection.create_table("t", rows()).mode(CreateTableMode::Overwrite);
    create.execute().await.unwrap();
    let error = stale.add(rows()).execute().await.unwrap_err();
    assert_eq!(Failure::of(&error), Some(Failure::Conflict), "{error:?}");
    assert_eq!(convert(error).kind(), ErrorKind::Conflict);
    drop(table);
}

#[tokio::test]
async fn a_removed_version_is_expired() {
    let (_folder, connection) = database().await;
    let table = connection.create_table("t", rows()).execute().await.unwrap();
    let error = table.checkout(77).await.unwrap_err();
    assert_eq!(convert(error).kind(), ErrorKind::Expired);
}

#[tokio::test]
async fn a_missing_data_file_is_expired_and_a_missing_table_is_not_found() {
    let (folder, connection) = database().await;
    let table = connection.create_table("t", rows()).execute().await.unwrap();
    std::fs::remove_dir_all(folder.path().join("t.lance/data")).unwrap();
    let error = table.query().execute().await.err();
    let error = match error {
        Some(error) => error,
        None => {
            use futures::TryStreamExt;
            let batches = table.query().execute().await.unwrap();
            batches.try_collect::<Vec<_>>().await.unwrap_err()
        }
    };
    assert_eq!(convert(error).kind(), ErrorKind::Expired);
    std::fs::remove_dir_all(folder.path().join("t.lance")).unwrap();
    let error = connection.open_table("t").execute().await.unwrap_err();
    assert_eq!(convert(error).kind(), ErrorKind::TableNotFound);
    let error = table.checkout_latest().await.unwrap_err();
    assert!(is_not_found(&error), "{error:?}");
}

/// Fault 12: the engine opens a zeroed manifest as a table without columns, which `Table::schema` reports as damaged. If
/// this test fails, the engine detects the damage and the check in `Table::schema` can be removed.
#[tokio::test]
async fn the_engine_opens_a_zeroed_manifest_as_a_table_without_columns() {
    let (folder, connection) = database().await;
    connection.create_table("t", rows()).execute().await.unwrap();
    for file in std::fs::read_dir(folder.path().join("t.lance/_versions")).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "manifest") {
            std::fs::write(path, [0; 400]).unwrap();
        }
    }
    let connection = lancedb::connect(folder.path().to_str().unwrap()).execute().await.unwrap();
    let table = connection.open_table("t").execute().await.unwrap();
    assert!(table.schema().await.unwrap().fields().is_empty());
}

/// Errors that cannot be provoked here are built from lance's types.
#[test]
fn errors_are_recognized_by_type_wherever_they_are_in_the_chain() {
    let shared = |error: LanceError| LanceError::Shared { source: Arc::new(error) };
    let nested = |error: LanceError| LanceDbError::External {
        source: Box::new(io::Error::other(LanceError::External { source: Box::new(error) })),
    };
    let contention = || LanceError::too_much_write_contention("irrelevant text");
    let cap = || LanceError::disk_cap_exceeded(1, 2);
    let unknown = || LanceError::commit_status_unknown_source(7, Box::new(contention()));
    let late = || LanceError::timeout("irrelevant text");
    let cases = [
        (contention(), ErrorKind::Conflict, "another writer"),
        (shared(contention()), ErrorKind::Conflict, "another writer"),
        (unknown(), ErrorKind::Engine, "may have happened"),
        (cap(), ErrorKind::Engine, "no space left"),
        (late(), ErrorKind::Engine, "in time"),
        (LanceError::corrupt_file_named("footer", "no"), ErrorKind::Engine, "is damaged"),
        (LanceError::not_found("t.lance/data/1.lance"), ErrorKind::Expired, "is gone"),
        (LanceError::not_found("t.lance/_indices/1/index.idx"), ErrorKind::Engine, "LanceDB failed"),
        // Only the types count, because a message may contain the user's data.
        (LanceError::io("Commit conflict, version 3 not found"), ErrorKind::Engine, "LanceDB failed"),
    ];
    for (error, kind, says) in cases {
        let error = convert(nested(error));
        assert_eq!(error.kind(), kind, "{error:?}");
        assert!(error.message().contains(says), "{error:?}");
    }
    let unknown = convert(unknown().into());
    assert!(unknown.message().contains("may have happened") && unknown.outcome_is_unknown());
    assert!(!convert(late().into()).outcome_is_unknown());
    let invalid = LanceDbError::InvalidInput { message: "no".to_owned() };
    assert_eq!(convert(invalid).kind(), ErrorKind::Engine);
}

#[test]
fn errors_about_options_are_recognized_below_other_errors() {
    let of = |store| {
        let storage = StorageError::Generic { store, source: "no number".into() };
        LanceDbError::Lance { source: LanceError::io_source(Box::new(storage)) }
    };
    assert!(is_of_options(&of("Config")));
    assert!(!is_of_options(&of("S3")));
}

#[test]
fn full_disks_are_recognized_below_other_errors() {
    let full = io::Error::from(io::ErrorKind::StorageFull);
    let storage = StorageError::Generic { store: "LocalFileSystem", source: Box::new(full) };
    let error = convert(LanceDbError::Lance { source: LanceError::io_source(Box::new(storage)) });
    assert!(error.message().contains("no space left"), "{error:?}");
    assert!(is_full_disk(&error));
}

#[test]
fn the_files_of_a_version_are_known_by_the_folder_of_their_table() {
    for path in [
        "data/notes.lance/_versions/1.manifest",
        "lake/notes.lance/data/0.lance",
        "lake/1f00ab2c_sales$notes/data/0.lance",
        "1f00ab2c_sales$notes/_versions",
    ] {
        assert!(super::is_of_a_version(path), "{path}");
    }
    for path in ["data/notes.lance", "a/data/notes.lance", "a_b/data/x", "notes.lance/_indices/1/0.idx"] {
        assert!(!super::is_of_a_version(path), "{path}");
    }
}
