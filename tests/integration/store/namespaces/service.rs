//! `db://` against a server that rejects requests. The server that the other tests use does not accept `db://` requests.

use axum::http::StatusCode;
use datus_store::{Connect, Database, ErrorKind};

use super::Page;
use crate::support::models::Toy;

const KEY: &str = "sk_a-key-of-the-tests";

fn connect(uri: String) -> Connect {
    Database::connect("db://lake")
        .storage_option("remote_database_api_key", KEY)
        .storage_option("remote_database_region", "us-east-1")
        .storage_option("remote_database_host_override", uri)
}

#[tokio::test]
async fn an_answer_of_the_service_that_is_an_error_has_a_kind_and_a_remedy() {
    let cases = [
        (StatusCode::UNAUTHORIZED, ErrorKind::Engine, "LanceDB's service refused access"),
        (StatusCode::FORBIDDEN, ErrorKind::Engine, "LanceDB's service refused access"),
        (
            StatusCode::NOT_ACCEPTABLE,
            ErrorKind::Unsupported,
            "LanceDB's service does not support this operation",
        ),
        (StatusCode::BAD_REQUEST, ErrorKind::Engine, "LanceDB's service failed"),
    ];
    for (status, kind, message) in cases {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let db = connect(format!("http://{}", listener.local_addr().unwrap())).await.unwrap();
        let web = axum::Router::new().fallback(move || async move { (status, "{}") });
        let server = tokio::spawn(async move { axum::serve(listener, web).await.unwrap() });
        for error in [db.table_names().await.unwrap_err(), db.store::<Page>(Toy::new()).await.unwrap_err()] {
            assert_eq!((error.kind(), error.message()), (kind, message), "{status}: {error:?}");
            assert!(error.help().is_some(), "{error}");
            assert!(!format!("{error}{error:?}").contains(KEY), "{error:?}");
        }
        server.abort();
    }
}

#[tokio::test]
async fn the_service_has_no_storage_to_check() {
    let error = connect("http://127.0.0.1:9".to_owned()).await.unwrap().check_storage().await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Unsupported, "{error:?}");
}
