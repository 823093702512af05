//! A worker. Its tasks run random operations on one store, each task one operation after another, and log them.

use std::path::{Path, PathBuf};
use std::time::Duration;

use datus_store::{Result, Store};
use futures::future::join_all;
use serde::{Deserialize, Serialize};

use super::entry::{Entry, EntryColumns, Storage, open, open_at_last};
use super::log::{Log, read};
use super::operation::{Counts, Filter, Operation, Outcome, Row, Set};
use super::random::Random;
use crate::support::process::{self, Test};

/// The file that stops the workers of a folder after their current operations.
pub(super) const STOP: &str = "stop";

/// The longest duration of a model call.
pub(super) const SLOWEST: Duration = Duration::from_millis(60);

#[derive(Debug, Clone, Serialize, Deserialize)]
pub(super) struct Worker {
    pub(super) seed: u64,
    pub(super) storage: Storage,
    pub(super) folder: PathBuf,
    /// The base name of the worker's logs in the folder, without the number of the task.
    pub(super) name: String,
    /// The number of tasks that write at the same time. Their small writes share commits.
    pub(super) tasks: usize,
    /// `true` for a worker that also maintains the table.
    pub(super) maintains: bool,
    /// Drops one operation in this many at a random moment.
    pub(super) drops: Option<usize>,
}

impl Worker {
    /// Returns the paths of the logs of its tasks.
    pub(super) fn logs(&self) -> Vec<PathBuf> {
        (1..=self.tasks).map(|task| self.log(task)).collect()
    }

    fn log(&self, task: usize) -> PathBuf {
        self.folder.join(format!("{}.{task}.jsonl", self.name))
    }

    /// Runs operations until the folder contains the file [`STOP`].
    pub(super) async fn run(&self, store: &Store<Entry>) {
        let tasks = (1..=self.tasks).map(|task| {
            let (worker, store) = (self.clone(), store.clone());
            tokio::spawn(async move { worker.run_task(task, &store).await })
        });
        join_all(tasks.collect::<Vec<_>>()).await.into_iter().for_each(|task| task.expect("a task"));
    }

    async fn run_task(&self, task: usize, store: &Store<Entry>) {
        let mut random = Random::new(self.seed.wrapping_mul(31).wrapping_add(task as u64));
        let mut log = Log::open(&self.log(task));
        let maintains = self.maintains && task == 1;
        while !self.folder.join(STOP).exists() {
            let operation = random.operation(maintains);
            log.invoked(&operation);
            let running = execute(store, &operation);
            let outcome = match self.drops {
                Some(times) if random.once_in(times) => {
                    let moment = (2 * SLOWEST).mul_f64(random.fraction());
                    tokio::time::timeout(moment, running).await.ok()
                }
                _ => Some(running.await),
            };
            match outcome {
                Some(outcome) => {
                    if let Outcome::Read(rows) = &outcome {
                        random.saw(rows);
                    }
                    log.completed(outcome);
                }
                None => log.dropped(),
            }
        }
    }

    /// Starts a process that runs this worker.
    pub(super) fn start(&self) -> tokio::process::Child {
        let test = Test::at(concat!(module_path!(), "::a_worker_logs_each_operation_and_its_outcome"));
        process::start(test, &self.folder, serde_json::to_string(self).expect("a worker as JSON"))
    }
}

async fn execute(store: &Store<Entry>, operation: &Operation) -> Outcome {
    attempt(store, operation).await.unwrap_or_else(|error| Outcome::failed(&error))
}

