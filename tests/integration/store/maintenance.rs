//! Background maintenance.

mod apart;
mod ends;
mod indexes;
mod kept;

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use datus_store::{
    Advice, Database, EmbeddingRecord, Health, Maintenance, MaintenanceState, OptimizeStep, Store,
};

use super::{Note, line, note, sorted_ids};
use crate::support::models::Toy;

/// Waits until a condition on the table holds, for at most a minute.
async fn until<R: EmbeddingRecord>(store: &Store<R>, holds: impl Fn(&Health) -> bool) -> Health {
    let began = Instant::now();
    loop {
        let health = store.health().await.unwrap();
        if holds(&health) {
            return health;
        }
        assert!(began.elapsed() < Duration::from_secs(60), "it never held: {health:?}");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

/// Adds rows one by one.
async fn add_each(store: &Store<Note>, ids: std::ops::Range<i64>) {
    for id in ids {
        store.add([note(id, &format!("{id} 0 1"))]).await.unwrap();
    }
}

/// Returns an in-memory database in which each write leaves a fragment, as large writes do.
async fn memory() -> Database {
    Database::connect("memory://").without_small_writes().await.unwrap()
}

async fn notes(model: Toy) -> Store<Note> {
    memory().await.store(model).await.unwrap()
}

async fn in_folder(folder: &Path, policy: Maintenance) -> Store<Note> {
    let db = Database::connect(folder).without_small_writes().maintenance(policy).await.unwrap();
    db.store(Toy::new()).await.unwrap()
}

#[tokio::test]
async fn rows_added_one_by_one_are_merged_automatically() {
    let store = notes(Toy::new()).await;
    add_each(&store, 0..20).await;
    let health = until(&store, |health| health.fragments < 8 && health.maintenance.last_done.is_some()).await;
    assert!(health.maintenance.last_done.unwrap().fragments_removed >= 8, "{health:?}");
    assert!(health.maintenance.last_run.is_some() && health.advice.is_empty(), "{health}");
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), (0..20).collect::<Vec<_>>());
    for id in [0, 7, 19] {
        assert_eq!(store.search(format!("{id} 0 1")).await.unwrap()[0].record.id, id);
        assert_eq!(store.get(id).await.unwrap().unwrap().id, id);
    }
    let health = until(&store, |health| health.maintenance.state == MaintenanceState::Idle).await;
    assert!(health.to_string().contains("maintenance idle"), "{health}");
}

#[tokio::test]
async fn maintenance_that_is_off_does_nothing_and_health_advises() {
    let off =
        Database::connect("memory://").without_small_writes().maintenance(Maintenance::off()).await.unwrap();
    let off: Store<Note> = off.store(Toy::new()).await.unwrap();
    add_each(&off, 0..20).await;
    // Waits for as long as maintenance takes on a table for which maintenance is enabled.
    let on = notes(Toy::new()).await;
    add_each(&on, 0..20).await;
    until(&on, |health| health.fragments < 8).await;

    let health = off.health().await.unwrap();
    assert_eq!((health.fragments, &health.maintenance.state), (20, &MaintenanceState::Off));
    assert_eq!((health.maintenance.last_run, health.maintenance.last_done), (None, None));
    assert_eq!(health.advice, [Advice::Compact { small_fragments: 20, deleted_rows: 0 }], "{health}");
}

#[tokio::test]
async fn health_starts_the_steps_that_it_does_not_advise() {
    let folder = tempfile::tempdir().unwrap();
    add_each(&in_folder(folder.path(), Maintenance::off()).await, 0..20).await;
    let store = in_folder(folder.path(), Maintenance::new()).await;
    let health = store.health().await.unwrap();
    assert_eq!((health.fragments, health.advice.len()), (20, 0), "{health}");
    until(&store, |health| health.fragments < 8).await;
}

