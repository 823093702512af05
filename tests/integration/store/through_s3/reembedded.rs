//! Re-embedding a table at `s3://`, with faults and by processes that are killed.

use std::time::Duration;

use datus_store::{ErrorKind, Store};

use super::{Page, connect, page, pages, rows};
use crate::support::models::Toy;
use crate::support::process::{self, this_test};
use crate::support::s3::{Port, Server};

const ROWS: i64 = 60;

/// The number of processes that are killed before one runs to completion.
const KILLS: i64 = 2;

fn other() -> Toy {
    Toy::named("other", 10.0).with_delay(Duration::from_millis(50))
}

async fn reembed(port: Port) {
    let db = loop {
        // Connecting makes requests, which can fail.
        match port.connect("a folder/b").await {
            Ok(db) => break db,
            Err(error) => assert_eq!(error.kind(), ErrorKind::Engine, "{error:?}"),
        }
    };
    // If the storage makes a run fail, the vectors that it computed are kept, like those of a killed process.
    while let Err(error) = db.reembed::<Page>(other()).batch_size(5).await {
        assert_eq!(error.kind(), ErrorKind::Engine, "{error:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_table_is_reembedded_by_processes_that_are_killed() {
    if let Some(argument) = process::argument() {
        return reembed(serde_json::from_str(&argument).unwrap()).await;
    }
    let server = Server::start();
    let folder = tempfile::tempdir().unwrap();
    let db = connect(server.port()).await;
    let store: Store<Page> = db.store(Toy::new()).await.unwrap();
    let mut expected = pages(0..ROWS);
    store.add(&expected).await.unwrap();
    server.faults().at_random(7, 60);
    let port = serde_json::to_string(&server.faulty_port()).unwrap();
    for kill in 0..KILLS {
        let before = filled(&store).await;
        let mut child = process::start(this_test!(), folder.path(), &port);
        while filled(&store).await <= before {
            let ended = child.try_wait().unwrap();
            assert!(ended.is_none(), "the other process exited before it was killed: {ended:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        child.kill().await.unwrap();
        assert_eq!(rows(&store, 1.0).await, expected, "the old vectors serve");
        // The next process embeds this row as well.
        expected.push(page(ROWS + kill, "between"));
        store.add(expected.last()).await.unwrap();
    }
    process::passed(process::start(this_test!(), folder.path(), &port)).await;
    let reembedded: Store<Page> = db.store(other()).await.unwrap();
    assert_eq!(rows(&reembedded, 10.0).await, expected);
}

/// Returns the number of rows with a vector from the new model.
async fn filled(store: &Store<Page>) -> usize {
    let has_standby = store.schema().await.unwrap().field_with_name("vector__standby").is_ok();
    match has_standby {
        true => store.as_lancedb().count_rows(Some("vector__standby IS NOT NULL".into())).await.unwrap(),
        false => 0,
    }
}
