//! The same grammar in YAML, TOML and query strings.

use datus_store::Condition;
use serde_json::json;

use super::{AssetFilter, Kind};
use datus_store::{ColumnStruct, EmbeddingRecord};

fn expected() -> AssetFilter {
    serde_json::from_value(json!({
        "text": "a b",
        "int64": { "ge": 1000, "lt": 5000 },
        "kind": { "in": ["view", "base-table"] },
        "flag": true,
        "float64": 0.5,
        "int32": { "is_null": false },
        "tags": { "contains_any": ["pii"] },
        "any": [{ "text": { "starts_with": "dim_" } }, { "not": { "kind": "view" } }],
    }))
    .unwrap()
}

#[test]
fn yaml_and_toml_have_the_same_grammar() {
    let yaml = r#"
text: a b
int64: { ge: 1000, lt: 5000 }
kind: { in: [view, base-table] }
flag: true
float64: 0.5
int32: { is_null: false }
tags: { contains_any: [pii] }
any:
  - text: { starts_with: dim_ }
  - not: { kind: view }
"#;
    assert_eq!(serde_yaml_ng::from_str::<AssetFilter>(yaml).unwrap(), expected());
    let toml = r#"
text = "a b"
int64 = { ge = 1000, lt = 5000 }
kind = { in = ["view", "base-table"] }
flag = true
float64 = 0.5
int32.is_null = false
tags.contains_any = ["pii"]
any = [{ text.starts_with = "dim_" }, { not.kind = "view" }]
"#;
    assert_eq!(toml::from_str::<AssetFilter>(toml).unwrap(), expected());
    let written = serde_yaml_ng::to_string(&expected()).unwrap();
    assert_eq!(serde_yaml_ng::from_str::<AssetFilter>(&written).unwrap(), expected());
}

/// Deserializes pairs of strings like `serde_urlencoded`, which axum's `Query` uses.
fn from_query<F: serde::de::DeserializeOwned>(pairs: &[(&str, &str)]) -> Result<F, String> {
    let pairs = pairs.iter().copied();
    let map = serde::de::value::MapDeserializer::<_, serde::de::value::Error>::new(pairs);
    F::deserialize(map).map_err(|error| error.to_string())
}

#[test]
fn a_query_string_names_operators_in_brackets() {
    let filter: AssetFilter = from_query(&[
        ("text", "a b"),
        ("int64[ge]", "1000"),
        ("int64[lt]", "5000"),
        ("kind[in]", "view"),
        ("kind[in]", "base-table"),
        ("flag", "true"),
        ("float64", "0.5"),
        ("int32[is_null]", "false"),
        ("tags[contains_any][]", "pii"),
    ])
    .unwrap();
    let any = vec![];
    assert_eq!(filter, AssetFilter { any, ..expected() });
    let one: AssetFilter = from_query(&[("kind[in]", "view"), ("tags", "pii")]).unwrap();
    let tags = Some(vec!["pii"].into());
    let kind = Some(Condition::is_in([Kind::View]));
    assert_eq!(one, AssetFilter { kind, tags, ..AssetFilter::default() });
}

#[test]
fn mistakes_in_a_query_string_are_those_of_json() {
    let error = |pairs: &[(&str, &str)]| from_query::<AssetFilter>(pairs).unwrap_err();
    assert_eq!(error(&[("txet[eq]", "a")]), "`txet` is not a column: did you mean `text`?");
    assert_eq!(
        error(&[("int64[gte]", "1")]),
        "column `int64` has no operator `gte`: did you mean `ge`? It has `eq`, `ne`, `lt`, `le`, `gt`, `ge`, `in`, `not_in`"
    );
    assert_eq!(
        error(&[("int64[ge]", "many")]),
        "`ge` of column `int64` needs an integer of at most 64 bits, not the text \"many\""
    );
    assert_eq!(
        error(&[("int64[ge]", "1"), ("int64[ge]", "2")]),
        "`ge` of column `int64` needs an integer of at most 64 bits, not a list"
    );
    assert_eq!(
        error(&[("int64", "1"), ("int64[ge]", "2")]),
        "`int64` is given twice: give it once, and combine filters with `all`"
    );
}

#[test]
fn brackets_in_the_name_of_a_column_belong_to_the_name() {
    #[derive(Debug, Clone, PartialEq, ColumnStruct)]
    struct Inner {
        x: i32,
    }

    #[derive(EmbeddingRecord)]
    struct Row {
        #[datus(rename = "a[ge]")]
        odd: i32,
        a: i32,
        inner: Inner,
    }

    let filter: RowFilter = from_query(&[("a[ge]", "1"), ("a[lt]", "5"), ("inner[x][gt]", "2")]).unwrap();
    let inner = InnerFilter { x: Some(Condition::gt(2)) };
    let expected = RowFilter {
        odd: Some(1.into()),
        a: Some(Condition::lt(5)),
        inner: Some(inner),
        ..RowFilter::default()
    };
    assert_eq!(filter, expected);
    let _ = Row { odd: 1, a: 2, inner: Inner { x: 3 } };
}

#[test]
fn a_number_keeps_its_digits_with_serde_jsons_arbitrary_precision() {
    // If any crate enables this feature of serde_json, serde_json represents numbers as this map.
    let json = json!({ "uint64": { "$serde_json::private::Number": "18446744073709551615" } });
    let filter: AssetFilter = serde_json::from_value(json).unwrap();
    assert_eq!(filter.uint64, Some(u64::MAX.into()));
}
