use super::run::Run;
use super::settings::Settings;
use super::step::{Step, made_in_this_process};
use super::{COMMIT, assert_rows};
use crate::support::process::this_test;
use crate::support::s3::Fault::{Held, Unanswered};
use crate::support::s3::Kind;

/// Workers are killed before their files are written or after their parts are stored. If a worker is killed between the two,
/// `optimize` removes its files.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_abandon_that_is_killed_at_each_step_leaves_the_table_and_its_files_as_they_were() {
    if made_in_this_process().await {
        return;
    }
    let settings = Settings { processes: 2, ..Settings::of_environment() };
    let run = Run::new(this_test!()).await;
    let (store, before) = (run.store().await, run.keys("data/"));
    let version = store.version().await.unwrap();
    run.make(Step::Start).await;
    let job = run.job();
    let write = |worker: u32| Step::Write(settings.parts_of(worker));
    run.kill_at([(Kind::Put, ".lance", Held), (Kind::Put, ".json", Unanswered)], [write(0), write(1)]).await;
    run.make_all([write(0), write(1)]).await;
    let written = run.keys("data/").len();
    assert!(written > before.len() + 2);

    run.kill_at([(Kind::Create, COMMIT, Held)], [Step::Abandon]).await;
    assert_eq!((store.version().await.unwrap(), run.keys("data/").len()), (version, written));
    run.kill_at([(Kind::Create, COMMIT, Unanswered)], [Step::Abandon]).await;
    assert_eq!((store.version().await.unwrap(), run.keys("data/").len()), (version + 1, written));
    let outcome = format!("_bulk/{}.json", job.id());
    for (kind, end, fault) in [
        (Kind::Put, outcome.as_str(), Held),
        (Kind::Put, outcome.as_str(), Unanswered),
        (Kind::Delete, "", Held),
        (Kind::Delete, "", Unanswered),
    ] {
        run.kill_at([(kind, end, fault)], [Step::Abandon]).await;
    }
    assert_eq!(run.keys("data/").len(), written - 1);
    run.make_all([Step::Abandon, Step::Abandon]).await;
    assert_eq!((run.keys("data/"), run.keys("_bulk/")), (before, vec![outcome]));
    assert_eq!(store.version().await.unwrap(), version + 1);
    assert_rows(run.port(), &[]).await;
}
