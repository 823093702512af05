//! `check_storage`.

use datus_store::{Database, ErrorKind};

use super::connect;
use crate::support::s3::{Fault, Kind, Server};

#[tokio::test]
async fn a_storage_that_honors_put_if_absent_passes_and_keeps_no_probe() {
    let server = Server::start();
    let check = connect(server.port()).await.check_storage().await.unwrap();
    assert!(check.put_if_absent);
    assert!(check.to_string().contains("any number of programs may write"), "{check}");
    assert_eq!(server.keys(), Vec::<String>::new());

    let folder = tempfile::tempdir().unwrap();
    let local = Database::connect(folder.path()).await.unwrap();
    assert!(local.check_storage().await.unwrap().put_if_absent);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    let shared = Database::connect("shared-memory://checked").await.unwrap();
    assert!(shared.check_storage().await.unwrap().put_if_absent);
}

#[tokio::test]
async fn a_storage_that_ignores_the_condition_is_found_out() {
    let server = Server::start();
    server.ignore_conditions();
    let check = connect(server.port()).await.check_storage().await.unwrap();
    assert!(!check.put_if_absent);
    assert!(check.to_string().contains("only one program may write at a time"), "{check}");
    assert_eq!(server.keys(), Vec::<String>::new());
}

#[tokio::test]
async fn a_storage_whose_conditions_are_turned_off_is_found_out() {
    let server = Server::start();
    let db = server.port().connect("data").storage_option("aws_conditional_put", "disabled").await.unwrap();
    assert!(!db.check_storage().await.unwrap().put_if_absent);
}

/// A writer that does not get the response tries again, and finds its own object.
#[tokio::test]
async fn lost_answers_do_not_make_a_good_storage_look_bad() {
    let server = Server::start();
    for fault in [Fault::Lost, Fault::Failed, Fault::SlowDown] {
        (0..8).for_each(|_| server.faults().inject(Kind::Create, "", fault));
        let check = connect(server.faulty_port()).await.check_storage().await.unwrap();
        assert!(check.put_if_absent, "{fault:?}");
        assert_eq!((server.faults().planned(), server.keys()), (0, Vec::new()), "{fault:?}");
    }
}

#[tokio::test]
async fn a_storage_that_cannot_be_reached_is_an_error() {
    let server = Server::start();
    let port = server.port();
    let connect = || port.connect("data").storage_option("client_max_retries", "0");
    let db = connect().await.unwrap();
    drop(server);
    let error = db.check_storage().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Engine, Some("check_storage")), "{error:?}");
    let error = connect().await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Engine, Some("connect")), "{error:?}");
    assert_eq!(error.message(), "the storage of the database cannot be reached");
}

/// Connecting makes no request.
#[tokio::test]
async fn a_service_that_commits_by_itself_is_not_checked() {
    let connect =
        Database::connect("db://shop").storage_option("remote_database_api_key", "a-key-of-the-tests");
    let db = connect.storage_option("remote_database_region", "us-east-1").await.unwrap();
    let error = db.check_storage().await.unwrap_err();
    assert_eq!(
        (error.kind(), error.operation()),
        (ErrorKind::Unsupported, Some("check_storage")),
        "{error:?}"
    );
    assert!(error.help().unwrap().contains("makes its own commits"), "{error}");
}
