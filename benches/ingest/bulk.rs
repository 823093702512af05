//! A bulk job of several processes against one process that adds the same rows, on this machine.
//!
//! `cargo bench --bench ingest -- bulk`. The environment sets the size:
//!
//! | variable | default | |
//! |---|---|---|
//! | `DATUS_BULK_ROWS` | 10,000,000 | the rows of the job |
//! | `DATUS_BULK_DIMENSION` | 128 | the dimension of `HashingModel`; a row takes 4 bytes for each and 150 more |
//! | `DATUS_BULK_PROCESSES` | the number of cores | the workers |
//! | `DATUS_BULK_PARTS` | 16 | the parts of the job |
//! | `DATUS_BULK_FOLDER` | a temporary folder | where the tables are made; one at a time is on the disk |

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use datus_store::model::HashingModel;
use datus_store::{BulkJob, BulkPart, Database, EmbeddingRecord, Maintenance, Store};
use datus_store_benches::{cpu_seconds, machine, peak_memory, reset_peak_memory};
use fastrand::Rng;
use futures::{StreamExt, TryStreamExt, stream};

/// A row with a text of about 120 bytes.
#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "documents")]
struct Document {
    #[datus(key)]
    id: u64,
    #[datus(embed)]
    text: String,
}

/// The rows of a chunk whose parts are computed at once.
const CHUNK: u64 = 8192;

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
    let temporary = tempfile::tempdir().unwrap();
    let folder = env::var("DATUS_BULK_FOLDER").map_or_else(|_| temporary.path().to_owned(), PathBuf::from);
    let rows = rows();
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let processes = setting("DATUS_BULK_PROCESSES", cores);
    println!("{}", machine(&folder));
    println!("{rows} rows, {processes} workers, {} parts", setting("DATUS_BULK_PARTS", 16));

    let one = folder.join("one");
    let start = Instant::now();
    let cost = Cost::of(child(&["bulk-one", text(&one)]));
    cost.print("one process: add_stream", rows, start);
    let expected = content(&open(&one).await).await;
    fs::remove_dir_all(&one).unwrap();

    let many = folder.join("many");
    let store = open(&many).await;
    bulk(&store, &many, 0..rows, processes).await;
    let found = content(&store).await;
    assert_eq!(found, expected, "the tables differ");
    println!("the same rows and vectors in both tables: {} rows", found.rows);

    // A tenth more, whose keys are compared with those of the table.
    bulk(&store, &many, rows..rows + rows / 10, processes).await;
    fs::remove_dir_all(&many).unwrap();
}

/// Runs a job for the rows with these ids, and prints its cost.
async fn bulk(store: &Store<Document>, folder: &Path, ids: std::ops::Range<u64>, processes: usize) {
    let rows = ids.end - ids.start;
    let parts = u32::try_from(setting("DATUS_BULK_PARTS", 16)).unwrap();
    let job = store.bulk().parts(parts).start().await.unwrap();
    let file = folder.join("job.json");
    fs::write(&file, serde_json::to_vec(&(&job, ids.start, ids.end)).unwrap()).unwrap();
    let start = Instant::now();
    let workers: Vec<Child> = (0..processes)
        .map(|number| child(&["bulk-worker", text(folder), &number.to_string(), &processes.to_string()]))
        .collect();
    let cost = workers.into_iter().map(Cost::of).reduce(Cost::and).unwrap();
    cost.print(&format!("{processes} workers: write"), rows, start);

    let parts: Vec<BulkPart> = store.bulk_parts(&job).await.unwrap();
    for name in ["commit", "commit again"] {
        reset_peak_memory();
        let (start, cpu) = (Instant::now(), cpu_seconds());
        let done = store.commit_bulk(&job, &parts).await.unwrap();
        assert_eq!(done.repeated, name == "commit again");
        let cost = Cost { cpu: cpu_seconds() - cpu, memory: peak_memory() };
        cost.print(&format!("{name} after {} rows", store.count().await.unwrap() as u64 - rows), rows, start);
    }
}

/// The work of one process without a job.
pub(crate) async fn one(folder: &str) {
    let store = open(Path::new(folder)).await;
    let rows = stream::iter((0..rows()).map(document)).map(Ok::<_, std::io::Error>);
    store.add_stream(rows).await.unwrap();
    println!("{} {}", cpu_seconds(), peak_memory());
}

/// The work of a worker.
pub(crate) async fn worker(folder: &str, number: u32, processes: usize) {
    let folder = Path::new(folder);
    let job = fs::read(folder.join("job.json")).unwrap();
    let (job, first, end): (BulkJob<Document>, u64, u64) = serde_json::from_slice(&job).unwrap();
    let store = open(folder).await;
    let worker = store.bulk_worker(&job).await.unwrap();
    for part in (number..job.parts()).step_by(processes) {
        let job = job.clone();
        let chunks = (first..end).step_by(CHUNK as usize).map(move |from| {
            // The part depends on the key only, so the text is made for the rows of the part.
            let keys: Vec<Document> =
                (from..end.min(from + CHUNK)).map(|id| Document { id, text: String::new() }).collect();
            let parts = job.parts_of(&keys).unwrap();
            keys.into_iter().zip(parts).filter(move |(_, of)| *of == part).map(|(row, _)| document(row.id))
        });
        worker.write(part, chunks.flatten()).await.unwrap();
    }
    println!("{} {}", cpu_seconds(), peak_memory());
}

/// The content of a table: the number of rows, and a sum over the hashes of all values that no order changes.
#[derive(Debug, PartialEq, Eq)]
struct Content {
    rows: u64,
    sum: u64,
}

async fn content(store: &Store<Document>) -> Content {
    use std::hash::{DefaultHasher, Hash, Hasher};
    let rows = store.search_all().with_vectors().stream();
    let content = rows.try_fold(Content { rows: 0, sum: 0 }, |content, row| async move {
        let mut hasher = DefaultHasher::new();
        (row.record.id, &row.record.text).hash(&mut hasher);
        row.vector().unwrap().iter().for_each(|value| value.to_bits().hash(&mut hasher));
        Ok(Content { rows: content.rows + 1, sum: content.sum.wrapping_add(hasher.finish()) })
    });
    content.await.unwrap()
}

/// The cost of processes: seconds of all cores, and the peak memory of one in MiB.
struct Cost {
    cpu: f64,
    memory: f64,
}

impl Cost {
    /// Waits for a process, which prints its cost.
    fn of(child: Child) -> Self {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "a process failed");
        let text = String::from_utf8(output.stdout).unwrap();
        let (cpu, memory) = text.trim().split_once(' ').unwrap();
        Self { cpu: cpu.parse().unwrap(), memory: memory.parse().unwrap() }
    }

    fn and(self, other: Self) -> Self {
        Self { cpu: self.cpu + other.cpu, memory: self.memory.max(other.memory) }
    }

    fn print(&self, name: &str, rows: u64, start: Instant) {
        let seconds = start.elapsed().as_secs_f64();
        println!(
            "{name:<38} {seconds:>9.2} s {:>10.0} rows/s {:>8.2} µs of CPU a row, {:>6.0} MiB at most",
            rows as f64 / seconds,
            self.cpu * 1e6 / rows as f64,
            self.memory
        );
    }
}

fn child(arguments: &[&str]) -> Child {
    Command::new(env::current_exe().unwrap()).args(arguments).stdout(Stdio::piped()).spawn().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}
