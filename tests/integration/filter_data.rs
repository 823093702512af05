//! The generated `…Filter` type: a filter as data, with its JSON, its JSON Schema, and its predicate.

mod corpus;
mod errors;
mod formats;
mod json;
mod limits;
mod nesting;
mod operators;
mod predicates;
mod schema;
mod structs;

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord};
use half::f16;
use rust_decimal::Decimal;
use uuid::Uuid;

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
#[datus(rename_all = "kebab-case")]
enum Kind {
    BaseTable,
    View,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Owner(String);

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Level(i16);

/// One column of every type that can be filtered by value.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Asset {
    text: String,
    boxed: Option<Box<str>>,
    shared: Arc<str>,
    #[datus(dictionary)]
    word: Option<String>,
    kind: Kind,
    owner: Option<Owner>,
    level: Level,
    flag: bool,
    int8: i8,
    int16: i16,
    int32: Option<i32>,
    int64: i64,
    uint8: u8,
    uint16: u16,
    uint32: u32,
    uint64: u64,
    float16: f16,
    float32: f32,
    float64: Option<f64>,
    bytes: Vec<u8>,
    shared_bytes: Bytes,
    fixed: Option<[u8; 3]>,
    uuid: Uuid,
    at: DateTime<Utc>,
    #[datus(timestamp(ms, "Europe/Oslo"))]
    zoned: Option<DateTime<Utc>>,
    #[datus(timestamp(s))]
    local: NaiveDateTime,
    date: NaiveDate,
    time: NaiveTime,
    duration: Duration,
    #[datus(decimal(10, 2))]
    amount: Decimal,
    tags: Vec<String>,
    #[datus(dictionary)]
    words: Option<Vec<String>>,
    kinds: Vec<Kind>,
    counts: Option<Vec<u32>>,
    #[datus(decimal(5, 1))]
    amounts: Vec<Decimal>,
    uuids: Vec<Uuid>,
}

/// Columns of types that have few operators or none.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Opaque {
    id: i32,
    map: HashMap<String, i32>,
    sorted: Option<BTreeMap<String, String>>,
    #[datus(json)]
    json: serde_json::Value,
    holes: Vec<Option<String>>,
    lists: Vec<Vec<i32>>,
    structs: Vec<Pair>,
    owners: Vec<Owner>,
    bits: Vec<Vec<u8>>,
    #[datus(filter = false)]
    secret: String,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Pair {
    left: i32,
}
