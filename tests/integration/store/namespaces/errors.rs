//! Addresses that a namespace refuses, and the errors when it fails.

use std::error::Error as _;
use std::fmt::Write as _;

use datus_store::{Database, Error, ErrorKind, Store};

use super::{Catalog, Page, contents, dir, pages};
use crate::support::models::Toy;
use crate::support::namespace::Server;

const TOKEN: &str = "a-token-of-the-tests";

/// Returns all text that an error shows.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?}");
    let mut cause = error.source();
    while let Some(source) = cause {
        write!(text, " {source} {source:?} {source:#?}").unwrap();
        cause = source.source();
    }
    text
}

#[tokio::test]
async fn an_unknown_implementation_is_an_error_that_names_the_known_ones() {
    let error = Database::connect_namespace("hive", [("root", "/data")]).await.unwrap_err();
    assert_eq!((error.kind(), error.operation()), (ErrorKind::Unsupported, Some("connect")));
    assert!(error.message().contains("`hive`"), "{error}");
    assert_eq!(error.help(), Some("use `dir` or `rest`"));
}

#[tokio::test]
async fn a_property_with_a_typing_mistake_is_refused_before_a_folder_is_made() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("lake");
    let error = dir(&root, &[("manifest_enable", "true")]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert_eq!(error.help(), Some("write `manifest_enabled`"), "{error}");
    let error = dir(&root, &[]).storage_option("aws_regoin", "x").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput);
    assert!(!root.exists());
}

#[tokio::test]
async fn a_server_that_cannot_be_reached_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    let uri = server.uri();
    let connect = || {
        let properties = [("uri", uri.clone()), ("header.Authorization", format!("Bearer {TOKEN}"))];
        Database::connect_namespace("rest", properties).storage_option("session_token", TOKEN)
    };
    let db = connect().await.unwrap();
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    drop(server);
    let mut errors = vec![connect().await.unwrap_err(), connect().namespace(["sales"]).await.unwrap_err()];
    errors.push(db.table_names().await.unwrap_err());
    errors.push(db.store::<Page>(Toy::new()).await.unwrap_err());
    errors.push(db.drop_table("pages").await.unwrap_err());
    for error in errors {
        assert_eq!(error.kind(), ErrorKind::Engine, "{error:?}");
        assert_eq!(
            error.message(),
            "the server of the namespace cannot be reached or is too busy",
            "{error:?}"
        );
        assert!(!shown(&error).contains(TOKEN), "{error:?}");
    }
    assert!(!format!("{db:?}{:?}", connect()).contains(TOKEN));
    // The server is asked only to open, create, list and drop tables.
    store.add(pages(0..3)).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 3);
}

#[tokio::test]
async fn a_server_of_another_protocol_is_an_error() {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let web = axum::Router::new().fallback(|| async { "<html>a page</html>" });
    let server = tokio::spawn(async move { axum::serve(listener, web).await.unwrap() });
    let error = Database::connect_namespace("rest", [("uri", uri)]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine, "{error:?}");
    assert!(error.message().contains("namespace"), "{error}");
    server.abort();
}

#[tokio::test]
async fn a_missing_table_is_an_error_that_names_it() {
    for catalog in [Catalog::dir(&[]), Catalog::rest(&[]).await] {
        let catalog = catalog.nested(&["sales"]);
        let db = catalog.unmaintained().await;
        let before = contents(catalog.folder());
        for error in [
            db.drop_table("nowhere").await.unwrap_err(),
            db.describe("nowhere").await.unwrap_err(),
            db.reembed::<Page>(Toy::new()).table("nowhere").await.unwrap_err(),
        ] {
            assert_eq!(
                (error.kind(), error.table()),
                (ErrorKind::TableNotFound, Some("nowhere")),
                "{error:?}"
            );
        }
        for name in ["", "a/b", "../a", "a$b"] {
            let error = db.drop_table(name).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error:?}");
        }
        assert_eq!(contents(catalog.folder()), before);
    }
}

#[tokio::test]
async fn a_name_with_the_delimiter_of_the_server_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    let properties = [("uri", server.uri()), ("delimiter", ".".to_owned())];
    let connect = || Database::connect_namespace("rest", properties.clone());
    let db = connect().namespace(["sales"]).await.unwrap();
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    store.add(pages(0..3)).await.unwrap();
    let other = server.connect().namespace(["sales"]).await.unwrap();
    assert_eq!(other.store::<Page>(Toy::new()).await.unwrap().count().await.unwrap(), 3);
    let error = db.store::<Page>(Toy::new()).table("pages.v2").await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
    assert!(error.message().contains("`pages.v2` contains the delimiter"), "{error}");
    let error = connect().namespace(["a.b"]).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
}

/// A server on another machine that places its tables in its own folder.
#[tokio::test]
async fn a_table_in_a_folder_that_this_machine_does_not_have_is_an_error() {
    let folder = tempfile::tempdir().unwrap();
    let lake = folder.path().join("lake");
    let location = lake.join("pages.lance").to_str().unwrap().to_owned();
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let uri = format!("http://{}", listener.local_addr().unwrap());
    let answer = async move |uri: axum::http::Uri| match uri.path().contains("/table/") {
        true => serde_json::json!({ "location": location }).to_string(),
        false => "{}".to_owned(),
    };
    let web = axum::Router::new().fallback(answer);
    let server = tokio::spawn(async move { axum::serve(listener, web).await.unwrap() });
    let db = Database::connect_namespace("rest", [("uri", uri)]).await.unwrap();
    let error = db.store::<Page>(Toy::new()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Engine, "{error:?}");
    assert!(error.message().contains("this machine has no such folder"), "{error}");
    assert!(!lake.exists());
    server.abort();
}

#[tokio::test]
async fn the_storage_of_a_dir_can_be_checked_and_that_of_a_server_cannot() {
    let catalog = Catalog::dir(&[]);
    assert!(catalog.unmaintained().await.check_storage().await.unwrap().put_if_absent);
    let error = Catalog::rest(&[]).await.unmaintained().await.check_storage().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported);
    assert!(error.message().contains("the server of the namespace"), "{error}");
}
