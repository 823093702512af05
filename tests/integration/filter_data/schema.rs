//! The JSON Schema of a filter agrees with what serde reads and writes.

mod generate;
mod validate;

use datus_store::query::{Cursor, Hit, IntoFilter, Page};
use datus_store::rerank::Leg;
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, Metric, Score};
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Value, json};

use super::{AssetFilter, NaiveDate, OpaqueFilter};
use crate::support::cases;

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
#[datus(rename_all = "snake_case")]
enum TableType {
    Table,
    View,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Place {
    /// The name of the city.
    city: String,
    floor: Option<i16>,
}

/// A table of the catalog.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
struct Table {
    /// The name of the database.
    database_name: String,
    /// The kind of table.
    table_type: TableType,
    /// The number of rows,
    /// when it was last counted.
    row_count: Option<i64>,
    tags: Vec<String>,
    place: Option<Place>,
    home: Place,
    #[datus(filter = false)]
    secret: String,
}

fn schema<T: JsonSchema>() -> Value {
    SchemaGenerator::default().into_root_schema_for::<T>().to_value()
}

/// Checks that values that satisfy the schema can be read, and that written values satisfy it.
fn assert_agrees<F>(name: &str)
where
    F: JsonSchema + serde::Serialize + serde::de::DeserializeOwned + std::fmt::Debug + PartialEq,
{
    let schema = schema::<F>();
    let config = Config { cases: cases(192), failure_persistence: None, ..Config::default() };
    let values = generate::values(&schema, &schema, 3);
    let result = TestRunner::new(config).run(&values, |value| {
        prop_assert_eq!(validate::problem(&schema, &schema, &value), None, "{}", value);
        let filter = match serde_json::from_value::<F>(value.clone()) {
            Ok(filter) => filter,
            // A schema cannot limit the size of a whole filter.
            Err(error) if error.to_string().contains("has too many nested conditions") => {
                return Err(TestCaseError::reject("too large"));
            }
            Err(error) => return Err(TestCaseError::fail(format!("{name}: {error}: {value}"))),
        };
        let written = serde_json::to_value(&filter).unwrap();
        prop_assert_eq!(validate::problem(&schema, &schema, &written), None, "{}", written);
        prop_assert_eq!(&serde_json::from_value::<F>(written).unwrap(), &filter);
        Ok(())
    });
    result.unwrap();
}

#[test]
fn values_of_the_schema_are_read_and_what_is_written_satisfies_it() {
    assert_agrees::<AssetFilter>("AssetFilter");
    assert_agrees::<OpaqueFilter>("OpaqueFilter");
    assert_agrees::<TableFilter>("TableFilter");
}

#[test]
fn what_the_schema_refuses_is_refused_when_it_is_read() {
    let schema = schema::<TableFilter>();
    for wrong in [
        json!({ "secret": "a" }),
        json!({ "row_count": { "starts_with": "1" } }),
        json!({ "row_count": {} }),
        json!({ "row_count": "many" }),
        json!({ "table_type": "VIEW" }),
        json!({ "table_type": { "lt": "view" } }),
        json!({ "database_name": { "is_null": true } }),
        json!({ "tags": { "contains": ["a"] } }),
        json!({ "home": { "is_null": true } }),
        json!({ "place": { "floor": 40_000 } }),
        json!({ "any": [] }),
        json!({ "any": [{ "nothing": 1 }] }),
        json!({ "not": [] }),
        json!([]),
    ] {
        assert!(validate::problem(&schema, &schema, &wrong).is_some(), "{wrong}");
        assert!(serde_json::from_value::<TableFilter>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn the_days_of_the_calendar_satisfy_the_schema_of_a_local_time() {
    let schema = schema::<AssetFilter>();
    for year in [1900, 1999, 2000, 2004, 2023, 2096, 2100] {
        for (month, day) in (0..=13).flat_map(|month| (0..=32).map(move |day| (month, day))) {
            let exists = NaiveDate::from_ymd_opt(year, month, day).is_some();
            let value = json!({ "local": format!("{year}-{month:02}-{day:02}T23:59:59") });
            assert_eq!(validate::problem(&schema, &schema, &value).is_none(), exists, "{value}");
        }
    }
}

#[test]
fn the_schema_describes_columns_with_their_doc_comments_and_names_the_values_of_enums() {
    let schema = schema::<TableFilter>();
    assert_eq!(schema["title"], "TableFilter");
    let columns = &schema["properties"];
    assert_eq!(columns["database_name"]["description"], "The name of the database.");
    assert_eq!(columns["row_count"]["description"], "The number of rows,\nwhen it was last counted.");
    assert_eq!(columns["table_type"]["anyOf"][0], json!({ "type": "string", "enum": ["table", "view"] }));
    assert_eq!(columns["place"]["properties"]["city"]["description"], "The name of the city.");
    assert_eq!(columns["place"]["properties"]["is_null"], json!({ "type": "boolean" }));
    assert!(columns["home"]["properties"].get("is_null").is_none());
    assert_eq!(columns["not"]["$ref"], "#");
    let mut names: Vec<&String> = columns.as_object().unwrap().keys().collect();
    names.sort();
    let expected = ["all", "any", "database_name", "home", "not", "place", "row_count", "table_type", "tags"];
    assert_eq!(names, expected);
    let mut operators: Vec<&String> =
        columns["tags"]["anyOf"][1]["properties"].as_object().unwrap().keys().collect();
    operators.sort();
    assert_eq!(operators, ["contains", "contains_all", "contains_any"]);
}

#[test]
fn the_filter_of_a_nested_struct_has_a_schema_by_itself() {
    assert_agrees::<PlaceFilter>("PlaceFilter");
    let schema = schema::<PlaceFilter>();
    assert_eq!((&schema["title"], &schema["type"]), (&json!("PlaceFilter"), &json!("object")));
    let columns = schema["properties"].as_object().unwrap();
    let mut names: Vec<&String> = columns.keys().collect();
    names.sort();
    assert_eq!(names, ["city", "floor"], "the combinators and `is_null` belong to the record");
    assert_eq!(columns["city"]["description"], "The name of the city.");
    for wrong in
        [json!({ "town": "a" }), json!({ "is_null": true }), json!({ "any": [] }), json!({ "floor": 40_000 })]
    {
        assert!(validate::problem(&schema, &schema, &wrong).is_some(), "{wrong}");
        assert!(serde_json::from_value::<PlaceFilter>(wrong.clone()).is_err(), "{wrong}");
    }
}

#[test]
fn a_filter_inside_another_type_is_a_definition_of_its_schema() {
    #[allow(dead_code)]
    struct Request(TableFilter);

    impl JsonSchema for Request {
        fn schema_name() -> std::borrow::Cow<'static, str> {
            "Request".into()
        }

        fn json_schema(generator: &mut SchemaGenerator) -> schemars::Schema {
            schemars::json_schema!({ "type": "object", "properties": { "filter": generator.subschema_for::<TableFilter>() } })
        }
    }

    let schema = schema::<Request>();
    assert_eq!(schema["properties"]["filter"]["$ref"], "#/$defs/TableFilter");
    let filter = &schema["$defs"]["TableFilter"];
    assert_eq!(filter["properties"]["any"]["items"]["$ref"], "#/$defs/TableFilter");
    assert_eq!(filter["additionalProperties"], false);
}

#[test]
fn pages_cursors_and_hits_satisfy_their_schemas() {
    let cursor: Cursor = "AQAAAAf_____AAAAAAAAAAAAAAADGPridpO0AAAAAAAAAAAADK57pzpZ".parse().unwrap();
    let of_cursor = schema::<Cursor>();
    assert_eq!(validate::problem(&of_cursor, &of_cursor, &json!(cursor)), None);
    assert!(validate::problem(&of_cursor, &of_cursor, &json!("a b")).is_some());

    let of_page = schema::<Page<i32>>();
    let page = |next: Value| json!({ "items": [1, 2], "next": next });
    for page in [page(Value::Null), page(json!(cursor))] {
        assert_eq!(validate::problem(&of_page, &of_page, &page), None);
        let read: Page<i32> = serde_json::from_value(page.clone()).unwrap();
        assert_eq!(serde_json::to_value(&read).unwrap(), page);
    }
    assert!(validate::problem(&of_page, &of_page, &json!({ "items": ["a"], "next": null })).is_some());

    let of_hit = schema::<Hit<String>>();
    let distance = Score::Distance { value: 0.5, metric: Metric::L2 };
    let fused = Hit::new("a".to_owned(), Score::Fused { value: 0.1, by: "rrf".into() });
    let hits = [
        Hit::new("a".to_owned(), distance),
        Hit::new("a".to_owned(), Score::Bm25(1.5)),
        fused.with_nearest(Leg::new(1, 0.5), Metric::Dot),
        Hit::new("a".to_owned(), Score::Reranked { value: 0.1, by: "mmr".into() }),
    ];
    for hit in hits {
        let json = serde_json::to_value(&hit).unwrap();
        assert_eq!(validate::problem(&of_hit, &of_hit, &json), None, "{json}");
    }
    assert!(validate::problem(&of_hit, &of_hit, &json!({ "record": "a" })).is_some());
}

#[test]
fn a_record_is_not_needed_to_name_the_filter() {
    fn filter_of<R: EmbeddingRecord>(filter: R::Filter) -> datus_store::Filter<R>
    where
        R::Filter: IntoFilter<R>,
    {
        filter.into_filter()
    }
    let table = filter_of::<Table>(TableFilter { database_name: Some("a".into()), ..TableFilter::default() });
    assert_eq!(table, Table::columns().database_name.eq("a"));
}
