//! Several processes write the same keys.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use chrono::{Datelike, NaiveDate};
use datus_store::lancedb::table::{CompactionOptions, OptimizeAction};
use datus_store::model::IntoModels;
use datus_store::{Database, EmbeddingRecord, ErrorKind, Keyed, Store, Unscoped};
use futures::future::join_all;

use crate::support::models::Toy;
use crate::support::process::{self, Test, this_test};

/// A record whose keys can be numbered.
trait Numbered: Keyed + Unscoped + Clone {
    fn of(number: u32, writer: &str) -> Self;
    /// Returns the numbers of all rows.
    async fn numbers(store: &Store<Self>) -> Vec<u32>;
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "single")]
struct Single {
    #[datus(key)]
    id: String,
    writer: String,
    #[datus(embed(metric = l2))]
    text: String,
}

impl Numbered for Single {
    fn of(number: u32, writer: &str) -> Self {
        Self { id: format!("row {number}"), writer: writer.to_owned(), text: format!("{number} 0 1") }
    }

    async fn numbers(store: &Store<Self>) -> Vec<u32> {
        let rows = store.search_all().await.unwrap();
        rows.iter().map(|row| row.id.strip_prefix("row ").unwrap().parse().unwrap()).collect()
    }
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "composite", key(site, path))]
struct Composite {
    site: u32,
    path: String,
    writer: String,
    #[datus(embed(metric = l2))]
    text: String,
}

impl Numbered for Composite {
    fn of(number: u32, writer: &str) -> Self {
        let (site, path) = (number / 7, format!("{}", number % 7));
        Self { site, path, writer: writer.to_owned(), text: format!("{number} 0 1") }
    }

    async fn numbers(store: &Store<Self>) -> Vec<u32> {
        let rows = store.search_all().await.unwrap();
        rows.iter().map(|row| row.site * 7 + row.path.parse::<u32>().unwrap()).collect()
    }
}

/// A type of key that Lance's own primary key does not support.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "dated", key(small, day))]
struct Dated {
    small: u8,
    day: NaiveDate,
    writer: String,
    #[datus(embed(metric = l2))]
    text: String,
}

impl Numbered for Dated {
    fn of(number: u32, writer: &str) -> Self {
        let day = NaiveDate::from_num_days_from_ce_opt(i32::try_from(number / 100).unwrap()).unwrap();
        let small = u8::try_from(number % 100).unwrap();
        Self { small, day, writer: writer.to_owned(), text: format!("{number} 0 1") }
    }

    async fn numbers(store: &Store<Self>) -> Vec<u32> {
        let rows = store.search_all().await.unwrap();
        let number = |row: &Self| row.day.num_days_from_ce() as u32 * 100 + u32::from(row.small);
        rows.iter().map(number).collect()
    }
}

/// The load of a test. Four processes add `adds` rows each, one by one. Four other processes all upsert the same keys, ten
/// at a time: `adds` further ones, and every tenth key that the first four add.
#[derive(Clone, Copy)]
struct Load {
    adds: u32,
}

impl Load {
    /// Returns the keys that an adder adds.
    fn added(self, adder: u32) -> std::ops::Range<u32> {
        adder * self.adds..(adder + 1) * self.adds
    }

    /// Returns the keys that each upserter upserts.
    fn upserted(self) -> Vec<u32> {
        let new = 4 * self.adds..5 * self.adds;
        (0..4 * self.adds).step_by(10).chain(new).collect()
    }

    /// Returns the total number of keys.
    fn keys(self) -> u32 {
        5 * self.adds
    }
}

async fn open<R: Numbered>(folder: &Path) -> Store<R>
where
    Toy: IntoModels<R::Models>,
{
    Database::connect(folder.join("data")).await.unwrap().store(Toy::new()).await.unwrap()
}

