//! Comparisons with the boundary values of types and their neighbors find the rows that plain Rust finds.

use arrow_array::RecordBatch;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use datus_store::query::{CompareOp, Predicate, TimeUnit, Value};
use datus_store::record::{self, ColumnPath};
use datus_store::{EmbeddingRecord, Filter, Store};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use rust_decimal::Decimal;

use crate::store::memory;
use crate::support::evaluate::matches;

#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "ends")]
struct Row {
    #[datus(key)]
    id: u32,
    int8: i8,
    int16: Option<i16>,
    int32: i32,
    int64: Option<i64>,
    large: i64,
    uint8: u8,
    uint16: Option<u16>,
    uint32: u32,
    uint64: Option<u64>,
    size: u64,
    float32: Option<f32>,
    float64: f64,
    date: Option<NaiveDate>,
    time: NaiveTime,
    #[datus(timestamp(ns))]
    nanos: Option<DateTime<Utc>>,
    micros: DateTime<Utc>,
    #[datus(decimal(38, 4))]
    decimal: Option<Decimal>,
    touched: Option<bool>,
}

/// Lists the boundary values of a type, their neighbors, and values around zero.
macro_rules! ends {
    ($type:ty) => {
        vec![<$type>::MIN, <$type>::MIN + 1, <$type>::MAX / 2, <$type>::MAX - 1, <$type>::MAX, 0, 1]
    };
}

const FLOATS: [f64; 10] =
    [f64::NEG_INFINITY, f64::MIN, -1.5, -0.0, 0.0, f64::MIN_POSITIVE, 1.5, f64::MAX, f64::INFINITY, f64::NAN];

fn nanos() -> Vec<DateTime<Utc>> {
    [i64::MIN, i64::MIN + 1, 0, i64::MAX - 1, i64::MAX].map(DateTime::from_timestamp_nanos).to_vec()
}

fn decimals() -> Vec<Decimal> {
    vec![Decimal::new(i64::MIN, 4), Decimal::from(-1), Decimal::ZERO, Decimal::new(1, 4), Decimal::from(7)]
}

fn dates() -> Vec<NaiveDate> {
    let day = |year| NaiveDate::from_ymd_opt(year, 1, 1).unwrap();
    vec![NaiveDate::MIN, day(-1), day(1970), day(2000), NaiveDate::MAX]
}

fn times() -> Vec<NaiveTime> {
    let time = |nano| NaiveTime::from_hms_nano_opt(23, 59, 59, nano).unwrap();
    vec![NaiveTime::MIN, time(0), time(999_999_999)]
}

fn row() -> impl Strategy<Value = Row> {
    use proptest::option::of;
    let signed = (
        select(ends!(i8)),
        of(select(ends!(i16))),
        select(ends!(i32)),
        of(select(ends!(i64))),
        select(ends!(i64)),
    );
    let unsigned = (
        select(ends!(u8)),
        of(select(ends!(u16))),
        select(ends!(u32)),
        of(select(ends!(u64))),
        select(ends!(u64)),
    );
    let floats = (of(select(FLOATS.to_vec()).prop_map(|float| float as f32)), select(FLOATS.to_vec()));
    let times =
        (of(select(dates())), select(times()), of(select(nanos())), select(nanos()), of(select(decimals())));
    (signed, unsigned, floats, times).prop_map(|(signed, unsigned, (float32, float64), times)| {
        let (int8, int16, int32, int64, large) = signed;
        let (uint8, uint16, uint32, uint64, size) = unsigned;
        let (date, time, nanos, micros, decimal) = times;
        let touched = None;
        Row {
            id: 0,
            int8,
            int16,
            int32,
            int64,
            large,
            uint8,
            uint16,
            uint32,
            uint64,
            size,
            float32,
            float64,
            date,
            time,
            nanos,
            micros,
            decimal,
            touched,
        }
    })
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    proptest::collection::vec(row(), 30).prop_map(|mut rows| {
        (0..).zip(&mut rows).for_each(|(id, row)| row.id = id);
        rows
    })
}

