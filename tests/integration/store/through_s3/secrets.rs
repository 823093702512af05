//! Credentials are storage options. They never appear in errors, `Debug` output or logs.

use std::error::Error as _;
use std::fmt::Write as _;

use datus_store::{Connect, Error, ErrorKind, Store};

use super::{Page, connect, pages};
use crate::support::log::Log;
use crate::support::models::Toy;
use crate::support::process::{self, this_test};
use crate::support::s3::{Fault, Kind, SECRET, Server};

const TOKEN: &str = "a-token-of-the-tests";

/// Returns all text that an error shows.
fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {error:#?} {} {:?}", error.message(), error.help());
    let mut cause = error.source();
    while let Some(source) = cause {
        write!(text, " {source} {source:?} {source:#?}").unwrap();
        cause = source.source();
    }
    text
}

fn with_token(connect: Connect) -> Connect {
    connect.storage_option("session_token", TOKEN).storage_option("client_max_retries", "0")
}

async fn failures(server: &Server) -> Vec<Error> {
    let mut errors = Vec::new();
    // The storage refuses requests, and a commit has an unknown outcome.
    let db = with_token(server.faulty_port().connect("data")).await.unwrap();
    assert!(!format!("{db:?}").contains(SECRET));
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    assert!(!format!("{store:?}{store:#?}").contains(SECRET));
    server.faults().inject(Kind::Create, ".manifest", Fault::Lost);
    (0..3).for_each(|_| server.faults().inject(Kind::Head, ".manifest", Fault::Lost));
    errors.push(store.add(pages(0..3)).await.unwrap_err());
    // A server does not respond, either from the start or after a connection was made.
    let gone = Server::start();
    let db = with_token(gone.port().connect("data")).await.unwrap();
    let port = gone.port();
    drop(gone);
    errors.push(with_token(port.connect("data")).await.unwrap_err());
    assert_eq!(errors.last().unwrap().kind(), ErrorKind::Engine);
    errors.push(db.store::<Page>(Toy::new()).await.unwrap_err());
    errors.push(db.check_storage().await.unwrap_err());
    errors.push(db.table_names().await.unwrap_err());
    // Options are refused.
    let typo = server.port().connect("data").storage_option("secret_acess_key", SECRET);
    assert!(!format!("{typo:?}{typo:#?}").contains(SECRET));
    errors.push(typo.await.unwrap_err());
    for name in [
        "aws_conditional_put",
        "allow_http",
        "timeout",
        "new_table_enable_stable_row_ids",
        "aws_checksum_algorithm",
    ] {
        let option = with_token(server.port().connect("data")).storage_option(name, SECRET);
        if let Err(error) = option.await {
            assert_eq!(error.kind(), ErrorKind::InvalidInput, "{name}: {error:?}");
            errors.push(error);
        }
    }
    errors
}

#[tokio::test]
async fn credentials_appear_in_no_error_no_debug_output_and_no_log() {
    if process::argument().is_some() {
        return fail_in_every_way().await;
    }
    // This part runs in a separate process, because the subscriber applies to the whole process.
    let folder = tempfile::tempdir().unwrap();
    process::run(this_test!(), folder.path(), "").await;
}

async fn fail_in_every_way() {
    let log = Log::of_this_process();
    let server = Server::start();
    let errors = failures(&server).await;
    assert!(errors.len() >= 8, "{errors:?}");
    connect(server.port()).await.store::<Page>(Toy::new()).await.unwrap();
    for error in &errors {
        let text = shown(error);
        assert!(!text.contains(SECRET) && !text.contains(TOKEN), "{text}");
    }
    let log = log.text();
    assert!(log.contains("pages"), "the log has events of the engine: {log}");
    assert!(!log.contains(SECRET) && !log.contains(TOKEN), "{log}");
}