/// Runs the writes of a process. Returns the number of rows that it inserted, and the number of rows that already existed.
async fn write<R: Numbered>(store: &Store<R>, load: Load, writer: &str) -> (usize, usize) {
    let (mut inserted, mut present) = (0, 0);
    let (kind, number) = writer.split_once(' ').unwrap();
    if kind == "add" {
        let mut keys: Vec<u32> = load.added(number.parse().unwrap()).collect();
        fastrand::shuffle(&mut keys);
        for key in keys {
            match store.add([R::of(key, writer)]).await {
                Ok(added) => inserted += added.rows,
                Err(error) => {
                    assert_eq!(error.kind(), ErrorKind::InvalidInput, "{error:?}");
                    assert!(error.message().contains("already in the table"), "{error:?}");
                    present += 1;
                }
            }
        }
    } else {
        let mut keys = load.upserted();
        fastrand::shuffle(&mut keys);
        for keys in keys.chunks(10) {
            let upserted = store.upsert(keys.iter().map(|&key| R::of(key, writer))).await.unwrap();
            assert_eq!(upserted.unchanged, 0);
            inserted += upserted.inserted;
            present += upserted.updated;
        }
    }
    (inserted, present)
}

/// Runs the test in eight processes, each of which writes, and then checks the table.
async fn eight_writers<R: Numbered>(test: Test, load: Load)
where
    Toy: IntoModels<R::Models>,
{
    if let Some(writer) = process::argument() {
        return one_writer::<R>(&writer, load).await;
    }
    let folder = tempfile::tempdir().unwrap();
    let writers: Vec<String> = (0..4).flat_map(|n| [format!("add {n}"), format!("upsert {n}")]).collect();
    let store = open::<R>(folder.path()).await;
    let running = writers.iter().map(|writer| process::run(test, folder.path(), writer));
    tokio::select! {
        _ = join_all(running) => {}
        () = compact(&store) => {}
    }

    let rows = R::numbers(&store).await;
    let mut found: BTreeMap<u32, u32> = BTreeMap::new();
    rows.iter().for_each(|number| *found.entry(*number).or_default() += 1);
    let twice: Vec<_> = found.iter().filter(|(_, rows)| **rows > 1).collect();
    assert!(twice.is_empty(), "keys of several rows: {twice:?}");
    let lost: Vec<u32> = (0..load.keys()).filter(|key| !found.contains_key(key)).collect();
    assert!(lost.is_empty(), "keys without a row: {lost:?}");
    assert_eq!(u32::try_from(rows.len()).unwrap(), load.keys());

    // The reported inserts add up to the number of rows in the table.
    let reports = writers.iter().map(|writer| {
        let report = std::fs::read_to_string(folder.path().join(writer)).unwrap();
        let (inserted, present) = report.split_once(' ').unwrap();
        (inserted.parse::<u32>().unwrap(), present.parse::<u32>().unwrap())
    });
    let (inserted, present) = reports.fold((0, 0), |sum, report| (sum.0 + report.0, sum.1 + report.1));
    assert_eq!(inserted, load.keys());
    let written = 4 * load.adds + 4 * u32::try_from(load.upserted().len()).unwrap();
    assert_eq!(inserted + present, written);
}

/// Compacts the fragments of the writers repeatedly. This process is a writer too, and keeps reads fast.
async fn compact<R>(store: &Store<R>)
where
    R: EmbeddingRecord,
{
    loop {
        tokio::time::sleep(Duration::from_millis(500)).await;
        // A compaction that conflicts with the writers fails, and the next one may succeed.
        let compact = OptimizeAction::Compact { options: CompactionOptions::default(), remap_options: None };
        drop(store.as_lancedb().optimize(compact).await);
    }
}

/// Does the work of one process.
async fn one_writer<R: Numbered>(writer: &str, load: Load)
where
    Toy: IntoModels<R::Models>,
{
    let store = open::<R>(Path::new("")).await;
    let (inserted, present) = write(&store, load, writer).await;
    std::fs::write(writer, format!("{inserted} {present}")).unwrap();
}

#[tokio::test]
async fn eight_processes_lose_nothing_and_write_nothing_twice() {
    eight_writers::<Single>(this_test!(), Load { adds: 250 }).await;
}

#[tokio::test]
async fn eight_processes_keep_composite_keys_unique() {
    eight_writers::<Composite>(this_test!(), Load { adds: 40 }).await;
}

#[tokio::test]
async fn eight_processes_keep_keys_unique_that_lance_cannot() {
    eight_writers::<Dated>(this_test!(), Load { adds: 40 }).await;
}
