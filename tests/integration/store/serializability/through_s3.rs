//! Writers that reach the table through `s3://`, with injected faults.

use super::entry::Storage;
use super::run::Settings;
use super::{SHORT, assert_serializable};
use crate::support::s3::{Fault, Server};

/// On average, one in this many requests of the workers has a fault.
const ONE_IN: usize = 30;

/// Starts a server and runs workers that reach it through its faulty port. Returns the server.
async fn through_faults(settings: Settings) -> Server {
    let server = Server::start();
    server.faults().at_random(settings.seed, ONE_IN);
    let storage = Storage::S3 { port: server.port(), port_of_workers: server.faulty_port() };
    assert_serializable(Settings { storage, ..settings }, false).await;
    println!("{:?}", server.faults().injected());
    server
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_processes_through_s3_are_serializable() {
    let server = through_faults(Settings { versions: 40, kills: 5, processes: 3, ..SHORT }).await;
    let injected = server.faults().injected();
    let missing: Vec<Fault> = Fault::ALL.into_iter().filter(|fault| !injected.contains_key(fault)).collect();
    assert!(missing.is_empty(), "{missing:?} did not occur: {injected:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn writes_of_processes_with_many_tasks_through_s3_are_serializable() {
    through_faults(Settings { versions: 15, kills: 0, processes: 2, tasks: 6, ..SHORT }).await;
}