/// Returns the columns, each with untyped values. They include boundary values that the typed values cannot represent.
fn columns() -> Vec<(&'static str, Vec<Value>)> {
    let timestamps = |unit| {
        let value = move |value| Value::Timestamp { value, unit, zone: Some("UTC".into()) };
        ends!(i64).into_iter().map(value).collect::<Vec<_>>()
    };
    let decimal = |mantissa| Value::Decimal { mantissa, precision: 38, scale: 4 };
    let most = 10_i128.pow(38) - 1;
    vec![
        ("int8", ends!(i8).into_iter().map(Value::Int8).collect()),
        ("int16", ends!(i16).into_iter().map(Value::Int16).collect()),
        ("int32", ends!(i32).into_iter().map(Value::Int32).collect()),
        ("int64", ends!(i64).into_iter().map(Value::Int64).collect()),
        ("large", ends!(i64).into_iter().map(Value::Int64).collect()),
        ("uint8", ends!(u8).into_iter().map(Value::UInt8).collect()),
        ("uint16", ends!(u16).into_iter().map(Value::UInt16).collect()),
        ("uint32", ends!(u32).into_iter().map(Value::UInt32).collect()),
        ("uint64", ends!(u64).into_iter().map(Value::UInt64).collect()),
        ("size", ends!(u64).into_iter().map(Value::UInt64).collect()),
        ("float32", FLOATS.map(|float| Value::Float32(float as f32)).to_vec()),
        ("float64", FLOATS.map(Value::Float64).to_vec()),
        ("date", ends!(i32).into_iter().map(Value::Date).collect()),
        ("time", [0, 1, 86_399_999_999_999].map(Value::Time).to_vec()),
        ("nanos", timestamps(TimeUnit::Nanosecond)),
        ("micros", timestamps(TimeUnit::Microsecond)),
        ("decimal", [-most, -1, 0, 1, most].map(decimal).to_vec()),
    ]
}

fn comparison() -> impl Strategy<Value = Predicate> {
    let ops = vec![CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];
    (select(columns()), select(ops), any::<proptest::sample::Index>()).prop_map(
        |((column, values), op, at)| Predicate::Compare {
            column: ColumnPath::column(column),
            op,
            value: at.get(&values).clone(),
        },
    )
}

/// Generates two comparisons on one column, which form a range, and every variant of the range with `not`.
fn range() -> impl Strategy<Value = Predicate> {
    let ops = vec![CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];
    let op = || select(ops.clone());
    let index = any::<proptest::sample::Index>;
    (select(columns()), op(), index(), op(), index(), any::<bool>(), any::<[bool; 3]>()).prop_map(
        |((column, values), first, at, second, other, and, [not_first, not_second, not_both])| {
            let column = ColumnPath::column(column);
            let compare = |op, at: proptest::sample::Index| Predicate::Compare {
                column,
                op,
                value: at.get(&values).clone(),
            };
            let negated = |predicate: Predicate, not: bool| if not { predicate.not() } else { predicate };
            let (first, second) =
                (negated(compare(first, at), not_first), negated(compare(second, other), not_second));
            negated(if and { first.and(second) } else { first.or(second) }, not_both)
        },
    )
}

fn among() -> impl Strategy<Value = Predicate> {
    select(columns()).prop_flat_map(|(column, values)| {
        let most = values.len();
        proptest::sample::subsequence(values, 0..=most)
            .prop_map(move |values| Predicate::In { column: ColumnPath::column(column), values })
    })
}

fn predicate() -> impl Strategy<Value = Predicate> {
    let leaf = prop_oneof![2 => comparison(), 4 => range(), 1 => among()];
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            proptest::collection::vec(inner.clone(), 1..3).prop_map(Predicate::And),
            proptest::collection::vec(inner.clone(), 1..3).prop_map(Predicate::Or),
            inner.prop_map(Predicate::not),
        ]
    })
}

async fn store_of(rows: &[Row]) -> Store<Row> {
    let store: Store<Row> = memory().await.store(()).await.unwrap();
    store.add(rows).await.unwrap();
    store
}

async fn check(store: &Store<Row>, batch: &RecordBatch, predicate: &Predicate) {
    let expected: Vec<u32> =
        (0..30).filter(|row| matches(predicate, batch, *row as usize) == Some(true)).collect();
    let filter = || Filter::from_predicate(predicate.clone());
    let found = store.search_all().matching(filter()).order_by(|t| t.id.asc()).select(|t| t.id);
    assert_eq!(
        found.await.unwrap_or_else(|error| panic!("{predicate:?}: {error:?}")),
        expected,
        "{predicate:?}"
    );
    let counted = store.search_all().matching(filter()).count().await;
    assert_eq!(
        counted.unwrap_or_else(|error| panic!("{predicate:?}: {error:?}")),
        expected.len(),
        "{predicate:?}"
    );
}

