use datus_store::query::{IntoFilter, Predicate};
use datus_store::{ColumnStruct, EmbeddingRecord};
use rust_decimal::Decimal;
use serde_json::json;

use super::errors::without_position;

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Geo {
    lat: f64,
    #[datus(decimal(6, 3))]
    height: Option<Decimal>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
#[datus(rename_all = "camelCase")]
struct Location {
    city_name: String,
    geo: Option<Geo>,
    marks: Vec<Geo>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Home(Location);

#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Person {
    name: String,
    #[datus(rename = "works at")]
    work: Location,
    born: Option<Location>,
    home: Home,
}

fn read(json: serde_json::Value) -> PersonFilter {
    serde_json::from_value(json).unwrap()
}

#[test]
fn a_nested_filter_reads_and_writes_as_a_nested_map() {
    let json = json!({
        "name": "A",
        "works at": { "cityName": "Oslo", "geo": { "lat": 59.9, "height": "1.5" } },
        "born": { "geo": { "lat": 0.0 } },
        "home": { "cityName": "" },
    });
    let filter = read(json.clone());
    assert_eq!(serde_json::to_value(&filter).unwrap(), json);
    assert_eq!(
        filter,
        PersonFilter {
            name: Some("A".to_owned()),
            work: Some(LocationFilter {
                city_name: Some("Oslo".to_owned()),
                geo: Some(GeoFilter { lat: Some(59.9), height: Some(Decimal::new(15, 1)) }),
                ..LocationFilter::default()
            }),
            born: Some(LocationFilter {
                geo: Some(GeoFilter { lat: Some(0.0), height: None }),
                ..LocationFilter::default()
            }),
            home: Some(LocationFilter { city_name: Some(String::new()), ..LocationFilter::default() }),
        }
    );
}

#[test]
fn a_nested_filter_tests_the_columns_inside() {
    let t = Person::columns();
    let filter =
        read(json!({ "born": { "cityName": "Oslo", "geo": { "lat": 1.0, "height": 2 } } })).into_filter();
    let inner = vec![
        t.born.city_name.eq("Oslo").into_predicate(),
        Predicate::And(vec![
            t.born.geo.lat.eq(1.0).into_predicate(),
            t.born.geo.height.eq(Decimal::TWO).into_predicate(),
        ]),
    ];
    assert_eq!(filter.predicate(), &Predicate::And(vec![Predicate::And(inner)]));
    assert_eq!(t.born.geo.height.path().names(), ["born", "geo", "height"]);
}

#[test]
fn the_names_of_columns_are_used_on_every_level() {
    let filter = read(json!({ "works at": { "cityName": "Oslo" } })).into_filter();
    let test = Person::columns().work.city_name.eq("Oslo").into_predicate();
    assert_eq!(filter.predicate(), &Predicate::And(vec![Predicate::And(vec![test.clone()])]));
    match test {
        Predicate::Compare { column, .. } => assert_eq!(column.names(), ["works at", "cityName"]),
        other => panic!("not a comparison: {other:?}"),
    }
}

#[test]
fn an_empty_nested_filter_adds_no_condition() {
    assert!(
        read(json!({ "born": {}, "works at": { "geo": {} } })).into_filter().predicate().is_always_true()
    );
    assert_eq!(read(json!({ "born": null })), PersonFilter::default());
}

#[test]
fn mistakes_are_found_on_every_level() {
    let error = |json: &str| without_position(&serde_json::from_str::<PersonFilter>(json).unwrap_err());
    assert_eq!(
        error(r#"{"born": {"city": "Oslo"}}"#),
        "column `born`: unknown field `city`, expected one of `cityName`, `geo`, `marks`"
    );
    assert_eq!(
        error(r#"{"born": {"geo": {"lat": 1, "lat": 2}}}"#),
        "column `born`: column `geo`: duplicate field `lat`"
    );
    assert_eq!(
        error(r#"{"born": {"marks": []}}"#),
        "column `born`: column `marks`: this column cannot be compared with a value"
    );
    assert_eq!(
        error(r#"{"born": "Oslo"}"#),
        "column `born`: invalid type: string \"Oslo\", expected a map of column names to values"
    );
}
