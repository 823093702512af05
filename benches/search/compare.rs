//! Compares queries of this library with the same queries in hand-written lancedb code, on the same table.

use datus_store::model::HashingModel;
use datus_store::{Database, Hit, Store};

use crate::by_hand::{self, Found, Probes};
use crate::latency::{Latency, by_turns};
use crate::recall::recall;
use crate::rows::{Table, questions, rows};

const LIMIT: usize = 10;

/// The number of queries that are timed.
const TIMED: usize = 2000;
/// The number of queries that are timed without an index, each of which reads every vector.
const TIMED_EXACT: usize = 400;
/// The number of queries whose recall is measured.
const MEASURED: usize = 100;

pub(crate) async fn all(count: usize) {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let model = HashingModel::new(384);
    let store: Store<Table> = db.store(model.clone()).await.unwrap();
    store.add(rows(count)).await.unwrap();
    println!(
        "{count} rows, the {LIMIT} best of {TIMED_EXACT} queries without an index and {TIMED} with one as structs: ours; by hand; how many times as long"
    );
    let mut bench = Bench { store: &store, model: &model, questions: questions(TIMED_EXACT) };
    bench.vector("vector, without an index", Probes::default()).await;
    bench.search_all().await;

    bench.questions = questions(TIMED);
    // `auto` builds no index for up to 100,000 rows of this dimension.
    let report = store.create_indexes().vectors_from(0).await.unwrap();
    println!("{report}");
    let measured = report.iter().find_map(|index| index.recall).unwrap();
    let probes = Probes { nprobes: Some(measured.nprobes), refine_factor: Some(measured.refine_factor) };
    bench.vector("vector, with an index and what was measured of it", probes).await;
    bench.vector("vector, with an index and lancedb's defaults by hand", Probes::default()).await;
    bench.full_text().await;
    bench.hybrid("hybrid, with what was measured", probes).await;
    bench.hybrid("hybrid, lancedb's defaults by hand", Probes::default()).await;
}

struct Bench<'a> {
    store: &'a Store<Table>,
    model: &'a HashingModel,
    questions: Vec<String>,
}

impl Bench<'_> {
    async fn vector(&self, name: &str, probes: Probes) {
        let table = self.store.as_lancedb();
        let ours = async |question: &String| self.store.search(question).limit(LIMIT).await.unwrap();
        let theirs = async |question: &String| {
            by_hand::nearest(table, self.model, question, None, LIMIT, probes).await
        };
        print(name, by_turns(&self.questions, ours, theirs).await);
        let (mut own, mut other) = (0.0, 0.0);
        for question in self.questions.iter().take(MEASURED) {
            let exact = distances(&self.store.search(question).exact().limit(LIMIT).await.unwrap());
            own += recall(&distances(&ours(question).await), &exact);
            let found: Vec<f32> = theirs(question).await.iter().map(|found| found.score).collect();
            other += recall(&found, &exact);
        }
        let share = |sum: f64| sum / MEASURED as f64;
        println!("    recall@{LIMIT} {:.3}; {:.3}", share(own), share(other));
    }

    async fn full_text(&self) {
        let table = self.store.as_lancedb();
        let ours =
            async |question: &String| self.store.search(question).full_text().limit(LIMIT).await.unwrap();
        let theirs = async |question: &String| by_hand::full_text(table, question, LIMIT).await;
        let question = &self.questions[0];
        println!("    {}", alike(&ours(question).await, &theirs(question).await));
        print("full text", by_turns(&self.questions, ours, theirs).await);
    }

    /// Compares hybrid searches. Our legs return more candidates than the page has rows, and lancedb's legs return exactly
    /// that many.
    async fn hybrid(&self, name: &str, probes: Probes) {
        let table = self.store.as_lancedb();
        let ours = async |question: &String| self.store.search(question).hybrid().limit(LIMIT).await.unwrap();
        let theirs =
            async |question: &String| by_hand::hybrid(table, self.model, question, LIMIT, probes).await;
        let question = &self.questions[0];
        println!("    {}", alike(&ours(question).await, &theirs(question).await));
        print(name, by_turns(&self.questions, ours, theirs).await);
    }

    async fn search_all(&self) {
        let table = self.store.as_lancedb();
        let databases: Vec<String> = (0..200).map(|number| format!("database_{}", number % 40)).collect();
        let ours = async |name: &String| self.store.search_all().database_name(name).await.unwrap();
        let theirs = async |name: &String| by_hand::all(table, Some(name)).await;
        assert_eq!(ours(&databases[0]).await, theirs(&databases[0]).await);
        print("search_all, a fortieth of the rows", by_turns(&databases, ours, theirs).await);
        let ours = async |(): &()| self.store.search_all().await.unwrap();
        let theirs = async |(): &()| by_hand::all(table, None).await;
        print("search_all, every row", by_turns(&[(); 30], ours, theirs).await);
    }
}

fn distances(hits: &[Hit<Table>]) -> Vec<f32> {
    hits.iter().filter_map(Hit::distance).collect()
}

/// Describes how many rows both programs found. Among rows with equal scores, the programs may choose different ones.
fn alike(ours: &[Hit<Table>], theirs: &[Found]) -> String {
    let same = ours.iter().filter(|hit| theirs.iter().any(|found| found.row == hit.record)).count();
    format!("{same} of {} rows are the same for the first query", theirs.len())
}

fn print(name: &str, (ours, theirs): (Latency, Latency)) {
    let (half, most) = (ours.p50 / theirs.p50, ours.p99 / theirs.p99);
    println!("{name:52} {ours}; {theirs}; {half:.2} and {most:.2}");
}
