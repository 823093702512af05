use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;

use arrow_schema::{DataType, Field, Fields, TimeUnit};
use bytes::Bytes;
use chrono::{DateTime, NaiveDate, NaiveDateTime, NaiveTime, Utc};
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord};
use half::f16;
use rust_decimal::Decimal;
use uuid::Uuid;

use super::schema;

#[derive(EmbeddingRecord)]
struct One<T> {
    column: T,
}

/// Asserts the Arrow type of a Rust type by itself, in an `Option`, in a `Vec`, and in a map.
#[track_caller]
fn assert_stored_as<T>(data_type: DataType)
where
    One<T>: EmbeddingRecord,
    One<Option<T>>: EmbeddingRecord,
    One<Vec<Option<T>>>: EmbeddingRecord,
    One<BTreeMap<String, T>>: EmbeddingRecord,
{
    assert_column::<T>(data_type.clone(), false);
    assert_column::<Option<T>>(data_type.clone(), true);
    assert_column::<Vec<Option<T>>>(DataType::new_list(data_type.clone(), true), false);
    assert_column::<BTreeMap<String, T>>(map(data_type, false), false);
}

#[track_caller]
fn assert_column<T>(data_type: DataType, nullable: bool)
where
    One<T>: EmbeddingRecord,
{
    assert_eq!(*schema::<One<T>>().field(0), Field::new("column", data_type, nullable));
}

fn map(values: DataType, nullable: bool) -> DataType {
    let entry = [Field::new("keys", DataType::Utf8, false), Field::new("values", values, nullable)];
    DataType::Map(Arc::new(Field::new_struct("entries", entry.to_vec(), false)), false)
}

#[test]
fn text_is_utf8() {
    assert_stored_as::<String>(DataType::Utf8);
    assert_stored_as::<Box<str>>(DataType::Utf8);
    assert_stored_as::<Arc<str>>(DataType::Utf8);
}

#[test]
fn numbers_are_numbers_of_the_same_width() {
    assert_stored_as::<bool>(DataType::Boolean);
    assert_stored_as::<i8>(DataType::Int8);
    assert_stored_as::<i16>(DataType::Int16);
    assert_stored_as::<i32>(DataType::Int32);
    assert_stored_as::<i64>(DataType::Int64);
    assert_stored_as::<u8>(DataType::UInt8);
    assert_stored_as::<u16>(DataType::UInt16);
    assert_stored_as::<u32>(DataType::UInt32);
    assert_stored_as::<u64>(DataType::UInt64);
    assert_stored_as::<f16>(DataType::Float16);
    assert_stored_as::<f32>(DataType::Float32);
    assert_stored_as::<f64>(DataType::Float64);
}

#[test]
fn bytes_are_binary_and_byte_arrays_of_fixed_size() {
    assert_stored_as::<Vec<u8>>(DataType::Binary);
    assert_stored_as::<Bytes>(DataType::Binary);
    assert_stored_as::<[u8; 0]>(DataType::FixedSizeBinary(0));
    assert_stored_as::<[u8; 32]>(DataType::FixedSizeBinary(32));
    assert_stored_as::<Uuid>(DataType::FixedSizeBinary(16));
}

#[test]
fn times_are_microseconds_without_an_attribute() {
    assert_stored_as::<DateTime<Utc>>(DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into())));
    assert_stored_as::<NaiveDateTime>(DataType::Timestamp(TimeUnit::Microsecond, None));
    assert_stored_as::<NaiveDate>(DataType::Date32);
    assert_stored_as::<NaiveTime>(DataType::Time64(TimeUnit::Nanosecond));
    assert_stored_as::<Duration>(DataType::Duration(TimeUnit::Nanosecond));
}

#[test]
fn lists_and_maps_nest() {
    let list = |item, nullable| DataType::new_list(item, nullable);
    assert_column::<Vec<i32>>(list(DataType::Int32, false), false);
    assert_column::<Option<Vec<i32>>>(list(DataType::Int32, false), true);
    assert_column::<Vec<Option<Vec<Option<bool>>>>>(list(list(DataType::Boolean, true), true), false);
    assert_column::<Vec<Vec<u8>>>(list(DataType::Binary, false), false);
    assert_column::<HashMap<String, Option<String>>>(map(DataType::Utf8, true), false);
    assert_column::<Option<HashMap<String, Vec<u16>>>>(map(list(DataType::UInt16, false), false), true);
    assert_column::<Vec<BTreeMap<String, f32>>>(list(map(DataType::Float32, false), false), false);
}

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
enum Kind {
    Table,
}

