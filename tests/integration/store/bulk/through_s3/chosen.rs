use super::run::{Run, files_of};
use super::settings::Settings;
use super::step::{Step, made_in_this_process};
use super::{COMMIT, assert_rows, count, first_rows, line};
use crate::support::process::this_test;
use crate::support::s3::Fault::{Held, Unanswered};
use crate::support::s3::Kind;

/// Each step is killed before and after each request that changes something, and is then repeated.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn eight_processes_that_are_killed_at_each_step_make_the_table_of_one_process() {
    if made_in_this_process().await {
        return;
    }
    let settings = Settings { processes: 8, ..Settings::of_environment() };
    let run = Run::new(this_test!()).await;
    let (store, rows) = (run.store().await, line(settings.rows));

    // Start the job.
    run.kill_at([(Kind::List, "", Held)], [Step::Start]).await;
    run.make(Step::Start).await;
    let job = run.job();

    // Write the parts. Workers are killed while the store is opened, and before and after the files and the description are
    // written.
    let write = |worker: u32| Step::Write(settings.parts_of(worker));
    let stops = [
        (Kind::List, "", Held),
        (Kind::Get, COMMIT, Held),
        (Kind::Put, ".lance", Held),
        (Kind::Put, ".lance", Held),
        (Kind::Put, ".lance", Unanswered),
        (Kind::Put, ".json", Held),
        (Kind::Put, ".json", Unanswered),
        (Kind::Put, ".json", Unanswered),
    ];
    run.kill_at(stops, std::array::from_fn(|worker| write(u32::try_from(worker).unwrap()))).await;
    assert_eq!(run.keys("_bulk/").len(), 2, "two workers have stored a part");
    run.make_all((0..settings.processes).map(write)).await;
    let acknowledged: Vec<_> = (0..settings.parts).map(|number| run.part(number).unwrap()).collect();

    // List the parts, and optimize.
    run.kill_at([(Kind::List, &format!("_bulk/{}/", job.id()), Held)], [Step::List]).await;
    run.make(Step::List).await;
    let listed: Vec<u32> = run.listed().iter().map(datus_store::BulkPart::number).collect();
    assert_eq!(listed, (0..settings.parts).collect::<Vec<_>>());
    store.add([line(settings.rows + 1).pop().unwrap()]).await.unwrap();
    store.delete().filter(|t| t.id.eq(settings.rows)).await.unwrap();
    store.optimize().keep_versions(std::time::Duration::ZERO).await.unwrap();
    let keys = run.keys("");
    for file in acknowledged.iter().chain(&run.listed()).flat_map(files_of) {
        assert!(keys.contains(&file), "{file} was removed");
    }

    // Commit. The process is killed twice before the commit, once after it, and then before and after each request that
    // follows.
    assert_eq!((count(&store).await, store.health().await.unwrap().versions), (first_rows().len(), 1));
    let before = store.version().await.unwrap();
    run.kill_at(
        [(Kind::Head, ".lance", Held), (Kind::Create, COMMIT, Held)],
        [Step::Commit(0), Step::CommitListed(1)],
    )
    .await;
    assert_eq!((count(&store).await, store.version().await.unwrap()), (first_rows().len(), before));
    run.kill_at([(Kind::Create, COMMIT, Unanswered)], [Step::CommitListed(2)]).await;
    let rows_now = first_rows().len() + rows.len();
    assert_eq!((count(&store).await, store.version().await.unwrap()), (rows_now, before + 1));
    let outcome = format!("_bulk/{}.json", job.id());
    run.kill_at(
        [(Kind::Put, &outcome, Held), (Kind::Put, &outcome, Unanswered)],
        [Step::Commit(3), Step::CommitListed(4)],
    )
    .await;
    run.kill_at(
        [(Kind::Delete, "", Held), (Kind::Delete, "", Unanswered)],
        [Step::Commit(5), Step::Commit(6)],
    )
    .await;
    assert!((0..7).all(|number| run.commit(number).is_none()), "no commit was acknowledged");
    run.make_all([Step::Commit(7), Step::CommitListed(8)]).await;
    for number in [7, 8] {
        assert_eq!(run.commit(number), Some((rows.len(), Some(before + 1), true)));
    }
    assert_eq!(store.version().await.unwrap(), before + 1);
    assert_eq!(run.keys("_bulk/"), [outcome]);
    assert_rows(run.port(), &rows).await;
}
