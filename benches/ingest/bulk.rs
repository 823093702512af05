//! Compares a bulk job run by several processes with a single process that adds the same rows, on this machine.
//!
//! `cargo bench --bench ingest -- bulk`. The environment sets the size:
//!
//! | variable | default | |
//! |---|---|---|
//! | `DATUS_BULK_ROWS` | 10,000,000 | the number of rows in the job |
//! | `DATUS_BULK_DIMENSION` | 128 | the dimensions of `HashingModel`; a row takes 4 bytes for each, and about 150 more |
//! | `DATUS_BULK_PROCESSES` | the number of cores | the number of workers |
//! | `DATUS_BULK_PARTS` | 16 | the number of parts in the job |
//! | `DATUS_BULK_FOLDER` | the folder for temporary files | the folder of the tables |
//! | `DATUS_BULK_INDEXES` | 1 | 0 leaves out the indexes |
//!
//! Only one table at a time is on disk, with up to 1.1 times the number of rows and with the indexes: about 8 GB for
//! 10,000,000 rows of 128 dimensions. Each step runs in its own process, so the peak memory of the process is that of the
//! step.

mod content;
mod cost;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use datus_store::model::HashingModel;
use datus_store::{BulkJob, Database, EmbeddingRecord, Maintenance, Store};
use datus_store_benches::machine;
use fastrand::Rng;
use futures::stream::{self, StreamExt};

use self::content::content;
use self::cost::{Cost, child, print_own};

/// A row with about 120 bytes of text.
#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "documents")]
struct Document {
    #[datus(key)]
    id: u64,
    #[datus(embed)]
    text: String,
}

/// The number of rows whose parts are computed in one call.
const CHUNK: u64 = 8192;

/// The number of rows for which the cost is projected.
const BILLION: f64 = 1e9;

fn document(id: u64) -> Document {
    let mut random = Rng::with_seed(id);
    let words = (0..18).map(|_| format!("w{:04}", random.u32(..20_000)));
    Document { id, text: words.collect::<Vec<_>>().join(" ") }
}

fn setting(name: &str, default: usize) -> usize {
    env::var(name).map_or(default, |value| value.parse().unwrap())
}

fn rows() -> u64 {
    setting("DATUS_BULK_ROWS", 10_000_000) as u64
}

async fn open(folder: &Path) -> Store<Document> {
    let db = Database::connect(folder).maintenance(Maintenance::off()).await.unwrap();
    db.store(HashingModel::new(setting("DATUS_BULK_DIMENSION", 128))).await.unwrap()
}

/// Runs the comparison and prints it.
pub(crate) async fn against_one_process() {
    let place = env::var("DATUS_BULK_FOLDER").map_or_else(|_| env::temp_dir(), PathBuf::from);
    // The folder is removed at the end, even after a panic.
    let temporary = tempfile::tempdir_in(&place).unwrap();
    let folder = temporary.path();
    let rows = rows();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processes = setting("DATUS_BULK_PROCESSES", cores);
    println!("{}", machine(folder));
    println!("{rows} rows, {processes} workers, {} parts", setting("DATUS_BULK_PARTS", 16));

    let one = folder.join("one");
    let start = Instant::now();
    let by_one = Cost::of(child(&["bulk-one", text(&one)]), start);
    by_one.print("one process: add_stream", rows);
    let expected = content(&open(&one).await).await;
    assert_eq!(expected.rows(), rows);
    fs::remove_dir_all(&one).unwrap();

    let many = folder.join("many");
    let store = open(&many).await;
    let by_many = bulk(&store, &many, 0..rows, processes).await;
    let found = content(&store).await;
    assert_eq!(found, expected, "the tables differ");
    println!("the same rows and vectors in both tables: {rows} rows");
    println!(
        "the job takes {:.2} times the CPU and {:.2} times the time of one process; 10⁹ rows at this rate: {:.1} h of one \
         core in the job, {:.1} h in one process, without the time of a real model",
        by_many.cpu / by_one.cpu,
        by_many.seconds / by_one.seconds,
        by_many.cpu / rows as f64 * BILLION / 3600.0,
        by_one.cpu / rows as f64 * BILLION / 3600.0,
    );

    if setting("DATUS_BULK_INDEXES", 1) != 0 {
        let start = Instant::now();
        let cost = Cost::of(child(&["bulk-index", text(&many)]), start);
        cost.print("create_indexes and their recall", rows);
    }
    // Adds 10% more rows, whose keys are compared with those of the table.
    bulk(&store, &many, rows..rows + rows / 10, processes).await;
    assert_eq!(store.count().await.unwrap() as u64, rows + rows / 10);
}

