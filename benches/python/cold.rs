//! Times the steps of a search in a new process.

use std::path::Path;
use std::time::{SystemTime, UNIX_EPOCH};

use datus_store::Store;
use datus_store::model::HashingModel;
use datus_store_benches::Latency;

use crate::child::{Programs, Side};
use crate::ours::{connect, first_hits, read_queries};
use crate::rows::{DIMENSION, Table};
use crate::settings::Settings;

/// The name of a step, and either the time at which it ended or its duration, in milliseconds.
type Step = (String, f64);

/// Searches twice, and prints the time of each step in milliseconds after the process was spawned, like `program.py cold`.
pub(crate) async fn search(folder: &Path) {
    let spawned: f64 = std::env::var("SPAWNED").unwrap().parse().unwrap();
    let now = |name: &str| -> Step {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs_f64();
        (name.to_owned(), (now - spawned) * 1e3)
    };
    let mut steps = vec![now("process started")];
    let query = read_queries(folder).remove(0);
    steps.push(now("query read"));
    let db = connect(folder).await;
    steps.push(now("connected"));
    let store: Store<Table> = db.store(HashingModel::new(DIMENSION)).await.unwrap();
    steps.push(now("table opened"));
    for name in ["first search", "second search"] {
        assert_eq!(first_hits(&store, &query).await, 10);
        steps.push(now(name));
    }
    println!("{}", serde_json::to_string(&steps).unwrap());
}

/// Starts the programs in alternating order, and prints the medians of the steps.
pub(crate) fn compare(programs: &Programs, folder: &Path, settings: &Settings) {
    let (mut ours, mut python) = (Vec::new(), Vec::new());
    for round in 0..settings.starts {
        for side in Side::by_turns(round) {
            let steps: Vec<Step> = serde_json::from_str(&programs.output(side, &["cold"], folder)).unwrap();
            match side {
                Side::Ours => ours.push(durations(steps)),
                Side::Python => python.push(durations(steps)),
            }
        }
    }
    println!("| cold start, ms for each step | ours | LanceModel | times as fast |");
    println!("|---|--:|--:|--:|");
    let names = ["process started", "modules imported", "query read", "connected", "table opened"];
    for name in names.into_iter().chain(["first search", "from spawn to first hits", "second search"]) {
        let [ours, python] = [&ours, &python].map(|runs| median(runs, name));
        let ratio =
            ours.zip(python).map_or_else(String::new, |(ours, python)| format!("{:.1}", python / ours));
        let [ours, python] =
            [ours, python].map(|time| time.map_or_else(String::new, |time| format!("{time:.1}")));
        println!("| {name} | {ours} | {python} | {ratio} |");
    }
    println!();
}

/// Returns the time that each step took, and that of all steps up to the first hits.
fn durations(steps: Vec<Step>) -> Vec<Step> {
    let mut durations = Vec::new();
    let mut before = 0.0;
    for (name, at) in steps {
        if name == "first search" {
            durations.push(("from spawn to first hits".to_owned(), at));
        }
        durations.push((name, at - before));
        before = at;
    }
    durations
}

/// Returns the median time of a step, or `None` if the program does not have this step.
fn median(runs: &[Vec<Step>], name: &str) -> Option<f64> {
    let of_step = runs.iter().flatten().filter(|(step, _)| step == name).map(|(_, time)| *time);
    let times: Vec<f64> = of_step.collect();
    (!times.is_empty()).then(|| Latency::of(times).p50)
}
