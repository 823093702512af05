use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord};
use half::f16;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// Groups of types, nested in every way.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
pub(super) struct Everything {
    #[datus(key)]
    pub(super) numbers_name: String,
    pub(super) numbers: Numbers,
    pub(super) floats: Floats,
    pub(super) texts: Texts,
    pub(super) blobs: Blobs,
    pub(super) times: Times,
    pub(super) maybe_texts: Option<Texts>,
    pub(super) many_times: Vec<Option<Times>>,
    pub(super) named_numbers: HashMap<String, Numbers>,
    pub(super) maybe_blobs: Option<BTreeMap<String, Option<Blobs>>>,
    pub(super) deep: Option<Deep>,
    pub(super) deeper: Vec<Vec<Option<Deep>>>,
    #[datus(json)]
    pub(super) json: Tree,
    #[datus(json)]
    pub(super) maybe_json: Option<Vec<Tree>>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub(super) struct Numbers {
    pub(super) flag: bool,
    pub(super) int8: i8,
    pub(super) int16: Option<i16>,
    pub(super) int32: i32,
    pub(super) int64: Vec<i64>,
    pub(super) uint8: Option<u8>,
    pub(super) uint16: u16,
    pub(super) uint32: Vec<Option<u32>>,
    pub(super) uint64: u64,
    pub(super) flags: Vec<Option<bool>>,
    #[datus(decimal(28, 10))]
    pub(super) decimal: Decimal,
    #[datus(decimal(38, 30))]
    pub(super) decimals: Option<Vec<Option<Decimal>>>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub(super) struct Floats {
    pub(super) float16: Bits16,
    pub(super) float32: Option<Bits32>,
    pub(super) float64: Bits64,
    pub(super) plain: f64,
    pub(super) all: Vec<Option<Bits64>>,
}

/// A float that is compared by its bits.
#[derive(Debug, Clone, ColumnStruct)]
pub(super) struct Bits16(pub(super) f16);

#[derive(Debug, Clone, ColumnStruct)]
pub(super) struct Bits32(pub(super) f32);

#[derive(Debug, Clone, ColumnStruct)]
pub(super) struct Bits64(pub(super) f64);

impl PartialEq for Bits16 {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl PartialEq for Bits32 {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

impl PartialEq for Bits64 {
    fn eq(&self, other: &Self) -> bool {
        self.0.to_bits() == other.0.to_bits()
    }
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub(super) struct Texts {
    pub(super) owned: String,
    pub(super) boxed: Option<Box<str>>,
    pub(super) shared: Vec<Arc<str>>,
    pub(super) name: Name,
    #[datus(dictionary)]
    pub(super) dictionary: Option<String>,
    #[datus(dictionary)]
    pub(super) dictionaries: Vec<Option<Arc<str>>>,
    pub(super) colour: Colour,
    pub(super) colours: Option<Vec<Option<Colour>>>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub(super) struct Name(pub(super) Option<String>);

#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
#[datus(rename_all = "kebab-case")]
pub(super) enum Colour {
    Red,
    DarkBlue,
    #[datus(rename = "")]
    None,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub(super) struct Blobs {
    pub(super) bytes: Vec<u8>,
    pub(super) shared: Option<Bytes>,
    pub(super) list: Option<Vec<Option<Vec<u8>>>>,
    pub(super) fixed: [u8; 5],
    pub(super) empty: Option<[u8; 0]>,
    pub(super) uuids: Vec<Option<Uuid>>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub(super) struct Times {
    pub(super) micros: DateTime<Utc>,
    #[datus(timestamp(ns))]
    pub(super) nanos: Option<NaiveDateTime>,
    #[datus(timestamp(s, "Europe/Oslo"))]
    pub(super) seconds: Vec<Option<DateTime<Utc>>>,
    #[datus(timestamp(ms))]
    pub(super) millis: HashMap<String, NaiveDateTime>,
    pub(super) date: Option<NaiveDate>,
    pub(super) time: NaiveTime,
    pub(super) duration: Vec<Duration>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub(super) struct Deep {
    pub(super) level: Option<Deeper>,
    pub(super) levels: Vec<Deeper>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub(super) struct Deeper {
    pub(super) texts: Option<Texts>,
    pub(super) maps: BTreeMap<String, HashMap<String, Option<Leaf>>>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub(super) struct Leaf {
    #[datus(json)]
    pub(super) tree: Tree,
    pub(super) id: Uuid,
}

/// Stored as JSON.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) enum Tree {
    Empty,
    Number(i64),
    Text(Option<String>),
    Branch { left: Box<Tree>, right: Vec<Tree> },
    Map(BTreeMap<String, Tree>),
}
