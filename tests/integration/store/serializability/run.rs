//! A run: workers write until the table has enough versions, and some of them are killed.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use datus_store::{Database, Store};
use futures::future::join_all;
use tokio::process::Child;

use super::entry::{Entry, Storage, open};
use super::history::{History, versions};
use super::log::{Log, read};
use super::worker::{SLOWEST, STOP, Worker};
use crate::support::process;

/// The longest wait for the next version.
const PATIENCE: Duration = Duration::from_secs(120);

/// The size of a run.
#[derive(Debug, Clone, Copy)]
pub(super) struct Settings {
    pub(super) storage: Storage,
    /// The number of versions after which workers stop.
    pub(super) versions: u64,
    /// The number of processes that are killed, or of futures that are dropped if workers are tasks.
    pub(super) kills: u64,
    pub(super) processes: usize,
    /// The number of tasks of each process, which write to one store.
    pub(super) tasks: usize,
    pub(super) seed: u64,
}

impl Settings {
    /// Reads the variables `DATUS_CHECKER_VERSIONS`, `_KILLS`, `_PROCESSES`, `_TASKS`, and `_SEED`. Each variable that is
    /// set overrides the corresponding setting.
    pub(super) fn with_environment(self) -> Self {
        let number = |name: &str| {
            let value = std::env::var(format!("DATUS_CHECKER_{name}")).ok()?;
            Some(
                value
                    .parse::<u64>()
                    .unwrap_or_else(|_| panic!("DATUS_CHECKER_{name} is not a number: {value}")),
            )
        };
        Self {
            versions: number("VERSIONS").unwrap_or(self.versions),
            kills: number("KILLS").unwrap_or(self.kills),
            processes: number("PROCESSES").map_or(self.processes, |number| number as usize),
            tasks: number("TASKS").map_or(self.tasks, |number| number as usize),
            seed: number("SEED").unwrap_or(self.seed),
            ..self
        }
    }

    fn worker(&self, number: usize, folder: &Path) -> Worker {
        Worker {
            seed: self.seed.wrapping_mul(1_000_003).wrapping_add(number as u64),
            storage: self.storage.of_workers(),
            folder: folder.to_owned(),
            name: format!("worker {number}"),
            tasks: self.tasks,
            maintains: number.is_multiple_of(self.processes),
            drops: None,
        }
    }
}

/// Runs workers that are processes.
pub(super) async fn processes(settings: Settings, folder: &Path) -> History {
    let db = settings.storage.connect(folder).await;
    let store = open(&db, Duration::ZERO).await;
    let mut random = fastrand::Rng::with_seed(settings.seed);
    let mut started = 0;
    let mut start = || {
        started += 1;
        let worker = settings.worker(started, folder);
        (worker.start(), worker.logs())
    };
    let mut running: Vec<(Child, Vec<PathBuf>)> = (0..settings.processes).map(|_| start()).collect();
    for kill in 0..settings.kills {
        // Kills are spread over the versions, each at a random moment of an operation.
        reach(&store, settings.versions * kill / settings.kills, &mut running).await;
        tokio::time::sleep(SLOWEST.mul_f64(2.0 * random.f64())).await;
        let place = random.usize(..running.len());
        let (mut child, logs) = std::mem::replace(&mut running[place], start());
        child.kill().await.expect("a process that runs");
        logs.iter().for_each(|log| Log::open(log).killed());
    }
    reach(&store, settings.versions, &mut running).await;
    std::fs::write(folder.join(STOP), "").expect("a file");
    for (child, _) in running {
        process::passed(child).await;
    }
    history(settings.storage, &db, folder).await
}

/// Waits until the table reaches a version.
async fn reach(store: &Store<Entry>, version: u64, running: &mut [(Child, Vec<PathBuf>)]) {
    let (mut known, mut since) = (0, Instant::now());
    loop {
        let now = store.version().await.expect("a version");
        if now >= version {
            return;
        }
        if now > known {
            (known, since) = (now, Instant::now());
        }
        assert!(since.elapsed() < PATIENCE, "no writer has committed since version {known}");
        for (child, logs) in running.iter_mut() {
            let ended = child.try_wait().expect("a process");
            assert!(ended.is_none(), "the process of {logs:?} exited: {ended:?}");
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

/// Runs workers that are tasks of this process. Each has its own connection; in memory they share a store.
pub(super) async fn tasks(settings: Settings, folder: &Path) -> History {
    let db = settings.storage.connect(folder).await;
    let shared = open(&db, SLOWEST).await;
    // Drops about twice as many operations as required, because every second one returns before it is dropped.
    let drops = settings.versions.checked_div(2 * settings.kills).map(|calls| calls.max(1) as usize);
    let tasks = (1..=settings.processes).map(|number| {
        let worker = Worker { drops, ..settings.worker(number, folder) };
        let shared = shared.clone();
        tokio::spawn(async move {
            let store = match worker.storage {
                Storage::Memory => shared,
                _ => open(&worker.storage.connect(&worker.folder).await, SLOWEST).await,
            };
            worker.run(&store).await;
        })
    });
    let tasks: Vec<_> = tasks.collect();
    reach(&shared, settings.versions, &mut []).await;
    std::fs::write(folder.join(STOP), "").expect("a file");
    join_all(tasks).await.into_iter().for_each(|task| task.expect("a worker"));
    // A dropped operation may still commit. The next holder of the lock comes after it.
    let _ = shared.delete().filter(|t| t.id.eq("nobody")).await;
    history(settings.storage, &db, folder).await
}

async fn history(storage: Storage, db: &Database, folder: &Path) -> History {
    let logs = std::fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path());
    let mut logs: Vec<PathBuf> =
        logs.filter(|path| path.extension().is_some_and(|end| end == "jsonl")).collect();
    logs.sort();
    let calls = logs.iter().flat_map(|log| read(log)).collect();
    History { calls, versions: versions(db).await, storage_fails: storage.fails() }
}