// fault 14
#[test]
fn comparisons_with_the_limits_of_types_find_the_rows_that_plain_rust_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let cases = crate::support::cases(10);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let result = runner.run(&(rows(), proptest::collection::vec(predicate(), 40)), |(rows, predicates)| {
        let batch = record::encode(&rows).unwrap();
        runtime.block_on(async {
            let store = store_of(&rows).await;
            for predicate in &predicates {
                check(&store, &batch, predicate).await;
            }
        });
        Ok(())
    });
    result.unwrap();
}

// fault 14
#[test]
fn updates_deletes_and_scopes_accept_comparisons_with_the_limits_of_types() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let cases = crate::support::cases(6);
    let mut runner = TestRunner::new(Config { cases, failure_persistence: None, ..Config::default() });
    let result = runner.run(&(rows(), range(), range()), |(rows, touched, deleted)| {
        let batch = record::encode(&rows).unwrap();
        let passes = |predicate: &Predicate, row: u32| matches(predicate, &batch, row as usize) == Some(true);
        runtime.block_on(async {
            let store = store_of(&rows).await;
            let filter = |predicate: &Predicate| Filter::<Row>::from_predicate(predicate.clone());
            let updated = store.update().filter(|_| filter(&touched)).set(|t| t.touched, true).await.unwrap();
            let expected: Vec<u32> = (0..30).filter(|row| passes(&touched, *row)).collect();
            assert_eq!(updated.rows, expected.len(), "{touched:?}");
            let found =
                store.search_all().touched(true).order_by(|t| t.id.asc()).select(|t| t.id).await.unwrap();
            assert_eq!(found, expected, "{touched:?}");
            let inside: Vec<Row> = rows.iter().filter(|row| passes(&deleted, row.id)).cloned().collect();
            let outside = rows.iter().find(|row| !passes(&deleted, row.id));
            if let Some(outside) = outside {
                let error = store.sync([outside]).within(|_| filter(&deleted)).await.unwrap_err();
                assert!(error.to_string().contains("outside the part"), "{error}");
            }
            if !inside.is_empty() {
                let synced = store.sync(&inside).within(|_| filter(&deleted)).await.unwrap();
                assert_eq!((synced.inserted, synced.deleted), (0, 0), "{deleted:?}");
            }
            assert_eq!(
                store.delete().filter(|_| filter(&deleted)).await.unwrap(),
                inside.len(),
                "{deleted:?}"
            );
        });
        Ok(())
    });
    result.unwrap();
}

/// The comparisons of the fault report, written with operators.
// fault 14
#[tokio::test]
async fn every_form_of_a_range_of_all_values_keeps_all_rows() {
    let mut rows = Vec::new();
    for (id, (large, size)) in (0..).zip([(i64::MIN, 0), (0, 1), (i64::MAX, u64::MAX)]) {
        let at = DateTime::from_timestamp_nanos(large);
        let time = NaiveTime::MIN;
        rows.push(Row {
            id,
            int8: 0,
            int16: None,
            int32: 0,
            int64: Some(large),
            large,
            uint8: 0,
            uint16: None,
            uint32: 0,
            uint64: Some(size),
            size,
            float32: None,
            float64: 0.0,
            date: None,
            time,
            nanos: Some(at),
            micros: at,
            decimal: None,
            touched: None,
        });
    }
    let store = store_of(&rows).await;
    let t = Row::columns();
    let (first, last) = (DateTime::from_timestamp_nanos(i64::MIN), DateTime::from_timestamp_nanos(i64::MAX));
    let all = [
        !t.size.gt(u64::MAX),
        !(t.size.lt(u64::MIN) | t.size.gt(u64::MAX)),
        t.size.between(u64::MIN, u64::MAX),
        !(t.large.lt(i64::MIN) | t.large.gt(i64::MAX)),
        t.large.between(i64::MIN, i64::MAX),
        !(t.int64.lt(i64::MIN) | t.int64.gt(i64::MAX)),
        t.nanos.between(first, last),
        !(t.nanos.lt(first) | t.nanos.gt(last)),
        t.micros.between(first, last),
    ];
    for filter in all {
        assert_eq!(store.search_all().matching(filter.clone()).count().await.unwrap(), 3, "{filter:?}");
        assert_eq!(store.search_all().matching(filter.clone()).await.unwrap().len(), 3, "{filter:?}");
        assert_eq!(store.search_all().matching(!filter.clone()).count().await.unwrap(), 0, "{filter:?}");
    }
}