#[tokio::test]
async fn deleted_rows_are_rewritten() {
    let store = notes(Toy::new()).await;
    store.add(line(1000)).await.unwrap();
    store.delete().filter(|t| t.id.lt(600)).await.unwrap();
    let health = until(&store, |health| health.deleted_rows == 0).await;
    assert_eq!((health.rows, health.fragments), (400, 1));
    assert_eq!(sorted_ids(&store.search_all().await.unwrap()), (600..1000).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_policy_runs_only_the_steps_that_it_names() {
    let done = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&done);
    let policy = Maintenance::new()
        .only([OptimizeStep::RemoveVersions])
        .keep_versions(Duration::ZERO)
        .on_done(move |done| seen.lock().unwrap().push(*done.as_ref().unwrap()));
    let folder = tempfile::tempdir().unwrap();
    add_each(&in_folder(folder.path(), Maintenance::off()).await, 0..39).await;
    let store = in_folder(folder.path(), policy).await;
    add_each(&store, 39..40).await;
    let health = until(&store, |health| health.maintenance.last_done.is_some()).await;
    assert_eq!(health.fragments, 40);
    let done = done.lock().unwrap().clone();
    assert!(done[0].versions_removed >= 16 && done[0].fragments_removed == 0, "{done:?}");
}

#[tokio::test]
async fn a_fanout_of_two_keeps_two_fragments() {
    let policy = Maintenance::new().compaction_fanout(2).max_load(1.0);
    let db = Database::connect("memory://").without_small_writes().maintenance(policy).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    add_each(&store, 0..5).await;
    until(&store, |health| health.fragments == 1).await;
}

#[tokio::test]
async fn an_idle_table_is_compacted_into_one_fragment() {
    let open = async |policy: Maintenance| {
        let db = Database::connect("memory://").without_small_writes().maintenance(policy).await.unwrap();
        let store: Store<Note> = db.store(Toy::new()).await.unwrap();
        store.add(line(3000)).await.unwrap();
        for first in [3000, 3300] {
            store.add((first..first + 300).map(|id| note(id, &format!("{id} 0 1")))).await.unwrap();
        }
        store
    };
    let never = open(Maintenance::new().idle_after(None)).await;
    let idle = open(Maintenance::new().idle_after(Duration::from_millis(50))).await;
    until(&never, |health| health.maintenance.last_run.is_some()).await;
    until(&idle, |health| health.fragments == 1).await;
    assert_eq!(never.health().await.unwrap().fragments, 3);
    assert_eq!(sorted_ids(&idle.search_all().await.unwrap()), (0..3600).collect::<Vec<_>>());
    until(&idle, |health| health.maintenance.state == MaintenanceState::Idle).await;
    // The task of the table ended, so this write starts a new one.
    idle.delete().filter(|t| t.id.lt(300)).await.unwrap();
    until(&idle, |health| health.deleted_rows == 0).await;
}

#[tokio::test]
async fn a_callback_that_panics_does_not_end_maintenance() {
    let calls = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&calls);
    let policy = Maintenance::new().on_done(move |_| {
        assert!(counted.fetch_add(1, Ordering::SeqCst) > 0, "the first call panics");
    });
    let db = Database::connect("memory://").without_small_writes().maintenance(policy).await.unwrap();
    let store: Store<Note> = db.store(Toy::new()).await.unwrap();
    add_each(&store, 0..10).await;
    until(&store, |health| health.fragments < 8 && health.maintenance.state == MaintenanceState::Idle).await;
    add_each(&store, 10..30).await;
    until(&store, |health| health.fragments < 8).await;
    until(&store, |_| calls.load(Ordering::SeqCst) > 1).await;
}

#[tokio::test]
async fn clones_stores_and_connections_share_the_task_of_a_table() {
    let folder = tempfile::tempdir().unwrap();
    let first = in_folder(folder.path(), Maintenance::new()).await;
    let second = in_folder(folder.path(), Maintenance::new()).await;
    add_each(&first, 0..20).await;
    until(&second, |health| health.fragments < 8).await;
    let health = until(&second, |health| health.maintenance.last_done.is_some()).await;
    assert_eq!(first.clone().health().await.unwrap().maintenance.last_done, health.maintenance.last_done);
    let other = notes(Toy::new()).await;
    assert_eq!(other.health().await.unwrap().maintenance.last_run, None);
}

/// Writers of every kind and a reader run at the same time, and no row is lost or duplicated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writers_and_readers_continue_during_maintenance() {
    let folder = tempfile::tempdir().unwrap();
    let policy = || Maintenance::new().compaction_fanout(2).max_load(1.0);
    let store = in_folder(folder.path(), policy()).await;
    let other = in_folder(folder.path(), policy()).await;
    store.add(line(20)).await.unwrap();
    let write = async {
        for round in 0..15 {
            other.upsert([note(round, "9 9 9"), note(100 + round, "9 9 9")]).await.unwrap();
            store.update().filter(|t| t.id.eq(round)).set(|t| t.topic, "set").await.unwrap();
            store.delete().filter(|t| t.id.eq(100 + round - 1)).await.unwrap();
        }
    };
    let read = async {
        for _ in 0..30 {
            assert!(store.search_all().await.unwrap().len() >= 20);
            assert_eq!(store.search("3 0 1").limit(3).await.unwrap().len(), 3);
        }
    };
    tokio::join!(write, read);
    let rows = store.search_all().order_by(|t| t.id.asc()).await.unwrap();
    let expected: Vec<i64> = (0..20).chain([114]).collect();
    assert_eq!(rows.iter().map(|row| row.id).collect::<Vec<_>>(), expected);
    assert!(rows[..15].iter().all(|row| row.topic == "set" && row.text.as_deref() == Some("9 9 9")));
    until(&store, |health| health.maintenance.state != MaintenanceState::Running).await;
    assert_eq!(store.health().thorough().await.unwrap().duplicate_keys, Some(0));
}

#[tokio::test]
async fn a_table_of_another_connection_in_memory_is_a_different_table() {
    let (first, second) = (memory().await, memory().await);
    let first: Store<Note> = first.store(Toy::new()).await.unwrap();
    let second: Store<Note> = second.store(Toy::new()).await.unwrap();
    add_each(&first, 0..20).await;
    until(&first, |health| health.maintenance.last_done.is_some()).await;
    assert_eq!(second.health().await.unwrap().maintenance.last_done, None);
}
