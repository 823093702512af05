use super::{AssetFilter, OpaqueFilter};

#[track_caller]
fn assert_refused<F: serde::de::DeserializeOwned>(json: &str, message: &str) {
    match serde_json::from_str::<F>(json) {
        Ok(_) => panic!("the filter was read"),
        Err(error) => assert_eq!(without_position(&error), message),
    }
}

/// Returns the message without the line and column of the JSON, which serde_json appends.
pub(super) fn without_position(error: &serde_json::Error) -> String {
    let text = error.to_string();
    text.split(" at line ").next().unwrap().to_owned()
}

#[test]
fn an_unknown_column_is_refused_with_a_list_of_the_columns() {
    assert_refused::<OpaqueFilter>(
        r#"{"id": 1, "idd": 2}"#,
        "unknown field `idd`, expected one of `id`, `map`, `sorted`, `json`, `holes`, `lists`, `owners`",
    );
    // Also with null, which could be a slip for a column that matters.
    assert!(serde_json::from_str::<OpaqueFilter>(r#"{"idd": null}"#).is_err());
    assert!(serde_json::from_str::<OpaqueFilter>(r#"{"ID": 1}"#).is_err());
    assert!(serde_json::from_str::<OpaqueFilter>(r#"{"": 1}"#).is_err());
}

#[test]
fn a_repeated_column_is_refused() {
    assert_refused::<OpaqueFilter>(r#"{"id": 1, "id": 1}"#, "duplicate field `id`");
    assert_refused::<OpaqueFilter>(r#"{"id": null, "id": 1}"#, "duplicate field `id`");
}

#[test]
fn a_column_that_cannot_be_filtered_by_value_is_refused() {
    for (column, value) in [
        ("map", r#"{"a": 1}"#),
        ("sorted", "{}"),
        ("json", "1"),
        ("holes", "[null]"),
        ("lists", "[[1]]"),
        ("owners", r#"["me"]"#),
    ] {
        let error = serde_json::from_str::<OpaqueFilter>(&format!("{{\"{column}\": {value}}}")).unwrap_err();
        let message = format!("column `{column}`: this column cannot be compared with a value");
        assert!(error.to_string().starts_with(&message), "{error}");
    }
}

#[test]
fn a_value_of_a_different_type_is_refused() {
    assert_refused::<AssetFilter>(
        r#"{"text": 1}"#,
        "column `text`: invalid type: integer `1`, expected a string",
    );
    assert_refused::<AssetFilter>(
        r#"{"int64": "1"}"#,
        "column `int64`: invalid type: string \"1\", expected i64",
    );
    assert_refused::<AssetFilter>(
        r#"{"int64": 1.5}"#,
        "column `int64`: invalid type: floating point `1.5`, expected i64",
    );
    assert_refused::<AssetFilter>(
        r#"{"flag": 1}"#,
        "column `flag`: invalid type: integer `1`, expected a boolean",
    );
    assert_refused::<AssetFilter>(
        r#"{"tags": "a"}"#,
        "column `tags`: invalid type: string \"a\", expected a sequence",
    );
    assert_refused::<AssetFilter>(
        r#"{"tags": [null]}"#,
        "column `tags`: invalid type: null, expected a string",
    );
}

#[test]
fn a_value_that_the_column_cannot_hold_is_refused() {
    assert_refused::<AssetFilter>(
        r#"{"uint8": 256}"#,
        "column `uint8`: invalid value: integer `256`, expected u8",
    );
    assert_refused::<AssetFilter>(
        r#"{"uint64": -1}"#,
        "column `uint64`: invalid value: integer `-1`, expected u64",
    );
    assert_refused::<AssetFilter>(
        r#"{"fixed": [1, 2]}"#,
        "column `fixed`: invalid length 2, expected 3 bytes",
    );
    assert_refused::<AssetFilter>(
        r#"{"kind": "BaseTable"}"#,
        "column `kind`: unknown variant `BaseTable`, expected `base-table` or `view`",
    );
    assert!(serde_json::from_str::<AssetFilter>(r#"{"float64": 1e999}"#).is_err());
}

/// As infinity, such values would keep the wrong rows.
#[test]
fn a_float_beyond_the_range_of_its_column_is_refused() {
    assert!(serde_json::from_str::<AssetFilter>(r#"{"float32": 1e39}"#).is_err());
    assert!(serde_json::from_str::<AssetFilter>(r#"{"float16": 70000}"#).is_err());
}

#[test]
fn a_value_that_is_not_a_map_is_refused() {
    let expected = "expected a map of column names to values";
    assert_refused::<AssetFilter>("[]", &format!("invalid type: sequence, {expected}"));
    assert_refused::<AssetFilter>("null", &format!("invalid type: null, {expected}"));
}
