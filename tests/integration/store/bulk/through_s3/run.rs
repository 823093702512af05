//! A run: a server, the processes of a job, and their files.

use std::path::PathBuf;

use datus_store::{BulkJob, BulkPart, Store};
use futures::future::select_all;
use tempfile::TempDir;
use tokio::process::Child;

use super::step::{Committed, JOB, Process, STOP, Step, acknowledged, committed, read};
use super::{TABLE, first_rows, open};
use crate::store::Note;
use crate::support::process::{self, Test};
use crate::support::s3::{Fault, Kind, Port, Server};

pub(super) struct Run {
    pub(super) server: Server,
    test: Test,
    folder: TempDir,
}

impl Run {
    /// Starts a server with a table that has some rows.
    pub(super) async fn new(test: Test) -> Self {
        let server = Server::start();
        // The file of the first rows is small enough to be merged with others.
        open(server.port()).await.add(first_rows()).await.unwrap();
        Self { server, test, folder: tempfile::tempdir().unwrap() }
    }

    /// Returns the port without faults.
    pub(super) fn port(&self) -> Port {
        self.server.port()
    }

    pub(super) async fn store(&self) -> Store<Note> {
        open(self.port()).await
    }

    /// Starts a process that runs a step through the faulty connection.
    pub(super) fn start(&self, step: Step) -> Child {
        let process = Process { port: self.server.faulty_port(), step };
        process::start(self.test, self.folder.path(), serde_json::to_string(&process).unwrap())
    }

    /// Runs a step in its own process.
    pub(super) async fn make(&self, step: Step) {
        process::passed(self.start(step)).await;
    }

    /// Runs the steps concurrently, each in its own process.
    pub(super) async fn make_all(&self, steps: impl IntoIterator<Item = Step>) {
        let children: Vec<Child> = steps.into_iter().map(|step| self.start(step)).collect();
        for child in children {
            process::passed(child).await;
        }
    }

    /// Runs the steps concurrently, each in its own process, and kills each process at one of the requests.
    pub(super) async fn kill_at<const N: usize>(&self, requests: [(Kind, &str, Fault); N], steps: [Step; N]) {
        for (kind, end, fault) in &requests {
            self.server.faults().inject(*kind, *end, *fault);
        }
        let mut children = steps.map(|step| self.start(step));
        let ends = select_all(children.iter_mut().map(|child| Box::pin(child.wait())));
        tokio::select! {
            () = self.server.faults().until_stopped() => {}
            (ended, number, _) = ends => panic!("process {number} of {requests:?} was not stopped: {ended:?}"),
        }
        for child in &mut children {
            child.kill().await.unwrap();
        }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    pub(super) fn job(&self) -> BulkJob<Note> {
        read(self.file(JOB)).unwrap()
    }

    /// Returns the part that a worker has acknowledged.
    pub(super) fn part(&self, number: u32) -> Option<BulkPart> {
        read(self.file(&acknowledged(number)))
    }

    pub(super) fn listed(&self) -> Vec<BulkPart> {
        read(self.file(super::step::LISTED)).unwrap()
    }

    /// Returns the result of the commit with this number, if it was acknowledged.
    pub(super) fn commit(&self, number: usize) -> Option<Committed> {
        read(self.file(&committed(number)))
    }

    /// Stops [`Step::Maintain`].
    pub(super) async fn stop(&self, maintains: Child) {
        std::fs::write(self.file(STOP), "").unwrap();
        process::passed(maintains).await;
        std::fs::remove_file(self.file(STOP)).unwrap();
    }

    /// Returns the keys of the table's objects, relative to the table, that begin with `start`.
    pub(super) fn keys(&self, start: &str) -> Vec<String> {
        let keys = self.server.keys().into_iter();
        let keys = keys.filter_map(|key| key.strip_prefix(TABLE).map(str::to_owned));
        keys.filter(|key| key.starts_with(start)).collect()
    }
}

/// Returns the names of the data files of a part, and the name of its description.
pub(super) fn files_of(part: &BulkPart) -> Vec<String> {
    let part = serde_json::to_value(part).unwrap();
    let (job, number) = (part["job"].as_str().unwrap(), part["number"].as_u64().unwrap());
    let description = format!("_bulk/{job}/{number:07}-{}.json", part["write"].as_str().unwrap());
    let fragments = part["files"].as_array().unwrap().iter();
    let fragments = fragments.map(|text| serde_json::from_str(text.as_str().unwrap()).unwrap());
    let files =
        fragments.flat_map(|fragment: serde_json::Value| fragment["files"].as_array().unwrap().clone());
    let files = files.map(|file| format!("data/{}", file["path"].as_str().unwrap()));
    files.chain([description]).collect()
}
