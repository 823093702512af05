use datus_store::BulkPart;
use fastrand::Rng;
use tokio::process::Child;

use super::run::{Run, files_of};
use super::settings::Settings;
use super::step::{Step, made_in_this_process};
use super::{assert_rows, first_rows, line};
use crate::support::process::{self, this_test};

/// On average, one in this many requests has a fault.
const ONE_IN: usize = 40;

/// The maximum number of requests before a kill, counted from the start of the processes or from the previous kill.
const REQUESTS: usize = 40;

/// The number of processes that commit at the same time.
const COMMITTERS: usize = 3;

/// Kills processes one after another, each after some more requests, and restarts each of them. Then waits for all of
/// them. Returns the number of processes that were still running when they were killed.
async fn make_and_kill(run: &Run, steps: &[Step], kills: usize, random: &mut Rng) -> usize {
    let start = |step: &Step| (step.clone(), run.start(step.clone()));
    let mut running: Vec<(Step, Child)> = steps.iter().map(start).collect();
    let (faults, mut killed) = (run.server.faults(), 0);
    for _ in 0..kills {
        let requests = faults.requests() + random.usize(1..REQUESTS);
        // A process that maintains the table makes requests all the time.
        faults.until_requests(requests).await;
        let (step, mut child) = running.swap_remove(random.usize(..running.len()));
        if child.try_wait().unwrap().is_none() {
            child.kill().await.unwrap();
            killed += 1;
        } else {
            process::passed(child).await;
        }
        running.push(start(&step));
    }
    for (_, child) in running {
        process::passed(child).await;
    }
    killed
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_that_are_killed_at_random_make_the_table_of_one_process() {
    if made_in_this_process().await {
        return;
    }
    let settings = Settings::of_environment();
    let mut random = Rng::with_seed(settings.seed);
    let run = Run::new(this_test!()).await;
    let rows = line(settings.rows);
    run.server.faults().at_random(settings.seed, ONE_IN);

    let maintains = run.start(Step::Maintain(true));
    let mut killed = make_and_kill(&run, &[Step::Start], settings.kills / 2, &mut random).await;
    let job = run.job();

    // The last process writes the parts of the first process again, while the first is still running.
    let mut steps: Vec<Step> =
        (0..settings.processes).map(|worker| Step::Write(settings.parts_of(worker))).collect();
    steps.push(Step::WriteAgain(settings.parts_of(0)));
    killed += make_and_kill(&run, &steps, settings.kills, &mut random).await;
    let acknowledged: Vec<BulkPart> = (0..settings.parts).map(|number| run.part(number).unwrap()).collect();
    killed += make_and_kill(&run, &[Step::List], settings.kills / 2, &mut random).await;
    let listed = run.listed();
    assert_eq!(listed.len(), acknowledged.len());
    assert!(listed.iter().zip(&acknowledged).all(|(one, other)| one.rows() == other.rows()));
    run.stop(maintains).await;
    let keys = run.keys("");
    for file in acknowledged.iter().chain(&listed).flat_map(files_of) {
        assert!(keys.contains(&file), "{file} was lost");
    }

    // From here on all versions are kept, so that they can be compared.
    let store = run.store().await;
    let first = first_rows().len();
    let maintains = run.start(Step::Maintain(false));
    let commits: Vec<Step> = (0..COMMITTERS)
        .map(|number| if number % 2 == 0 { Step::Commit(number) } else { Step::CommitListed(number) })
        .collect();
    killed += make_and_kill(&run, &commits, settings.kills / 2, &mut random).await;
    run.stop(maintains).await;

    let (_, version, _) = run.commit(0).unwrap();
    let version = version.unwrap();
    for number in 0..COMMITTERS {
        let (of_job, same, _) = run.commit(number).unwrap();
        assert_eq!((of_job, same), (rows.len(), Some(version)), "commit {number}");
    }
    for (at, expected) in [(version - 1, first), (version, first + rows.len())] {
        assert_eq!(store.at(at).await.unwrap().count().await.unwrap(), expected, "version {at}");
    }
    assert_eq!(run.keys("_bulk/"), [format!("_bulk/{}.json", job.id())]);
    assert_rows(run.port(), &rows).await;
    println!("{settings:?}: {killed} running processes were killed, {:?}", run.server.faults().injected());
    assert!(killed >= settings.kills, "only {killed} processes were still running when they were killed");
    assert!(run.server.faults().injected().len() >= 4, "{:?}", run.server.faults().injected());
}