/// Runs a job for the rows with these ids, and prints and returns the cost of the workers and the commit.
async fn bulk(store: &Store<Document>, folder: &Path, ids: std::ops::Range<u64>, processes: usize) -> Cost {
    let (rows, before) = (ids.end - ids.start, ids.start);
    let parts = u32::try_from(setting("DATUS_BULK_PARTS", 16)).unwrap();
    let job = store.bulk().parts(parts).start().await.unwrap();
    fs::write(job_file(folder), serde_json::to_vec(&(&job, ids.start, ids.end)).unwrap()).unwrap();
    let start = Instant::now();
    let workers: Vec<_> = (0..processes)
        .map(|number| child(&["bulk-worker", text(folder), &number.to_string(), &processes.to_string()]))
        .collect();
    let written = workers.into_iter().map(|worker| Cost::of(worker, start)).reduce(Cost::together).unwrap();
    written.print(&format!("{processes} workers: write"), rows);

    let start = Instant::now();
    let committed = Cost::of(child(&["bulk-commit", text(folder), "first"]), start);
    committed.print(&format!("commit after {before} rows"), rows);
    let start = Instant::now();
    let again = Cost::of(child(&["bulk-commit", text(folder), "again"]), start);
    again.print("commit again", rows);
    written.then(committed)
}

fn job_file(folder: &Path) -> PathBuf {
    folder.join("job.json")
}

/// Returns the job in a folder, the first ID of its rows, and the exclusive end of the IDs.
fn job_of(folder: &Path) -> (BulkJob<Document>, u64, u64) {
    serde_json::from_slice(&fs::read(job_file(folder)).unwrap()).unwrap()
}

/// Adds all rows in this process without a job, and prints the cost of the process.
pub(crate) async fn one(folder: &str) {
    let store = open(Path::new(folder)).await;
    let rows = stream::iter((0..rows()).map(document)).map(Ok::<_, std::io::Error>);
    store.add_stream(rows).await.unwrap();
    print_own();
}

/// Writes the parts of one worker, and prints the cost of this process. The first part is the worker's number; the others
/// follow at intervals of `processes`.
pub(crate) async fn worker(folder: &str, number: u32, processes: usize) {
    let folder = Path::new(folder);
    let (job, first, end) = job_of(folder);
    let store = open(folder).await;
    let worker = store.bulk_worker(&job).await.unwrap();
    let own: Vec<u32> = (number..job.parts()).step_by(processes).collect();
    for (part, ids) in ids_of(&job, first..end, &own) {
        let rows = ids.into_iter().map(move |after| document(first + u64::from(after)));
        worker.write(part, rows).await.unwrap();
    }
    print_own();
}

/// Returns the IDs of the rows in each of the given parts, as offsets from the first ID. Creates each key once, without its
/// text, since the part depends only on the key.
fn ids_of(job: &BulkJob<Document>, ids: std::ops::Range<u64>, parts: &[u32]) -> BTreeMap<u32, Vec<u32>> {
    let mut of_parts: BTreeMap<u32, Vec<u32>> = parts.iter().map(|part| (*part, Vec::new())).collect();
    for from in ids.clone().step_by(CHUNK as usize) {
        let keys: Vec<Document> =
            (from..ids.end.min(from + CHUNK)).map(|id| Document { id, text: String::new() }).collect();
        for (key, part) in keys.iter().zip(job.parts_of(&keys).unwrap()) {
            if let Some(of_part) = of_parts.get_mut(&part) {
                of_part.push(u32::try_from(key.id - ids.start).unwrap());
            }
        }
    }
    of_parts
}

/// Commits the parts, checks that they were already committed if `run` is `again`, and prints the cost of this process.
pub(crate) async fn commit(folder: &str, run: &str) {
    let folder = Path::new(folder);
    let (job, first, end) = job_of(folder);
    let store = open(folder).await;
    // After the commit, the descriptions of the parts no longer exist, and the job is recognized by its transaction.
    let parts = store.bulk_parts(&job).await.unwrap();
    let done = store.commit_bulk(&job, &parts).await.unwrap();
    assert_eq!((done.rows as u64, done.already_committed), (end - first, run == "again"));
    print_own();
}

/// Builds the indexes, and prints the cost of this process.
pub(crate) async fn index(folder: &str) {
    // The texts are random, so a recall below the target does not indicate a fault in the job.
    match open(Path::new(folder)).await.create_indexes().await {
        Ok(report) => eprintln!("{report}"),
        Err(error) => eprintln!("{error}"),
    }
    print_own();
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
