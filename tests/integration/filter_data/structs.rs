use datus_store::query::{IntoFilter, Predicate, StructCondition};
use datus_store::{ColumnStruct, EmbeddingRecord};
use rust_decimal::Decimal;
use serde_json::json;

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
        "works at": { "cityName": "Oslo", "geo": { "lat": 59.9, "height": "1.500" } },
        "born": { "geo": { "lat": 0.0 } },
        "home": { "cityName": "" },
    });
    let filter = read(json.clone());
    assert_eq!(serde_json::to_value(&filter).unwrap(), json);
    assert_eq!(
        filter,
        PersonFilter {
            name: Some("A".into()),
            work: Some(LocationFilter {
                city_name: Some("Oslo".into()),
                geo: Some(
                    GeoFilter { lat: Some(59.9.into()), height: Some(Decimal::new(15, 1).into()) }.into()
                ),
                ..LocationFilter::default()
            }),
            born: Some(
                LocationFilter {
                    geo: Some(GeoFilter { lat: Some(0.0.into()), height: None }.into()),
                    ..LocationFilter::default()
                }
                .into()
            ),
            home: Some(LocationFilter { city_name: Some("".into()), ..LocationFilter::default() }),
            ..PersonFilter::default()
        }
    );
}

#[test]
fn a_nested_filter_tests_the_columns_inside() {
    let t = Person::columns();
    let filter =
        read(json!({ "born": { "cityName": "Oslo", "geo": { "lat": 1.0, "height": 2 } } })).into_filter();
    let expected = t.born.city_name.eq("Oslo") & t.born.geo.lat.eq(1.0) & t.born.geo.height.eq(Decimal::TWO);
    assert_eq!(filter, expected);
    assert_eq!(t.born.geo.height.path().names(), ["born", "geo", "height"]);
}

#[test]
fn the_names_of_columns_are_used_on_every_level() {
    let filter = read(json!({ "works at": { "cityName": "Oslo" } })).into_filter();
    let test = Person::columns().work.city_name.eq("Oslo").into_predicate();
    assert_eq!(filter.predicate(), &test);
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
fn a_nested_struct_that_can_be_null_has_is_null() {
    let t = Person::columns();
    let filter = read(json!({ "born": { "is_null": true } }));
    assert_eq!(filter.born, Some(StructCondition::is_null()));
    assert_eq!(serde_json::to_value(&filter).unwrap(), json!({ "born": { "is_null": true } }));
    assert_eq!(filter.into_filter(), t.born.is_null());

    let json = json!({ "born": { "is_null": false, "geo": { "is_null": true }, "cityName": "Oslo" } });
    let filter = read(json.clone());
    assert_eq!(serde_json::to_value(&filter).unwrap(), json);
    let expected = t.born.is_not_null() & t.born.city_name.eq("Oslo") & t.born.geo.is_null();
    assert_eq!(filter.into_filter(), expected);
}

#[test]
fn mistakes_are_found_on_every_level() {
    let error = |json: &str| serde_json::from_str::<PersonFilter>(json).unwrap_err().to_string();
    assert_eq!(
        error(r#"{"born": {"city": "Oslo"}}"#),
        "`city` is not a column of `born`: the columns are `cityName`, `geo`"
    );
    assert_eq!(
        error(r#"{"born": {"city_name": "Oslo"}}"#),
        "`city_name` is not a column of `born`: did you mean `cityName`?"
    );
    assert_eq!(
        error(r#"{"born": {"geo": {"lat": 1, "lat": 2}}}"#),
        "`born.geo.lat` is given twice: give it once"
    );
    assert_eq!(
        error(r#"{"born": {"marks": []}}"#),
        "column `born.marks` cannot be filtered: the columns are `cityName`, `geo`"
    );
    assert_eq!(
        error(r#"{"born": "Oslo"}"#),
        "column `born` needs an object with the columns `cityName`, `geo`, not the text \"Oslo\""
    );
    // A struct that cannot be null does not have the operator.
    assert_eq!(
        error(r#"{"works at": {"is_null": true}}"#),
        "`is_null` is not a column of `works at`: the columns are `cityName`, `geo`"
    );
}
