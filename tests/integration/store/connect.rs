use std::path::Path;

use datus_store::{Database, ErrorKind, Store};

use super::{Note, note};
use crate::support::models::Toy;
use crate::support::process::{self, this_test};

#[tokio::test]
async fn a_scheme_that_lancedb_does_not_support_is_refused() {
    let error = Database::connect("postgres://user:secret@host/db").await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Unsupported, Some("connect")));
    assert!(error.message().contains("`postgres://`"), "{error}");
    assert!(error.help().unwrap().contains("`memory://`"), "{error}");
    assert!(!format!("{error:?}").contains("secret"), "{error:?}");
}

#[tokio::test]
async fn a_scheme_whose_feature_is_off_names_the_feature() {
    let schemes = [("s3+ddb://bucket/path", "dynamodb"), ("gs://bucket", "gcs"), ("az://container", "azure")];
    for (uri, feature) in schemes {
        let error = Database::connect(uri).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Unsupported, "{uri}");
        assert!(error.help().unwrap().contains(&format!("features = [\"{feature}\"]")), "{uri}: {error}");
    }
}

#[tokio::test]
async fn an_empty_uri_is_refused() {
    for uri in ["", "  "] {
        let error = Database::connect(uri).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::InvalidInput, "{uri:?}");
    }
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("notes.txt");
    std::fs::write(&file, "not a database").unwrap();
    for path in [file.clone(), file.join("inside")] {
        let error = Database::connect(&path).await.unwrap_err();
        assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("connect")));
        assert!(error.message().contains(path.to_str().unwrap()), "{error}");
        assert_eq!(error.help(), Some("use the path of a folder"), "{error}");
    }
}

#[tokio::test]
async fn neither_the_address_nor_the_options_are_in_debug_output() {
    let connect = Database::connect("memory://hidden").storage_option("secret_key", "hidden");
    assert_eq!(format!("{connect:?}"), "Connect");
    assert_eq!(format!("{:?}", connect.await.unwrap()), "Database");
}

#[tokio::test]
async fn an_option_with_a_typing_mistake_is_refused_before_a_folder_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("db");
    let error = Database::connect(&path).storage_option("aws_secret_acess_key", "hidden").await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::InvalidInput, Some("connect")));
    assert!(error.help().unwrap().contains("aws_secret_access_key"), "{error}");
    assert!(!format!("{error:?}{error:#?}{error}").contains("hidden"), "{error:?}");
    assert!(!path.exists());
    Database::connect(&path).storage_option("aws_secret_access_key", "hidden").await.unwrap();
}

#[tokio::test]
async fn each_connection_to_memory_is_a_separate_database() {
    let (first, second) = (super::memory().await, super::memory().await);
    let _: Store<Note> = first.store(Toy::new()).await.unwrap();
    assert!(second.table_names().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_folder_is_made_with_its_first_table_and_kept() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Größe mit Leerzeichen").join("b");
    let uri = path.to_str().unwrap();
    let store: Store<Note> = Database::connect(uri).await.unwrap().store(Toy::new()).await.unwrap();
    store.add([note(1, "1 2 3")]).await.unwrap();
    assert!(path.is_dir());
    let again: Store<Note> = Database::connect(uri).await.unwrap().store(Toy::new()).await.unwrap();
    assert_eq!(again.count().await.unwrap(), 1);
}

#[tokio::test]
async fn a_path_that_begins_with_db_is_a_path() {
    // A relative path is opened in another process, since the current folder belongs to the whole process.
    if let Some(path) = process::argument() {
        let db = Database::connect(&path).await.unwrap();
        let _: Store<Note> = db.store(Toy::new()).await.unwrap();
        return assert!(Path::new(&path).is_dir());
    }
    let folder = tempfile::tempdir().unwrap();
    process::run(this_test!(), folder.path(), "dbs/sales").await;
    assert!(folder.path().join("dbs/sales/notes.lance").is_dir());
}
