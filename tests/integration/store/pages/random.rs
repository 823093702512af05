//! Random tables, orders, filters and page sizes, with writes between the pages.

use datus_store::query::Order;
use datus_store::{EmbeddingRecord, Filter, Store};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};

use super::super::memory;

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Row {
    #[datus(key)]
    id: i64,
    number: Option<i32>,
    float: Option<f64>,
    text: String,
}

/// Generates rows with few distinct values, so that many rows are equal.
fn row() -> impl Strategy<Value = Row> {
    let float = select(&[0.0, -0.0, 2.5, f64::NAN, f64::NEG_INFINITY][..]);
    let text = select(&["", "a", "b"][..]).prop_map(str::to_owned);
    let columns = (proptest::option::of(-2..3), proptest::option::of(float), text);
    columns.prop_map(|(number, float, text)| Row { id: 0, number, float, text })
}

fn numbered(from: i64, rows: &[Row]) -> Vec<Row> {
    (from..).zip(rows).map(|(id, row)| Row { id, ..row.clone() }).collect()
}

type Make<T> = fn(RowColumns) -> T;

const ORDERS: [Make<Vec<Order<Row>>>; 8] = [
    |_| Vec::new(),
    |t| vec![t.number.asc()],
    |t| vec![t.number.desc()],
    |t| vec![t.float.asc(), t.number.desc()],
    |t| vec![t.float.desc()],
    |t| vec![t.text.desc(), t.number.asc()],
    |t| vec![t.text.asc(), t.float.desc(), t.id.desc()],
    |t| vec![t.number.asc(), t.text.asc(), t.float.asc()],
];

const FILTERS: [Make<Filter<Row>>; 4] = [
    |_| Filter::none(),
    |t| t.number.is_null().or(t.number.ge(0)),
    |t| t.text.ne("a"),
    |t| t.float.is_not_null().and(t.text.eq("b")),
];

/// A write between two pages.
#[derive(Debug, Clone)]
enum Write {
    Add(Vec<Row>),
    Replace(Vec<Row>),
    Delete(i32),
    Nothing,
}

fn write() -> impl Strategy<Value = Write> {
    let rows = || proptest::collection::vec(row(), 1..6);
    prop_oneof![
        rows().prop_map(Write::Add),
        rows().prop_map(Write::Replace),
        (-2..3).prop_map(Write::Delete),
        Just(Write::Nothing),
    ]
}

async fn apply(store: &Store<Row>, write: &Write, next: &mut i64) {
    match write {
        Write::Add(rows) => {
            store.add(numbered(*next, rows)).await.unwrap();
            *next += 10;
        }
        Write::Replace(rows) => {
            store.upsert(numbered(1, rows)).await.unwrap();
        }
        Write::Delete(number) => {
            store.delete().filter(|t| t.number.eq(*number)).await.unwrap();
        }
        Write::Nothing => {}
    }
}

/// Returns the rows as text, in which a NaN equals itself.
fn shown(rows: &[Row]) -> Vec<String> {
    let mut shown: Vec<String> = rows.iter().map(|row| format!("{row:?}")).collect();
    shown.sort_unstable();
    shown
}

#[test]
fn every_row_comes_once_and_in_order_despite_concurrent_writes() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 24, failure_persistence: None, ..Config::default() });
    let cases = (
        proptest::collection::vec(row(), 0..30),
        proptest::collection::vec(row(), 0..30),
        proptest::collection::vec(write(), 3),
        (select(&ORDERS[..]), select(&FILTERS[..]), 1..12_usize),
    );
    let result = runner.run(&cases, |(first, second, writes, (order, filter, size))| {
        runtime.block_on(async {
            let store: Store<Row> = memory().await.store(()).await.unwrap();
            store.add(numbered(0, &first)).await.unwrap();
            store.add(numbered(100, &second)).await.unwrap();
            let query = || store.search_all().filter(filter).order_by(order);
            let expected = query().await.unwrap();
            let (mut read, mut cursor, mut next) = (Vec::new(), None, 1000);
            let mut writes = writes.iter();
            loop {
                let page = query().page(size).after(cursor.as_ref()).await.unwrap();
                prop_assert!(page.items.len() == size || page.next.is_none());
                read.extend(page.items);
                cursor = page.next;
                if cursor.is_none() {
                    break;
                }
                if let Some(write) = writes.next() {
                    apply(&store, write, &mut next).await;
                }
            }
            prop_assert_eq!(shown(&read), shown(&expected));
            let keys = |rows: &[Row]| rows.iter().map(|row| key(order, row)).collect::<Vec<_>>();
            prop_assert_eq!(keys(&read), keys(&expected));
            Ok(())
        })
    });
    result.unwrap();
}

/// Returns the values of the sort keys of a row as text.
fn key(order: Make<Vec<Order<Row>>>, row: &Row) -> Vec<String> {
    let value = |order: &Order<Row>| {
        let name = format!("{order:?}");
        let value = |column: &str| name.contains(column);
        if value("`number`") {
            format!("{:?}", row.number)
        } else if value("`float`") {
            format!("{:x?}", row.float.map(f64::to_bits))
        } else if value("`text`") {
            row.text.clone()
        } else {
            row.id.to_string()
        }
    };
    order(Row::columns()).iter().map(value).collect()
}
