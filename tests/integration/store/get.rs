//! `get`: reads one row by its key.

use datus_store::{EmbeddingRecord, Store};

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
