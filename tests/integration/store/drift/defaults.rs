use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use datus_store::{ColumnEnum, ColumnStruct, Store};
use half::f16;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::super::unmaintained;
use super::upgrade;

#[derive(Debug, Clone, Copy, PartialEq, Default, ColumnEnum)]
enum Colour {
    #[default]
    Red,
    Blue,
}

#[derive(Debug, Clone, PartialEq, Default, ColumnStruct)]
struct Place {
    city: String,
    floor: Option<i32>,
    colours: Vec<Option<Colour>>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Name(String);

#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
struct Payload {
    words: Vec<String>,
}

fn place() -> Place {
    Place { city: "Oslo".to_owned(), floor: Some(3), colours: vec![Some(Colour::Blue), None] }
}

mod v1 {
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "things")]
    pub(super) struct Thing {
        #[datus(key)]
        pub(super) id: i64,
    }
}

mod v2 {
    use super::*;

    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    #[datus(table = "things")]
    pub(super) struct Thing {
        #[datus(key)]
        pub(super) id: i64,
        #[datus(default)]
        pub(super) flag: bool,
        #[datus(default = -1)]
        pub(super) int8: i8,
        #[datus(default = u64::MAX)]
        pub(super) uint64: u64,
        #[datus(default = 0.5)]
        pub(super) float: f64,
        #[datus(default = f16::from_f32(1.5))]
        pub(super) float16: f16,
        #[datus(default = "text")]
        pub(super) text: String,
        #[datus(default = "shared")]
        pub(super) shared: Arc<str>,
        #[datus(default = "one of few", dictionary)]
        pub(super) dictionary: String,
        #[datus(default = Name("name".to_owned()))]
        pub(super) name: Name,
        #[datus(default = vec![1, 2])]
        pub(super) binary: Vec<u8>,
        #[datus(default = Bytes::from_static(b"bytes"))]
        pub(super) bytes: Bytes,
        #[datus(default = [1, 2, 3])]
        pub(super) fixed: [u8; 3],
        #[datus(default = Uuid::from_u128(7))]
        pub(super) uuid: Uuid,
        #[datus(default = Decimal::new(1234, 2), decimal(10, 2))]
        pub(super) decimal: Decimal,
        #[datus(default = DateTime::UNIX_EPOCH)]
        pub(super) time: DateTime<Utc>,
        #[datus(default = DateTime::UNIX_EPOCH, timestamp(ms, "Europe/Oslo"))]
        pub(super) zoned: DateTime<Utc>,
        #[datus(default)]
        pub(super) date: NaiveDate,
        #[datus(default)]
        pub(super) clock: NaiveTime,
        #[datus(default = Duration::from_secs(90))]
        pub(super) duration: Duration,
        #[datus(default = Colour::Blue)]
        pub(super) colour: Colour,
        #[datus(default = place())]
        pub(super) place: Place,
        #[datus(default = Some(place()))]
        pub(super) maybe_place: Option<Place>,
        #[datus(default = vec![place(), Place::default()])]
        pub(super) places: Vec<Place>,
        #[datus(default)]
        pub(super) empty: Vec<String>,
        #[datus(default = vec![vec![Some(1)], vec![], vec![None]])]
        pub(super) nested: Vec<Vec<Option<i32>>>,
        #[datus(default = BTreeMap::from([("a".to_owned(), 1)]))]
        pub(super) map: BTreeMap<String, i32>,
        #[datus(default, json)]
        pub(super) json: Payload,
        #[datus(default)]
        pub(super) none: Option<String>,
        #[datus(default)]
        pub(super) no_place: Option<Place>,
        #[datus(default)]
        pub(super) no_places: Option<Vec<Place>>,
        #[datus(default)]
        pub(super) no_map: Option<BTreeMap<String, Option<f32>>>,
        #[datus(default, decimal(5, 0))]
        pub(super) no_decimal: Option<Decimal>,
        #[datus(default, dictionary)]
        pub(super) no_dictionary: Option<String>,
        #[datus(default)]
        pub(super) no_uuid: Option<Uuid>,
        #[datus(default = Some(4))]
        pub(super) some: Option<u8>,
    }
}

#[tokio::test]
async fn a_default_of_every_type_fills_existing_rows() {
    let db = unmaintained().await;
    let before: Store<v1::Thing> = db.store(()).await.unwrap();
    before.add((0..5000).map(|id| v1::Thing { id })).await.unwrap();
    before.add((5000..5003).map(|id| v1::Thing { id })).await.unwrap();
    before.delete().filter(|t| t.id.lt(1500).and(t.id.ge(10)).or(t.id.eq(5001))).await.unwrap();

    // The store writes the value that a reader fills in.
    let read: Store<v2::Thing> = db.store(()).await.unwrap();
    let expected: Vec<v2::Thing> = read.search_all().order_by(|t| t.id.asc()).await.unwrap();
    assert_eq!(expected.len(), 3512);
    let version = read.version().await.unwrap();

    let (store, plan) = upgrade::<v2::Thing>(&db, ()).await;
    assert_eq!(store.version().await.unwrap(), version + 2, "one commit for nulls, one for values: {plan}");
    let schema = store.schema().await.unwrap();
    let wanted = <v2::Thing as datus_store::EmbeddingRecord>::definition().arrow_schema(&[]);
    for field in wanted.fields() {
        let stored = schema.field_with_name(field.name()).unwrap();
        assert_eq!((stored.data_type(), stored.is_nullable()), (field.data_type(), field.is_nullable()));
    }
    assert_eq!(store.search_all().order_by(|t| t.id.asc()).await.unwrap(), expected);

    let more = v2::Thing { id: 9000, places: vec![], none: Some("some".to_owned()), ..expected[0].clone() };
    store.add(std::slice::from_ref(&more)).await.unwrap();
    assert_eq!(store.search_all().id(9000).await.unwrap(), [more]);
    let unchanged = store.upsert(&expected).await.unwrap();
    assert_eq!((unchanged.unchanged, unchanged.version), (expected.len(), None));
    assert_eq!(store.search_all().text("text").count().await.unwrap(), expected.len() + 1);
}
