//! Every type that both PyArrow and this crate support.

use std::time::Duration;

use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use datus_store::{ColumnStruct, EmbeddingRecord, Store};
use rust_decimal::Decimal;

use super::{Shared, model};

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Place {
    city: String,
    code: Option<i32>,
}

/// A row of the `everything` table, which `program.py` also writes and reads.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Everything {
    #[datus(key)]
    id: i64,
    flag: bool,
    tiny: Option<i8>,
    small: Option<i16>,
    medium: Option<i32>,
    byte: Option<u8>,
    word: Option<u16>,
    unsigned: Option<u32>,
    large: Option<u64>,
    single: Option<f32>,
    double: Option<f64>,
    #[datus(embed)]
    text: Option<String>,
    #[datus(dictionary)]
    kind: Option<String>,
    content: Option<Vec<u8>>,
    hash: Option<[u8; 4]>,
    #[datus(decimal(10, 2))]
    price: Option<Decimal>,
    day: Option<NaiveDate>,
    clock: Option<NaiveTime>,
    took: Option<Duration>,
    at: Option<DateTime<Utc>>,
    #[datus(timestamp(ms))]
    local: Option<NaiveDateTime>,
    tags: Option<Vec<Option<String>>>,
    numbers: Option<Vec<Option<i64>>>,
    place: Option<Place>,
    places: Option<Vec<Option<Place>>>,
    point: Option<[f32; 3]>,
}

fn everything(number: i8) -> Everything {
    let place = |city: &str, code| Place { city: city.to_owned(), code };
    let day = NaiveDate::from_ymd_opt(2026, 2, 28).unwrap();
    let moon = NaiveDate::from_ymd_opt(1969, 7, 20).unwrap();
    Everything {
        id: number.into(),
        flag: number % 2 == 0,
        tiny: Some(-number),
        small: Some(1000 + i16::from(number)),
        medium: Some(100_000 + i32::from(number)),
        byte: Some(u8::MAX),
        word: Some(u16::MAX),
        unsigned: Some(4_000_000_000),
        large: Some(u64::MAX),
        single: Some(0.5),
        double: Some(0.1),
        text: Some(if number % 2 == 0 { "water the plants" } else { "bake bread" }.to_owned()),
        kind: Some("red".to_owned()),
        content: Some(vec![0, 255]),
        hash: Some(*b"abcd"),
        price: Some(Decimal::new(-1250, 2)),
        day: Some(day),
        clock: NaiveTime::from_hms_micro_opt(23, 59, 58, 123_456),
        took: Some(Duration::from_secs(90)),
        at: day.and_hms_micro_opt(12, 30, 15, 123_456).map(|at| at.and_utc()),
        local: moon.and_hms_milli_opt(20, 17, 40, 5),
        tags: Some(vec![Some("a".to_owned()), None, Some(String::new())]),
        numbers: Some(Vec::new()),
        place: Some(place("Oslo", None)),
        places: Some(vec![Some(place("Bergen", Some(7))), None]),
        point: Some([0.0, -1.5, 2.0]),
    }
}

/// Returns row 3, in which everything that can be null is null.
fn nulls() -> Everything {
    Everything {
        id: 3,
        flag: false,
        tiny: None,
        small: None,
        medium: None,
        byte: None,
        word: None,
        unsigned: None,
        large: None,
        single: None,
        double: None,
        text: None,
        kind: None,
        content: None,
        hash: None,
        price: None,
        day: None,
        clock: None,
        took: None,
        at: None,
        local: None,
        tags: None,
        numbers: None,
        place: None,
        places: None,
        point: None,
    }
}

async fn rows(store: &Store<Everything>) -> Vec<Everything> {
    store.search_all().order_by(|t| t.id.asc()).await.unwrap()
}

/// Checks the rows of the table after Python has read and written it.
async fn assert_written_by_both(store: &Store<Everything>) {
    let expected = [everything(1), everything(2), nulls(), everything(4), everything(5), everything(6)];
    assert_eq!(rows(store).await, expected);
    let hits = store.search("a cake to bake").limit(2).await.unwrap();
    assert!(hits.iter().all(|hit| hit.record.text.as_deref() == Some("bake bread")), "{hits:?}");
    let health = store.health().thorough().await.unwrap();
    assert_eq!((health.missing_vectors, health.duplicate_keys), (Some(0), Some(0)), "{health:?}");
}

#[tokio::test]
async fn every_type_goes_from_python_to_rust_and_back() {
    let shared = Shared::new().await;
    shared.python("make_everything");
    let db = shared.connect().await;
    let adopted = db.adopt::<Everything>(model()).await.unwrap();
    assert_eq!((adopted.rows, adopted.vectors[0].compared), (3, 2));
    let store: Store<Everything> = db.store(model()).await.unwrap();
    assert_eq!(rows(&store).await, [everything(1), everything(2), nulls()]);
    store.upsert([everything(4)]).await.unwrap();
    shared.python("use_everything");
    assert_written_by_both(&store).await;
}

#[tokio::test]
async fn every_type_goes_from_rust_to_python_and_back() {
    let shared = Shared::new().await;
    let store: Store<Everything> = shared.connect().await.store(model()).await.unwrap();
    store.add([everything(1), everything(2), nulls(), everything(4)]).await.unwrap();
    shared.python("use_everything");
    assert_written_by_both(&store).await;
}
