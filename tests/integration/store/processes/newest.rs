//! While several processes write, remove versions, tag them, and drop the table, each process sees the newest
//! version in the folder.

use std::collections::BTreeSet;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::{Duration, Instant};

use datus_store::lancedb::table::OptimizeAction;
use datus_store::{Database, ErrorKind, Result, Store};
use futures::future::join_all;

use super::super::{Note, note};
use crate::support::models::Toy;
use crate::support::process::{self, Test, this_test};

const PROCESSES: i64 = 4;

/// Returns the time that the processes run for: the number of seconds in `DATUS_STORE_LONG`, or six seconds by default.
fn span() -> Duration {
    let long = std::env::var("DATUS_STORE_LONG").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(long.unwrap_or(6))
}

/// Returns the newest version according to the file names, and the inode of the folder of versions, which identifies it.
fn listed(folder: &Path) -> Option<(u64, u64)> {
    let versions = folder.join("data/notes.lance/_versions");
    let names = std::fs::read_dir(&versions).ok()?;
    let names = names.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
    let newest = names.filter_map(|name| name.strip_suffix(".manifest")?.parse::<u64>().ok()).min()?;
    Some((u64::MAX - newest, std::fs::metadata(versions).ok()?.ino()))
}

async fn open(folder: &Path) -> Result<(Database, Store<Note>)> {
    let db = Database::connect(folder.join("data")).await?;
    let store = db.store(Toy::new()).await?;
    Ok((db, store))
}

/// Removes all versions except the newest and tagged ones.
async fn clean(store: &Store<Note>) -> Result<(), datus_store::lancedb::Error> {
    let prune = OptimizeAction::Prune {
        older_than: Some(chrono::TimeDelta::zero()),
        delete_unverified: None,
        error_if_tagged_old_versions: Some(false),
    };
    store.as_lancedb().optimize(prune).await.map(drop)
}

async fn tag(store: &Store<Note>) -> Result<(), datus_store::lancedb::Error> {
    let table = store.as_lancedb();
    let version = table.version().await?;
    table.tags().await?.create(&format!("v{version}"), version).await
}

/// The work of one process.
struct Writer {
    store: Store<Note>,
    added: BTreeSet<i64>,
    next: i64,
    compared: usize,
}

impl Writer {
    /// Compares the version of the store with the versions in the folder before and after the call. Skips the comparison if
    /// the folder was replaced in the meantime.
    async fn compare(&mut self, step: &str) {
        let before = listed(Path::new(""));
        let version = self.store.version().await;
        let after = listed(Path::new(""));
        if let (Some((least, one)), Ok(version), Some((most, other))) = (before, version, after)
            && one == other
        {
            assert!((least..=most).contains(&version), "after {step}: {least} <= {version} <= {most}");
            self.compared += 1;
        }
    }

    /// Adds a row. The next read of this process must see it.
    async fn add(&mut self) {
        self.next += PROCESSES;
        let row = note(self.next, "1 2 3");
        if self.store.add([row.clone()]).await.is_ok() {
            self.added.insert(row.id);
        }
    }

    async fn upsert(&mut self) {
        self.next += PROCESSES;
        if self.store.upsert([note(self.next, "3 2 1")]).await.is_ok() {
            self.added.insert(self.next);
        }
    }
}

async fn write(number: i64, drops: bool) {
    // Another process may drop the table between two steps of opening it.
    let (db, store) = loop {
        match open(Path::new("")).await {
            Ok(opened) => break opened,
            Err(error) => assert_eq!(error.kind(), ErrorKind::TableNotFound, "{error:?}"),
        }
    };
    let mut writer = Writer { store, added: BTreeSet::new(), next: number, compared: 0 };
    let began = Instant::now();
    while began.elapsed() < span() {
        let step = match fastrand::u8(..100) {
            0..35 => {
                writer.add().await;
                "an add"
            }
            35..50 => {
                writer.upsert().await;
                "an upsert"
            }
            50..60 => {
                // Another process may remove the files that this process reads.
                drop(clean(&writer.store).await);
                "a cleanup"
            }
            60..65 => {
                drop(tag(&writer.store).await);
                "a tag"
            }
            65..67 if drops => {
                drop(db.drop_table("notes").await);
                "a drop"
            }
            67..70 => {
                tokio::time::sleep(Duration::from_millis(fastrand::u64(..150))).await;
                "a pause"
            }
            _ => "a read",
        };
        writer.compare(step).await;
        if drops && writer.store.reopen().await.is_err() {
            writer.store = match open(Path::new("")).await {
                Ok((_, store)) => store,
                Err(_) => continue,
            };
        }
    }
    assert!(writer.compared > 0);
    let added: Vec<String> = writer.added.iter().map(i64::to_string).collect();
    std::fs::write(number.to_string(), added.join(" ")).unwrap();
}

/// Runs the test in all processes. Returns the folder and the ids of the rows that were added.
async fn all_write(test: Test) -> (tempfile::TempDir, BTreeSet<i64>) {
    let folder = tempfile::tempdir().unwrap();
    open(folder.path()).await.unwrap();
    let running = (0..PROCESSES).map(|number| process::run(test, folder.path(), number.to_string()));
    join_all(running).await;
    let added = (0..PROCESSES).flat_map(|number| {
        let added = std::fs::read_to_string(folder.path().join(number.to_string())).unwrap();
        added.split_whitespace().map(|id| id.parse().unwrap()).collect::<Vec<i64>>()
    });
    let added = added.collect();
    (folder, added)
}

#[tokio::test]
async fn reads_see_the_newest_version_while_processes_write_and_remove_versions() {
    if let Some(number) = process::argument() {
        return write(number.parse().unwrap(), false).await;
    }
    let (folder, added) = all_write(this_test!()).await;
    let (_, store) = open(folder.path()).await.unwrap();
    let found: BTreeSet<i64> = store.search_all().await.unwrap().iter().map(|row| row.id).collect();
    let lost: Vec<_> = added.difference(&found).collect();
    assert!(lost.is_empty(), "commits were lost: {lost:?}");
    assert!(!added.is_empty());
}

#[tokio::test]
async fn reads_see_the_newest_version_while_processes_drop_the_table() {
    if let Some(number) = process::argument() {
        return write(number.parse().unwrap(), true).await;
    }
    all_write(this_test!()).await;
}
