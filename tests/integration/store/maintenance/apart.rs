//! Maintenance while others hold the locks of the table.

use std::fs::File;
use std::path::Path;
use std::time::Duration;

use datus_store::{Advice, Database, Maintenance, MaintenanceState, Store};

use super::super::{Note, note, sorted_ids};
use super::{add_each, in_folder, until};
use crate::support::models::Toy;

/// Holds a lock of the table as another process would.
fn hold(folder: &Path, lock: &str) -> File {
    let mut options = File::options();
    options.read(true).write(true).create(true).truncate(false);
    let file = options.open(folder.join(lock)).unwrap();
    file.lock().unwrap();
    file
}

#[tokio::test]
async fn maintenance_reports_that_another_process_holds_its_lock() {
    let folder = tempfile::tempdir().unwrap();
    let store = in_folder(folder.path(), Maintenance::new()).await;
    let held = hold(folder.path(), ".datus-write.notes~upkeep.lock");
    add_each(&store, 0..20).await;
    let health = until(&store, |health| health.maintenance.state == MaintenanceState::Locked).await;
    assert_eq!((health.fragments, health.maintenance.last_done), (20, None));
    held.unlock().unwrap();
    add_each(&store, 20..21).await;
    until(&store, |health| health.fragments < 8).await;
}

#[tokio::test]
async fn a_step_that_is_lost_to_writers_is_postponed_and_health_advises() {
    let folder = tempfile::tempdir().unwrap();
    add_each(&in_folder(folder.path(), Maintenance::off()).await, 0..20).await;
    let db = Database::connect(folder.path())
        .without_small_writes()
        .lock_timeout(Duration::from_millis(10))
        .await
        .unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    let held = hold(folder.path(), ".datus-write.notes.lock");
    let lost = MaintenanceState::Conflict { attempts: 3 };
    let health = until(&store, |health| health.maintenance.state == lost).await;
    assert_eq!(health.advice, [Advice::Compact { small_fragments: 20, deleted_rows: 0 }], "{health}");
    held.unlock().unwrap();
    let store = in_folder(folder.path(), Maintenance::new()).await;
    for id in 20..1000 {
        store.upsert([note(id, "1 2 3")]).await.unwrap();
        if store.health().await.unwrap().fragments < 8 {
            return;
        }
    }
    panic!("it is not tried again");
}

#[tokio::test]
async fn a_table_that_is_dropped_during_maintenance_stays_dropped() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path())
        .without_small_writes()
        .maintenance(Maintenance::new().max_load(1.0))
        .await
        .unwrap();
    for _ in 0..3 {
        let store: Store<Note> = db.store(Toy::new()).await.unwrap();
        add_each(&store, 0..20).await;
        db.drop_table("notes").await.unwrap();
        assert!(!folder.path().join("notes.lance").exists());
    }
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    assert_eq!(store.count().await.unwrap(), 0);
    add_each(&store, 100..120).await;
    let health = until(&store, |health| health.fragments < 8).await;
    assert!(!matches!(health.maintenance.state, MaintenanceState::Failed { .. }), "{health}");
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), (100..120).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_drop_during_maintenance_waits_for_one_step() {
    let db = Database::connect("memory://")
        .without_small_writes()
        .maintenance(Maintenance::new().max_load(1.0))
        .await
        .unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    add_each(&store, 0..20).await;
    until(&store, |health| health.maintenance.state == MaintenanceState::Running).await;
    db.drop_table("notes").await.unwrap();
    assert!(db.table_names().await.unwrap().is_empty());
}
