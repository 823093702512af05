//! Pages ordered by columns of every sortable type, and pages of tables that other programs created.

use chrono::{DateTime, TimeDelta, Utc};
use datus_store::query::Order;
use datus_store::{ColumnStruct, Database, EmbeddingRecord, Store};
use rust_decimal::Decimal;

use super::super::memory;
use super::all;

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Nested {
    number: Option<i16>,
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Row {
    id: i64,
    small: i8,
    large: Option<u64>,
    long: i64,
    float: f64,
    real: Option<f32>,
    text: String,
    #[datus(dictionary)]
    kind: Option<String>,
    #[datus(decimal(38, 4))]
    price: Option<Decimal>,
    #[datus(timestamp(ms, "Europe/Oslo"))]
    at: DateTime<Utc>,
    lasted: std::time::Duration,
    nested: Nested,
    maybe: Option<Nested>,
}

const FLOATS: [f64; 7] = [0.0, -0.0, 1.5, f64::NEG_INFINITY, f64::INFINITY, f64::NAN, -f64::NAN];

fn row(id: i64) -> Row {
    let pick = |of: i64| usize::try_from(id * 7 % of).unwrap_or_default();
    let some = |value: bool| value.then_some(());
    Row {
        id,
        small: [i8::MIN, -1, 0, i8::MAX][pick(4)],
        large: [Some(0), Some(u64::MAX), Some(3), None][pick(4)],
        long: [i64::MIN, 0, i64::MAX][pick(3)],
        float: FLOATS[pick(7)],
        real: some(pick(3) > 0).map(|()| FLOATS[pick(7)] as f32),
        text: ["", "a", "B", "\u{10ffff}", "it's"][pick(5)].to_owned(),
        kind: [Some("x"), None, Some("a")][pick(3)].map(str::to_owned),
        price: some(pick(4) > 0).map(|()| Decimal::new(id % 5 - 2, 4)),
        at: DateTime::UNIX_EPOCH + TimeDelta::milliseconds(id % 3 - 1),
        lasted: std::time::Duration::from_nanos(u64::try_from(id % 4).unwrap_or_default()),
        nested: Nested { number: some(pick(3) > 0).map(|()| -3) },
        maybe: some(pick(2) > 0).map(|()| Nested { number: some(pick(5) > 1).map(|()| 9) }),
    }
}

async fn check(store: &Store<Row>, name: &str, order: fn(RowColumns) -> Order<Row>) {
    let sorted = store.search_all().order_by(order).await.unwrap();
    let rows: Vec<Row> = all(|| store.search_all().order_by(order).page(7), None).await.concat();
    let mut ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
    ids.sort_unstable();
    assert_eq!(ids, (0..30).collect::<Vec<_>>(), "by {name}");
    let key = |rows: &[Row]| rows.iter().map(|row| key(name, row)).collect::<Vec<_>>();
    assert_eq!(key(&rows), key(&sorted), "by {name}");
}

/// Returns the value of a sort key as text.
fn key(name: &str, row: &Row) -> String {
    let Row { id, small, large, long, float, real, text, kind, price, at, lasted, nested, maybe } = row;
    match name {
        "id" => id.to_string(),
        "small" => small.to_string(),
        "large" => format!("{large:?}"),
        "long" => long.to_string(),
        "float" => format!("{:x}", float.to_bits()),
        "real" => format!("{:x?}", real.map(f32::to_bits)),
        "text" => text.clone(),
        "kind" => format!("{kind:?}"),
        "price" => format!("{price:?}"),
        "at" => at.to_string(),
        "lasted" => format!("{lasted:?}"),
        "nested" => format!("{nested:?}"),
        _ => format!("{:?}", maybe.as_ref().and_then(|maybe| maybe.number)),
    }
}

/// A function that returns an order by one column.
type Ordered = fn(RowColumns) -> Order<Row>;

#[tokio::test]
async fn pages_support_every_order_of_a_query() {
    let store: Store<Row> = memory().await.store(()).await.unwrap();
    store.add((0..17).map(row)).await.unwrap();
    store.add((17..30).map(row)).await.unwrap();
    let orders: [(&str, Ordered, Ordered); 13] = [
        ("id", |t| t.id.asc(), |t| t.id.desc()),
        ("small", |t| t.small.asc(), |t| t.small.desc()),
        ("large", |t| t.large.asc(), |t| t.large.desc()),
        ("long", |t| t.long.asc(), |t| t.long.desc()),
        ("float", |t| t.float.asc(), |t| t.float.desc()),
        ("real", |t| t.real.asc(), |t| t.real.desc()),
        ("text", |t| t.text.asc(), |t| t.text.desc()),
        ("kind", |t| t.kind.asc(), |t| t.kind.desc()),
        ("price", |t| t.price.asc(), |t| t.price.desc()),
        ("at", |t| t.at.asc(), |t| t.at.desc()),
        ("lasted", |t| t.lasted.asc(), |t| t.lasted.desc()),
        ("nested", |t| t.nested.number.asc(), |t| t.nested.number.desc()),
        ("maybe", |t| t.maybe.number.asc(), |t| t.maybe.number.desc()),
    ];
    for (name, ascending, descending) in orders {
        check(&store, name, ascending).await;
        check(&store, name, descending).await;
    }
}

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Item {
    #[datus(key)]
    id: i64,
    rank: i64,
}

fn items(ids: std::ops::Range<i64>) -> impl Iterator<Item = Item> {
    ids.map(|id| Item { id, rank: id % 3 })
}

#[tokio::test]
async fn a_page_can_be_large() {
    let store: Store<Item> = memory().await.store(()).await.unwrap();
    store.add(items(0..12_000)).await.unwrap();
    let pages =
        all(|| store.search_all().order_by(|t| t.rank.desc()).select(|t| t.id).page(5000), None).await;
    assert_eq!(pages.iter().map(Vec::len).collect::<Vec<_>>(), [5000, 5000, 2000]);
    let read: Vec<i64> = pages.concat();
    assert!(read.windows(2).all(|pair| (2 - pair[0] % 3, pair[0]) < (2 - pair[1] % 3, pair[1])), "in order");
    let pages = all(|| store.search_all().select(|t| t.id).page(7000), None).await;
    assert_eq!(pages.concat(), (0..12_000).collect::<Vec<_>>());
}

/// LanceDB can give rows stable ids, which stay the same when rows move. Then a scan is not in the order of ids.
#[tokio::test]
async fn a_table_with_stable_row_ids_has_pages_too() {
    let folder = tempfile::tempdir().unwrap();
    let db = Database::connect(folder.path()).storage_option("new_table_enable_stable_row_ids", "true");
    let store: Store<Item> = db.await.unwrap().store(()).await.unwrap();
    store.add(items(0..20)).await.unwrap();
    store.add(items(20..40)).await.unwrap();
    store.upsert((0..40).filter(|id| id % 4 == 0).map(|id| Item { id, rank: 9 })).await.unwrap();
    store.delete().filter(|t| t.id.is_in([3, 21])).await.unwrap();
    let expected: Vec<i64> = (0..40).filter(|id| ![3, 21].contains(id)).collect();
    for size in [1, 7] {
        let mut read = all(|| store.search_all().select(|t| t.id).page(size), None).await.concat();
        read.sort_unstable();
        assert_eq!(read, expected);
        let ranks = all(|| store.search_all().order_by(|t| t.rank.desc()).page(size), None).await.concat();
        assert!(ranks.is_sorted_by_key(|item| -item.rank));
        assert_eq!(ranks.len(), 38);
    }
}
