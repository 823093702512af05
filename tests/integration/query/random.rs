//! Random filters find the rows that a plain Rust evaluation of the same predicate finds.

use arrow_array::RecordBatch;
use datus_store::query::{CompareOp, ListOp, Predicate, TextOp, Value};
use datus_store::record::{self, ColumnPath};
use datus_store::{ColumnStruct, EmbeddingRecord, Filter, Store};
use proptest::prelude::*;
use proptest::sample::{Index, select, subsequence};
use proptest::test_runner::{Config, TestRunner};

use crate::store::memory;
use crate::support::evaluate::matches;

#[derive(Debug, Clone, ColumnStruct)]
struct Nested {
    number: Option<i16>,
    text: String,
}

#[derive(Debug, Clone, EmbeddingRecord)]
#[datus(table = "random")]
struct Row {
    id: u64,
    flag: Option<bool>,
    small: i8,
    #[datus(rename = "Large Number")]
    large: Option<u64>,
    float: f64,
    real: Option<f32>,
    text: String,
    note: Option<String>,
    bytes: Vec<u8>,
    tags: Vec<String>,
    numbers: Option<Vec<i64>>,
    nested: Nested,
    maybe: Option<Nested>,
}

const TEXTS: [&str; 9] = ["", "a", "ab", "it's", "100%", "a_b", "\\", "''\\'", "Größe\n"];
const FLOATS: [f64; 7] = [0.0, -0.0, 1.5, -1.5, f64::MAX, f64::INFINITY, f64::NAN];
const LARGE: [u64; 4] = [0, 7, 1 << 60, u64::MAX];
const SMALL: [i8; 5] = [i8::MIN, -1, 0, 1, i8::MAX];
const NUMBERS: [i64; 5] = [i64::MIN, -7, 0, 7, i64::MAX];
const BYTES: [&[u8]; 4] = [b"", b"\0", b"a'b", b"\xff\xfe"];

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let text = || select(&TEXTS[..]).prop_map(str::to_owned);
    let nested =
        || (proptest::option::of(-2_i16..2), text()).prop_map(|(number, text)| Nested { number, text });
    let numbers = (
        proptest::option::of(any::<bool>()),
        select(&SMALL[..]),
        proptest::option::of(select(&LARGE[..])),
        select(&FLOATS[..]),
        proptest::option::of(select(&FLOATS[..]).prop_map(|float| float as f32)),
    );
    let texts = (text(), proptest::option::of(text()), select(&BYTES[..]).prop_map(<[u8]>::to_vec));
    let lists = (
        proptest::collection::vec(text(), 0..4),
        proptest::option::of(proptest::collection::vec(select(&NUMBERS[..]), 0..4)),
    );
    let row = (numbers, texts, lists, nested(), proptest::option::of(nested()));
    let row = row.prop_map(|(numbers, (text, note, bytes), (tags, lists), nested, maybe)| {
        let (flag, small, large, float, real) = numbers;
        Row { id: 0, flag, small, large, float, real, text, note, bytes, tags, numbers: lists, nested, maybe }
    });
    proptest::collection::vec(row, 40).prop_map(|mut rows| {
        (0..).zip(&mut rows).for_each(|(id, row)| row.id = id);
        rows
    })
}

/// Returns the columns, each with values of its type.
fn columns() -> Vec<(ColumnPath, Vec<Value>)> {
    let column = ColumnPath::column;
    let texts = || TEXTS.iter().map(|text| Value::Text((*text).to_owned())).collect::<Vec<_>>();
    let shorts = || (-2..2).map(Value::Int16).collect::<Vec<_>>();
    vec![
        (column("flag"), vec![Value::Bool(true), Value::Bool(false)]),
        (column("small"), SMALL.map(Value::Int8).to_vec()),
        (column("Large Number"), LARGE.map(Value::UInt64).to_vec()),
        (column("float"), FLOATS.map(Value::Float64).to_vec()),
        (column("real"), FLOATS.map(|float| Value::Float32(float as f32)).to_vec()),
        (column("bytes"), BYTES.map(|bytes| Value::Binary(bytes.to_vec())).to_vec()),
        (column("nested").child("number"), shorts()),
        (column("maybe").child("number"), shorts()),
        (column("text"), texts()),
        (column("note"), texts()),
        (column("nested").child("text"), texts()),
        (column("maybe").child("text"), texts()),
    ]
}