#[derive(ColumnStruct)]
struct Id(Uuid);

/// Comments on a struct describe the Rust type; comments on its fields describe the columns.
#[derive(ColumnStruct)]
struct Geo {
    /// Degrees north.
    lat: f64,
    height: Option<f32>,
}

#[derive(ColumnStruct)]
#[datus(rename_all = "camelCase")]
struct Location {
    city_name: String,
    geo: Option<Geo>,
    #[datus(rename = "all of them")]
    geos: Vec<Geo>,
    #[datus(skip)]
    #[allow(dead_code)]
    cached: u32,
}

#[test]
fn enums_are_text_and_newtypes_the_type_inside() {
    assert_stored_as::<Kind>(DataType::Utf8);
    assert_stored_as::<Id>(DataType::FixedSizeBinary(16));
}

#[test]
fn nested_structs_are_structs_with_their_own_names_and_descriptions() {
    let described = [("description".to_owned(), "Degrees north.".to_owned())].into();
    let geo = DataType::Struct(Fields::from(vec![
        Field::new("lat", DataType::Float64, false).with_metadata(described),
        Field::new("height", DataType::Float32, true),
    ]));
    assert_stored_as::<Geo>(geo.clone());
    assert_stored_as::<Location>(DataType::Struct(Fields::from(vec![
        Field::new("cityName", DataType::Utf8, false),
        Field::new("geo", geo.clone(), true),
        Field::new("all of them", DataType::new_list(geo, false), false),
    ])));
}

/// Attributes select the storage of the values inside `Option`, `Vec`, and maps.
#[derive(EmbeddingRecord)]
struct Chosen {
    #[datus(decimal(10, 2))]
    decimal: Decimal,
    #[datus(decimal(38, 0))]
    decimals: Option<Vec<Option<Decimal>>>,
    #[datus(timestamp(s))]
    seconds: DateTime<Utc>,
    #[datus(timestamp(ms, "Europe/Oslo"))]
    zoned: Vec<DateTime<Utc>>,
    #[datus(timestamp(ns))]
    naive: HashMap<String, Option<NaiveDateTime>>,
    #[datus(dictionary)]
    dictionary: Option<Arc<str>>,
    #[datus(dictionary)]
    dictionaries: Vec<String>,
    #[datus(json)]
    json: Vec<Option<String>>,
    #[datus(json)]
    maybe_json: Option<(u8, u8)>,
}

#[test]
fn attributes_select_the_storage() {
    let dictionary = || DataType::Dictionary(Box::new(DataType::Int32), Box::new(DataType::Utf8));
    let zoned = DataType::Timestamp(TimeUnit::Millisecond, Some("Europe/Oslo".into()));
    let expected = [
        Field::new("decimal", DataType::Decimal128(10, 2), false),
        Field::new("decimals", DataType::new_list(DataType::Decimal128(38, 0), true), true),
        Field::new("seconds", DataType::Timestamp(TimeUnit::Second, Some("UTC".into())), false),
        Field::new("zoned", DataType::new_list(zoned, false), false),
        Field::new("naive", map(DataType::Timestamp(TimeUnit::Nanosecond, None), true), false),
        Field::new("dictionary", dictionary(), true),
        Field::new("dictionaries", DataType::new_list(dictionary(), false), false),
        Field::new("json", DataType::Utf8, true),
        Field::new("maybe_json", DataType::Utf8, true),
    ];
    assert_eq!(*schema::<Chosen>().fields(), Fields::from(expected.to_vec()));
}

/// A type is identified by the compiler, not by its spelling.
#[test]
fn aliases_are_resolved_to_their_types() {
    type Maybe<T> = std::option::Option<T>;
    type Text = std::string::String;

    #[derive(EmbeddingRecord)]
    struct Aliased {
        #[datus(embed, fts)]
        body: Maybe<Text>,
        list: std::vec::Vec<Maybe<Text>>,
    }

    let schema = schema::<Aliased>();
    assert_eq!((schema.field(0).data_type(), schema.field(0).is_nullable()), (&DataType::Utf8, true));
    assert_eq!(*schema.field(1).data_type(), DataType::new_list(DataType::Utf8, true));
}
