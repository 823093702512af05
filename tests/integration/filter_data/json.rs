use std::collections::BTreeSet;

use chrono::DateTime;
use serde_json::json;

use super::{Asset, AssetFilter, Decimal, Duration, EmbeddingRecord, Kind, OpaqueFilter, f16};

/// Returns a filter with a value for every column, as a web handler or an agent would write it.
fn full() -> serde_json::Value {
    json!({
        "text": "it's \"quoted\"\n",
        "boxed": "",
        "shared": "東京",
        "word": "w",
        "kind": "base-table",
        "owner": "me",
        "level": -3,
        "flag": false,
        "int8": -128,
        "int16": 32767,
        "int32": 0,
        "int64": i64::MIN,
        "uint8": 255,
        "uint16": 65535,
        "uint32": 4294967295_u32,
        "uint64": u64::MAX,
        "float16": 0.5,
        "float32": -1.25,
        "float64": 1e300,
        "bytes": [0, 255],
        "shared_bytes": [],
        "fixed": [1, 2, 3],
        "uuid": "01234567-89ab-cdef-0123-456789abcdef",
        "at": "2024-02-29T12:30:45.123456Z",
        "zoned": "1969-12-31T23:59:59.999Z",
        "local": "2024-02-29T12:30:45",
        "date": "-0001-12-31",
        "time": "23:59:59.999999999",
        "duration": 3.5,
        "amount": "12.50",
        "tags": ["a", ""],
        "words": [],
        "kinds": ["view", "base-table"],
        "counts": [1, 2],
        "amounts": ["0.5"],
        "uuids": ["00000000-0000-0000-0000-000000000000"],
    })
}

#[test]
fn every_filterable_type_reads_and_writes_as_plain_json() {
    let filter: AssetFilter = serde_json::from_value(full()).unwrap();
    assert_eq!(serde_json::to_value(&filter).unwrap(), full());
    let text = serde_json::to_string(&filter).unwrap();
    assert_eq!(serde_json::from_str::<AssetFilter>(&text).unwrap(), filter);
}

#[test]
fn each_column_can_be_given_by_itself() {
    let full = full();
    let columns: BTreeSet<_> = Asset::definition().fields.iter().map(|field| field.name).collect();
    assert_eq!(columns, full.as_object().unwrap().keys().map(String::as_str).collect());
    for column in columns {
        let alone = json!({ column: full[column] });
        let filter: AssetFilter = serde_json::from_value(alone.clone()).unwrap();
        assert_eq!(serde_json::to_value(&filter).unwrap(), alone);
        assert_ne!(filter, AssetFilter::default());
    }
}

#[test]
fn values_are_read_into_the_types_of_their_columns() {
    let filter: AssetFilter = serde_json::from_value(full()).unwrap();
    let AssetFilter {
        boxed, kind, owner, level, float16, fixed, zoned, duration, amount, kinds, counts, ..
    } = filter;
    assert_eq!((boxed, kind), (Some("".into()), Some(Kind::BaseTable.into())));
    // A newtype is written as its inner value.
    assert_eq!((owner, level), (Some("me".into()), Some((-3_i16).into())));
    assert_eq!((float16, fixed), (Some(f16::from_f32(0.5).into()), Some([1_u8, 2, 3].into())));
    assert_eq!(zoned, DateTime::from_timestamp_millis(-1).map(Into::into));
    assert_eq!(duration, Some(Duration::from_millis(3500).into()));
    assert_eq!(amount, Some(Decimal::new(1250, 2).into()));
    assert_eq!(kinds, Some(vec![Kind::View, Kind::BaseTable].into()));
    assert_eq!(counts, Some(vec![1_u32, 2].into()));
}

#[test]
fn numbers_may_be_written_in_other_forms_of_the_same_value() {
    let read = |json: &str| serde_json::from_str::<AssetFilter>(json).unwrap();
    let filter = AssetFilter {
        float64: Some(1.0.into()),
        float32: Some((-2.0_f32).into()),
        float16: Some(f16::from_f32(3.0).into()),
        amount: Some(Decimal::new(15, 1).into()),
        int64: Some(7.into()),
        flag: Some(true.into()),
        duration: Some(Duration::from_millis(250).into()),
        ..AssetFilter::default()
    };
    for json in [
        r#"{"float64": 1, "float32": -2, "float16": 3, "amount": 1.5, "int64": 7.0, "flag": true, "duration": 0.25}"#,
        // Every value is a string, as in a query string.
        r#"{"float64": "1", "float32": "-2", "float16": "3", "amount": "1.50", "int64": "7", "flag": "true", "duration": "0.25"}"#,
    ] {
        assert_eq!(read(json), filter, "{json}");
    }
    let at = read(r#"{"at": "2024-01-01T02:00:00+02:00"}"#).at;
    assert_eq!(at, DateTime::from_timestamp(1_704_067_200, 0).map(Into::into));
}

#[test]
fn a_null_is_a_column_that_is_not_given() {
    let columns = Asset::definition().fields;
    let nulls: serde_json::Map<String, serde_json::Value> =
        columns.iter().map(|field| (field.name.to_owned(), serde_json::Value::Null)).collect();
    let filter: AssetFilter = serde_json::from_value(nulls.into()).unwrap();
    assert_eq!(filter, AssetFilter::default());
    assert_eq!(serde_json::to_string(&filter).unwrap(), "{}");
}

#[test]
fn columns_are_written_in_the_order_of_the_struct() {
    let filter = AssetFilter {
        tags: Some(vec!["b", "a"].into()),
        int8: Some(1.into()),
        text: Some("t".into()),
        ..AssetFilter::default()
    };
    assert_eq!(serde_json::to_string(&filter).unwrap(), r#"{"text":"t","int8":1,"tags":["b","a"]}"#);
}

#[test]
fn columns_that_cannot_be_filtered_may_be_null() {
    let text = r#"{"map": null, "sorted": null, "json": null, "holes": null, "lists": null, "structs": null, "owners": null, "id": 1}"#;
    let filter: OpaqueFilter = serde_json::from_str(text).unwrap();
    assert_eq!(filter, OpaqueFilter { id: Some(1.into()), ..OpaqueFilter::default() });
}

/// If such a float were written as null, it would be ignored on reading, and the filter would keep every row.
#[test]
fn floats_that_json_cannot_hold_are_refused() {
    for float in [f64::NAN, f64::INFINITY, f64::NEG_INFINITY] {
        let filter = AssetFilter { float64: Some(float.into()), ..AssetFilter::default() };
        assert!(serde_json::to_string(&filter).is_err(), "{float} as f64");
        let filter = AssetFilter { float32: Some((float as f32).into()), ..AssetFilter::default() };
        assert!(serde_json::to_string(&filter).is_err(), "{float} as f32");
        let filter = AssetFilter { float16: Some(f16::from_f64(float).into()), ..AssetFilter::default() };
        assert!(serde_json::to_string(&filter).is_err(), "{float} as f16");
    }
}