fn leaf() -> impl Strategy<Value = Predicate> {
    let ops = [CompareOp::Eq, CompareOp::Ne, CompareOp::Lt, CompareOp::Le, CompareOp::Gt, CompareOp::Ge];
    let compare = (select(columns()), select(ops.to_vec()), any::<Index>()).prop_map(
        |((column, values), op, index)| {
            let value = index.get(&values).clone();
            // The engine does not order Booleans.
            let op = if matches!(value, Value::Bool(_)) && op != CompareOp::Ne { CompareOp::Eq } else { op };
            Predicate::Compare { column, op, value }
        },
    );
    let among = select(columns()).prop_flat_map(|(column, values)| {
        let most = values.len();
        subsequence(values, 0..=most).prop_map(move |values| Predicate::In { column, values })
    });
    let mut nullable: Vec<ColumnPath> = columns().into_iter().map(|(column, _)| column).collect();
    nullable.push(ColumnPath::column("numbers"));
    let null = select(nullable).prop_map(|column| Predicate::IsNull { column });
    let patterns =
        [&TEXTS[..], &["%", "_", "a%", "%b", "\\%", "%\\%%", "%'%", "a\\_b", "__", "%\n"]].concat();
    let ops = vec![TextOp::Like, TextOp::StartsWith, TextOp::EndsWith, TextOp::Contains];
    let text = (select(columns()[8..].to_vec()), select(ops), select(patterns))
        .prop_map(|((column, _), op, text)| Predicate::Text { column, op, text: text.to_owned() });
    let lists = vec![
        (ColumnPath::column("tags"), columns()[8].1.clone()),
        (ColumnPath::column("numbers"), NUMBERS.map(Value::Int64).to_vec()),
    ];
    let list =
        (select(lists), select(vec![ListOp::Any, ListOp::All])).prop_flat_map(|((column, values), op)| {
            subsequence(values, 0..=3).prop_map(move |values| Predicate::List { column, op, values })
        });
    prop_oneof![
        1 => any::<bool>().prop_map(Predicate::Constant),
        6 => compare,
        3 => among,
        2 => null,
        4 => text,
        3 => list,
    ]
}

fn predicate() -> impl Strategy<Value = Predicate> {
    leaf().prop_recursive(4, 24, 4, |inner| {
        let several = || proptest::collection::vec(inner.clone(), 0..4);
        prop_oneof![
            several().prop_map(Predicate::And),
            several().prop_map(Predicate::Or),
            inner.clone().prop_map(|inner| Predicate::Not(Box::new(inner))),
        ]
    })
}

/// Returns the ids and the count that the engine finds, and the ids that plain Rust finds.
async fn both(store: &Store<Row>, batch: &RecordBatch, predicate: &Predicate) -> (Vec<u64>, usize, Vec<u64>) {
    let filter = Filter::from_predicate(predicate.clone());
    let query = store.search_all().matching(filter.clone()).select(|t| t.id).order_by(|t| t.id.asc());
    let found = query.await.unwrap_or_else(|error| panic!("{predicate:?}: {error:?}"));
    let counted = store.search_all().matching(filter).count().await.unwrap();
    let expected = (0..batch.num_rows()).filter(|row| matches(predicate, batch, *row) == Some(true));
    (found, counted, expected.map(|row| row as u64).collect())
}

#[test]
fn random_filters_find_the_rows_that_plain_rust_finds() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut runner = TestRunner::new(Config { cases: 12, failure_persistence: None, ..Config::default() });
    let cases = (rows(), proptest::collection::vec(predicate(), 25));
    let result = runner.run(&cases, |(rows, predicates)| {
        let batch = record::encode(&rows).unwrap();
        runtime.block_on(async {
            let store: Store<Row> = memory().await.store(()).await.unwrap();
            store.add(&rows).await.unwrap();
            for predicate in predicates {
                let (found, counted, expected) = both(&store, &batch, &predicate).await;
                prop_assert_eq!(&found, &expected, "{:?}", predicate);
                prop_assert_eq!(counted, expected.len(), "{:?}", predicate);
            }
            Ok(())
        })
    });
    result.unwrap();
}