async fn attempt(store: &Store<Entry>, operation: &Operation) -> Result<Outcome> {
    let entries = |rows: &[Row]| rows.iter().map(Entry::from).collect::<Vec<_>>();
    Ok(match operation {
        Operation::Read => {
            let rows = store.search_all().with_vectors().await?;
            let rows = rows.into_iter().map(|row| {
                let vector = row.vector().map(<[f32]>::to_vec);
                row.record.stored(vector)
            });
            Outcome::Read(rows.collect())
        }
        Operation::Add { rows } => {
            let done = store.add(entries(rows)).await?;
            let counts = Counts { rows: done.rows, ..Counts::default() };
            Outcome::Done { counts, version: done.version, embedded: done.embedded, reused: 0 }
        }
        Operation::Upsert { rows, last_wins } => {
            let upsert = store.upsert(entries(rows));
            let done = if *last_wins { upsert.last_wins().await? } else { upsert.await? };
            let (inserted, updated, unchanged) = (done.inserted, done.updated, done.unchanged);
            let counts = Counts { inserted, updated, unchanged, ..Counts::default() };
            Outcome::Done { counts, version: done.version, embedded: done.embedded, reused: done.reused }
        }
        Operation::Sync { rows, within } => {
            let sync = store.sync(entries(rows));
            let done = match within {
                Some(group) => sync.within(|t| t.group.eq(group.as_str())).await?,
                None => sync.all_rows().await?,
            };
            let (inserted, updated, unchanged) = (done.inserted, done.updated, done.unchanged);
            let counts = Counts { inserted, updated, unchanged, deleted: done.deleted, ..Counts::default() };
            Outcome::Done { counts, version: done.version, embedded: done.embedded, reused: done.reused }
        }
        Operation::Update { filter, set } => {
            let mut update = match filter {
                Filter::All => store.update().all_rows(),
                _ => store.update().filter(|t| condition(t, filter)),
            };
            for set in set {
                update = match set {
                    Set::Counter(value) => update.set(|t| t.counter, *value),
                    Set::CounterPlus(value) => update.set_to(|t| t.counter, |t| t.counter.plus(*value)),
                    Set::Label(label) => update.set(|t| t.label, label.clone()),
                    Set::Text(text) => update.set(|t| t.text, text.clone()),
                };
            }
            let done = update.await?;
            let counts = Counts { rows: done.rows, ..Counts::default() };
            Outcome::Done { counts, version: done.version, embedded: done.embedded, reused: 0 }
        }
        Operation::Delete { filter } => {
            let deleted = match filter {
                Filter::All => store.delete().all_rows().await?,
                _ => store.delete().filter(|t| condition(t, filter)).await?,
            };
            // `delete` does not return the version that it made.
            let counts = Counts { deleted, ..Counts::default() };
            Outcome::Done { counts, version: None, embedded: 0, reused: 0 }
        }
        Operation::Optimize => maintained(store.optimize().await.map(drop)?),
        Operation::CreateIndexes => maintained(store.create_indexes().samples(4).await.map(drop)?),
        Operation::AddAbsent { .. } => unreachable!("no worker asks for it"),
    })
}

fn maintained((): ()) -> Outcome {
    Outcome::Done { counts: Counts::default(), version: None, embedded: 0, reused: 0 }
}

fn condition(t: EntryColumns, filter: &Filter) -> datus_store::Filter<Entry> {
    match filter {
        Filter::All => unreachable!("the caller says `all`"),
        Filter::Key(id) => t.id.eq(id.as_str()),
        Filter::Group(group) => t.group.eq(group.as_str()),
        Filter::CounterBelow(bound) => t.counter.lt(*bound),
        Filter::NoLabel => t.label.is_null(),
    }
}

/// Runs one worker in another process, and stops it. This test is also the entry point of all processes of the checker: in
/// such a process, it runs the worker.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_worker_logs_each_operation_and_its_outcome() {
    if let Some(argument) = process::argument() {
        let worker: Worker = serde_json::from_str(&argument).unwrap();
        let db = worker.storage.connect(&worker.folder).await;
        let store = match worker.storage.fails() {
            true => open_at_last(&db, SLOWEST).await,
            false => open(&db, SLOWEST).await,
        };
        return worker.run(&store).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let worker = Worker {
        seed: 1,
        storage: Storage::Locks,
        folder: folder.path().to_owned(),
        name: "worker 1".to_owned(),
        tasks: 2,
        maintains: false,
        drops: None,
    };
    let child = worker.start();
    let completed = |log: &Path| log.exists() && std::fs::read_to_string(log).unwrap().contains("Completed");
    while !worker.logs().iter().all(|log| completed(log)) {
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    std::fs::write(folder.path().join(STOP), "").unwrap();
    process::passed(child).await;
    for log in worker.logs() {
        let calls = read(&log);
        assert!(!calls.is_empty() && calls.iter().all(|call| call.outcome.is_some()), "{calls:?}");
    }
}
