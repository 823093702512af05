//! Maintenance when runtimes shut down and programs exit.

use std::path::Path;
use std::time::Duration;

use datus_store::{Database, Maintenance, MaintenanceState, Store};
use tokio::runtime::Builder;

use super::super::{Note, note};
use super::{add_each, in_folder, until};
use crate::support::models::{Toy, vector};
use crate::support::process::{self, this_test};

#[test]
fn maintenance_runs_on_the_next_runtime_after_one_ends() {
    let folder = tempfile::tempdir().unwrap();
    let write = |id: i64| {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let store = runtime.block_on(async {
            let store = in_folder(folder.path(), Maintenance::new()).await;
            add_each(&store, id..id + 10).await;
            store
        });
        runtime.shutdown_background();
        store
    };
    let _open: Vec<Store<Note>> = (0..3).map(|round| write(round * 10)).collect();
    let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    runtime.block_on(async {
        let store = in_folder(folder.path(), Maintenance::new()).await;
        add_each(&store, 30..31).await;
        let health = until(&store, |health| health.fragments < 8).await;
        assert_eq!(health.rows, 31);
    });
}

/// A current-thread runtime does nothing between two calls to `block_on`.
#[test]
fn an_idle_runtime_does_not_keep_the_locks() {
    let folder = tempfile::tempdir().unwrap();
    let policy = || Maintenance::new().max_load(1.0).compaction_fanout(2);
    let idle = Builder::new_current_thread().enable_all().build().unwrap();
    let store = idle.block_on(async {
        let store = in_folder(folder.path(), policy()).await;
        add_each(&store, 0..10).await;
        until(&store, |health| health.maintenance.state == MaintenanceState::Running).await;
        store
    });
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let other = in_folder(folder.path(), policy()).await;
        until(&other, |health| health.fragments == 1).await;
        other.optimize().await.unwrap();
        add_each(&other, 10..11).await;
        assert_eq!(store.count().await.unwrap(), 11);
    });
}

/// Opens the notes of the database in the folder of the test.
async fn open(folder: &Path, policy: Maintenance) -> Store<Note> {
    let db = Database::connect(folder.join("data")).without_small_writes().maintenance(policy).await.unwrap();
    db.store(Toy::new()).await.unwrap()
}

/// Writes rows one by one, with maintenance, until the process is killed.
async fn write_and_maintain() {
    let store = open(Path::new(""), Maintenance::new().max_load(1.0).compaction_fanout(2)).await;
    for id in store.count().await.unwrap() as i64.. {
        store.upsert([note(id, &format!("{id} 0 1"))]).await.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_program_that_is_killed_in_the_middle_leaves_a_whole_table() {
    if process::argument().is_some() {
        return write_and_maintain().await;
    }
    let folder = tempfile::tempdir().unwrap();
    let store = open(folder.path(), Maintenance::off()).await;
    let mut rows = 0;
    for _ in 0..4 {
        let mut child = process::start(this_test!(), folder.path(), "");
        // The process was killed during a round: there are fewer fragments than rows.
        until(&store, |health| health.rows >= rows + 20 && health.fragments + 20 < health.rows).await;
        tokio::time::sleep(Duration::from_millis(fastrand::u64(0..100))).await;
        child.kill().await.unwrap();
        let found = store.search_all().order_by(|t| t.id.asc()).with_vectors().await.unwrap();
        rows = found.len();
        for (id, row) in (0..).zip(&found) {
            let text = format!("{id} 0 1");
            assert_eq!((row.record.id, row.record.text.as_ref()), (id, Some(&text)));
            assert_eq!(row.vector(), Some(&vector(&text)[..]));
        }
    }
    store.optimize().await.unwrap();
    assert_eq!(store.health().await.unwrap().rows, rows);
}

/// A program exits when its `main` returns, even during maintenance.
#[test]
fn a_program_ends_during_maintenance() {
    if process::argument().is_some() {
        return end_during_maintenance();
    }
    let folder = tempfile::tempdir().unwrap();
    let runtime = Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let child = process::start(this_test!(), folder.path(), "");
        tokio::time::timeout(Duration::from_secs(60), process::passed(child)).await.unwrap();
    });
}

fn end_during_maintenance() {
    // With a load of 0.01, maintenance would pause for a long time.
    let written = datus_store::block_on(async {
        let store = open(Path::new(""), Maintenance::new().max_load(0.01)).await;
        add_each(&store, 0..20).await;
        until(&store, |health| health.maintenance.state == MaintenanceState::Running).await;
        store.count().await
    });
    assert_eq!(written.unwrap(), 20);
}
