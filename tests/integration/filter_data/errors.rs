use super::{AssetFilter, OpaqueFilter};

#[track_caller]
fn assert_refused<F: serde::de::DeserializeOwned>(json: &str, message: &str) {
    match serde_json::from_str::<F>(json) {
        Ok(_) => panic!("the filter was read"),
        Err(error) => assert_eq!(error.to_string(), message),
    }
}

#[test]
fn an_unknown_column_is_refused_with_the_nearest_name_or_all_names() {
    assert_refused::<OpaqueFilter>(r#"{"id": 1, "idd": 2}"#, "`idd` is not a column: did you mean `id`?");
    assert_refused::<OpaqueFilter>(
        r#"{"owner_of_it": 2}"#,
        "`owner_of_it` is not a column: the columns are `id`, `sorted`, `json`, `holes`, `owners`, `bits`",
    );
    // An unknown column is refused even with null, because its name could be a typo of a column that matters.
    assert_refused::<OpaqueFilter>(r#"{"ID": null}"#, "`ID` is not a column: did you mean `id`?");
    assert!(serde_json::from_str::<OpaqueFilter>(r#"{"": 1}"#).is_err());
}

#[test]
fn a_repeated_column_is_refused() {
    let message = "`id` is given twice: give it once, and combine filters with `all`";
    assert_refused::<OpaqueFilter>(r#"{"id": 1, "id": 1}"#, message);
    assert_refused::<OpaqueFilter>(r#"{"id": null, "id": 1}"#, message);
    assert_refused::<OpaqueFilter>(
        r#"{"id": {"ge": 1, "ge": 2}}"#,
        "column `id` has the operator `ge` twice: give it once, and combine filters with `all`",
    );
}

#[test]
fn a_column_without_operators_is_refused() {
    for (column, value) in [
        ("map", r#"{"a": 1}"#),
        ("map", r#"{"eq": {"a": 1}}"#),
        ("sorted", "1"),
        ("lists", "[[1]]"),
        ("structs", "[]"),
    ] {
        let error = serde_json::from_str::<OpaqueFilter>(&format!("{{\"{column}\": {value}}}"));
        let message = error.unwrap_err().to_string();
        assert!(message.contains(&format!("column `{column}` ")), "{message}");
    }
    assert_refused::<OpaqueFilter>(
        r#"{"map": {}}"#,
        "column `map` cannot be filtered: the columns are `id`, `sorted`, `json`, `holes`, `owners`, `bits`",
    );
    assert_refused::<OpaqueFilter>(
        r#"{"json": {"eq": 1}}"#,
        "column `json` has no operator `eq`: it has `is_null`",
    );
    assert_refused::<OpaqueFilter>(
        r#"{"sorted": "a"}"#,
        "column `sorted` needs an object with an operator (`is_null`), not the text \"a\"",
    );
}

#[test]
fn a_float_beyond_the_range_of_its_column_is_refused() {
    // If such values became infinity, the filter would keep the wrong rows.
    assert_refused::<AssetFilter>(
        r#"{"float32": 1e39}"#,
        &format!("column `float32` needs a number from -3.4e38 to 3.4e38, not the number {}", 1e39),
    );
    assert!(serde_json::from_str::<AssetFilter>(r#"{"float16": 70000}"#).is_err());
    assert!(serde_json::from_str::<AssetFilter>(r#"{"float64": 1e999}"#).is_err());
    assert!(serde_yaml_ng::from_str::<AssetFilter>("float64: .inf").is_err());
    assert!(serde_json::from_str::<AssetFilter>(r#"{"float64": "NaN"}"#).is_err());
}

#[test]
fn a_value_that_is_not_a_map_is_refused() {
    let columns = "the columns are `id`, `sorted`, `json`, `holes`, `owners`, `bits`";
    for (json, shown) in [("[]", "a list"), ("null", "null"), ("true", "true"), ("\"a\"", "the text \"a\"")] {
        let message = format!("a filter is an object with columns as keys, not {shown}: {columns}");
        assert_refused::<OpaqueFilter>(json, &message);
    }
}

#[test]
fn a_filter_that_data_cannot_represent_is_not_written() {
    use datus_store::Condition;

    let twice = OpaqueFilter { id: Some(Condition::ge(1).and(Condition::ge(2))), ..OpaqueFilter::default() };
    let error = serde_json::to_string(&twice).unwrap_err();
    let message = "column `id` has the operator `ge` twice: give it once, and combine filters with `all`";
    assert_eq!(error.to_string(), message);
}
