//! Writes are serializable. Processes write at the same time and are killed at any moment. Even so, the versions of
//! the table are the effects of their operations one after another, in an order that agrees with real time, and
//! each operation returns the result that it has at its position. Small writes of one process can share a version, but
//! no write is split across versions.
//!
//! Workers write at random, and log each operation before and after it. Then every version is read through lancedb
//! and compared with a model. Environment variables set the size of a longer run; see CONTRIBUTING.md.

mod check;
mod entry;
mod history;
mod log;
mod model;
mod operation;
mod random;
mod run;
mod through_s3;
mod worker;

use entry::Storage;
use history::History;
use run::Settings;

/// The maximum number of anomalies to print; the others are only counted.
const SHOWN: usize = 8;

/// Runs workers, replays their operations, and fails if there are anomalies. A failed run keeps its folder.
async fn assert_serializable(settings: Settings, are_tasks: bool) {
    let settings = settings.with_environment();
    let start = std::time::Instant::now();
    let folder = tempfile::tempdir().unwrap();
    let history: History = match are_tasks {
        true => run::tasks(settings, folder.path()).await,
        false => run::processes(settings, folder.path()).await,
    };
    let report = check::check(&history);
    let (versions, shared) = (history.versions.len(), report.shared);
    let took = start.elapsed();
    println!("{settings:?}: {versions} versions in {took:?}, {shared} of several calls, {:?}", report.calls);
    if report.anomalies.is_empty() {
        report.assert_covers(settings.versions, settings.kills, settings.tasks > 1);
        return;
    }
    let anomalies = &report.anomalies;
    let shown = anomalies.iter().take(SHOWN).map(|anomaly| format!("\n\n{anomaly}")).collect::<String>();
    let kept = folder.keep();
    std::fs::write(kept.join("anomalies.txt"), anomalies.join("\n\n")).unwrap();
    panic!("{} anomalies with {settings:?}; see {}:{shown}", anomalies.len(), kept.display());
}

const SHORT: Settings =
    Settings { storage: Storage::Locks, versions: 60, kills: 6, processes: 4, tasks: 1, seed: 1 };

/// Few processes with many tasks, so that small writes share commits.
const SHARED: Settings = Settings { processes: 2, tasks: 6, ..SHORT };

// Fault 1.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_processes_with_locks_are_serializable() {
    assert_serializable(SHORT, false).await;
}

// Fault 1.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_processes_without_locks_are_serializable() {
    assert_serializable(Settings { storage: Storage::NoLocks, ..SHORT }, false).await;
}

// Fault 1.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_processes_with_many_tasks_are_serializable() {
    assert_serializable(SHARED, false).await;
}

// Fault 1.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_processes_with_many_tasks_without_locks_are_serializable() {
    assert_serializable(Settings { storage: Storage::NoLocks, ..SHARED }, false).await;
}

// Fault 1.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writes_of_tasks_with_locks_are_serializable() {
    assert_serializable(SHARED, true).await;
}

// Fault 1.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writes_of_tasks_in_memory_are_serializable() {
    assert_serializable(Settings { storage: Storage::Memory, ..SHARED }, true).await;
}

// Fault 1.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn writes_of_connections_to_a_shared_memory_are_serializable() {
    assert_serializable(Settings { storage: Storage::SharedMemory, ..SHARED }, true).await;
}
