//! Measures the cost of searches in a large table, and how it grows with the number of rows.

use std::time::Instant;

use datus_store::model::HashingModel;
use datus_store::{Database, Embedded, Embedding, EmbeddingRecord, Hit, Store};
use datus_store_benches::{peak_memory, reset_peak_memory};

use crate::latency::{Latency, single};
use crate::recall::recall;
use crate::vectors::{DIMENSION, Vectors};

const LIMIT: usize = 10;

/// The number of the first query vector. It is larger than that of any row, so no query is a stored vector.
const FIRST_QUERY: u64 = 1 << 40;

/// A point. Its vector is precomputed, not computed from the text.
#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "points")]
struct Point {
    /// A number from 0 to 99. All are equally frequent.
    #[datus(index = bitmap)]
    hundredth: u8,
    /// The text of the point.
    #[datus(embed)]
    text: String,
}

/// The fraction of the rows that the filter of a query keeps.
#[derive(Debug, Clone, Copy)]
enum Kept {
    All,
    Half,
    Hundredth,
}

pub(crate) async fn measure(counts: &[usize]) {
    let mut before: Vec<Latency> = Vec::new();
    for &rows in counts {
        let after = table_of(rows).await;
        for (kept, (now, then)) in
            [Kept::All, Kept::Half, Kept::Hundredth].iter().zip(after.iter().zip(&before))
        {
            println!("{kept:?}: p50 is {:.2} times that of the table before", now.p50 / then.p50);
        }
        before = after;
    }
}

async fn table_of(rows: usize) -> Vec<Latency> {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).await.unwrap();
    let store: Store<Point> = db.store(HashingModel::new(DIMENSION)).await.unwrap();
    let vectors = Vectors::new();
    let point = |number: usize| {
        let point = Point { hundredth: (number % 100) as u8, text: format!("point {number}") };
        Embedded::new(point, Embedding::of(HashingModel::ID, vectors.of(number as u64)))
    };
    step(&format!("{rows} rows of {DIMENSION} dimensions added"), store.add((0..rows).map(point))).await;
    let report = step("indexes built and measured", store.create_indexes().vectors_from(0)).await;
    println!("{report}");

    let queries: Vec<Vec<f32>> = (0..200).map(|number| vectors.of(FIRST_QUERY + number)).collect();
    let mut latencies = Vec::new();
    for kept in [Kept::All, Kept::Half, Kept::Hundredth] {
        let latency = single(&queries, async |query| search(&store, query, kept, false).await).await;
        let mut recalls = Vec::new();
        for query in queries.iter().take(50) {
            let distances =
                |hits: Vec<Hit<Point>>| hits.iter().filter_map(Hit::distance).collect::<Vec<f32>>();
            let exact = distances(search(&store, query, kept, true).await);
            recalls.push(recall(&distances(search(&store, query, kept, false).await), &exact));
        }
        let recall = recalls.iter().sum::<f64>() / recalls.len() as f64;
        println!("{rows} rows, {kept:?}: {latency}, recall@{LIMIT} {recall:.3}");
        latencies.push(latency);
    }
    latencies
}

async fn search(store: &Store<Point>, query: &[f32], kept: Kept, exact: bool) -> Vec<Hit<Point>> {
    let search = store.search(Embedding::of(HashingModel::ID, query.to_vec())).limit(LIMIT);
    let search = match kept {
        Kept::All => search,
        Kept::Half => search.filter(|t| t.hundredth.lt(50)),
        Kept::Hundredth => search.filter(|t| t.hundredth.eq(7)),
    };
    if exact { search.exact().await.unwrap() } else { search.await.unwrap() }
}

/// Runs a step, and prints its time and the peak memory of the process during the step.
async fn step<T>(name: &str, work: impl IntoFuture<Output = datus_store::Result<T>>) -> T {
    reset_peak_memory();
    let start = Instant::now();
    let done = work.await.unwrap();
    println!("{name}: {:.1} s, peak memory {:.0} MiB", start.elapsed().as_secs_f64(), peak_memory());
    done
}
