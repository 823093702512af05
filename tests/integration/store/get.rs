//! `get`, and other reads of rows by their keys.

use std::collections::BTreeSet;

use datus_store::{Database, EmbeddingRecord, Maintenance, Store};
use futures::TryStreamExt;

use super::memory;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "seats", key(row, number))]
struct Seat {
    row: String,
    number: u32,
    taken: bool,
}

#[tokio::test]
async fn a_row_is_read_by_its_key_of_several_columns() {
    let seats: Store<Seat> = memory().await.store(()).await.unwrap();
    let seat = |row: &str, number, taken| Seat { row: row.to_owned(), number, taken };
    seats.add([seat("A", 1, false), seat("A", 2, true), seat("B", 1, true)]).await.unwrap();
    assert_eq!(seats.get(("A", 2)).await.unwrap(), Some(seat("A", 2, true)));
    assert_eq!(seats.get(("B", 2)).await.unwrap(), None);
}

#[tokio::test]
async fn a_key_is_data_and_never_syntax() {
    let seats: Store<Seat> = memory().await.store(()).await.unwrap();
    assert_eq!(seats.get(("' OR 1 = 1 --", 1)).await.unwrap(), None);
}

fn seat(number: u32, taken: bool) -> Seat {
    Seat { row: format!("row {}", number % 3), number, taken }
}

/// Returns the seats with this number in the order in which they are read, the names of their rows as selected, and their
/// count.
async fn read(seats: &Store<Seat>, number: u32, limit: usize) -> (Vec<Seat>, Vec<String>, usize) {
    let row = format!("row {}", number % 3);
    let query = || seats.search_all().row(row.clone()).number(number).limit(limit);
    let names = query().select(|t| t.row).await.unwrap();
    let streamed: Vec<Seat> = query().stream().try_collect().await.unwrap();
    assert_eq!(query().await.unwrap(), streamed);
    (streamed, names, query().count().await.unwrap())
}

/// A store without small writes keeps no keys in memory, so the engine has to find its rows.
#[tokio::test]
async fn rows_by_keys_in_memory_are_those_that_the_engine_finds() {
    let folder = tempfile::tempdir().unwrap();
    let connect = || Database::connect(folder.path()).maintenance(Maintenance::off());
    let seats: Store<Seat> = connect().await.unwrap().store(()).await.unwrap();
    let engine: Store<Seat> = connect().without_small_writes().await.unwrap().store(()).await.unwrap();
    let mut random = fastrand::Rng::with_seed(16);
    let mut present = BTreeSet::new();
    for _ in 0..24 {
        let numbers: Vec<u32> = (0..random.u32(1..6)).map(|_| random.u32(0..24)).collect();
        let numbers: BTreeSet<u32> = numbers.into_iter().collect();
        let rows = numbers.iter().map(|&number| seat(number, random.bool())).collect::<Vec<_>>();
        match random.u32(0..5) {
            0 => drop(seats.upsert(rows).await.unwrap()),
            // Creates fragments, and simulates rows that another program wrote.
            1 => drop(engine.upsert(rows).await.unwrap()),
            2 => {
                let values: Vec<u32> = numbers.iter().copied().collect();
                seats.delete().filter(|t| t.number.is_in(values)).await.unwrap();
            }
            3 => {
                for &number in &numbers {
                    let row = format!("row {}", number % 3);
                    seats.delete().filter(|t| t.row.eq(row) & t.number.eq(number)).await.unwrap();
                }
            }
            _ => drop(engine.optimize().await.unwrap()),
        }
        for number in (0..24).step_by(3) {
            let limit = random.usize(0..3);
            let found = read(&seats, number, limit).await;
            assert_eq!(found, read(&engine, number, limit).await, "{number}");
            present.insert(found.0.len());
            let key = (format!("row {}", number % 3), number);
            assert_eq!(seats.get(key.clone()).await.unwrap(), engine.get(key).await.unwrap());
        }
    }
    assert_eq!(present, BTreeSet::from([0, 1]), "some keys have a row and some do not");
}

/// The engine omits deleted rows from its results, so they must not count toward the limit either.
#[tokio::test]
async fn a_deleted_row_before_a_stored_one_does_not_use_up_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).maintenance(Maintenance::off()).await.unwrap();
    let seats: Store<Seat> = db.store(()).await.unwrap();
    seats.add((0..6).map(|number| seat(number, false))).await.unwrap();
    // The row moves to a later fragment. Its old, deleted copy still has the key.
    seats.upsert([seat(3, true)]).await.unwrap();
    let read = seats.search_all().row("row 0").number(3).limit(1);
    assert_eq!(read.await.unwrap(), [seat(3, true)]);
}
