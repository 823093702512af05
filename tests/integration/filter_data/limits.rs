//! The limits on the depth and the size of a filter as data.

use datus_store::query::{IntoFilter, MAX_FILTER_DEPTH, MAX_FILTER_SIZE, Predicate};

use super::{Asset, AssetFilter};

fn nested(levels: usize, combinator: &str) -> String {
    let (open, close) = match combinator {
        "not" => (r#"{"not": "#.to_owned(), "}"),
        name => (format!("{{\"{name}\": ["), "]}"),
    };
    format!("{}{{\"int8\": 1}}{}", open.repeat(levels), close.repeat(levels))
}

#[test]
fn a_filter_of_the_maximum_depth_is_read_and_a_deeper_one_is_refused() {
    for combinator in ["any", "all", "not"] {
        assert!(
            serde_json::from_str::<AssetFilter>(&nested(MAX_FILTER_DEPTH, combinator)).is_ok(),
            "{combinator}"
        );
        for levels in [MAX_FILTER_DEPTH + 1, 4 * MAX_FILTER_DEPTH, 50] {
            let error =
                serde_json::from_str::<AssetFilter>(&nested(levels, combinator)).unwrap_err().to_string();
            let message = "the filter is nested more than 8 levels deep: nest fewer `any`, `all` and `not`";
            assert!(error.starts_with(message), "{combinator} {levels}: {error}");
        }
    }
}

#[test]
fn a_filter_of_the_maximum_size_is_read_and_a_larger_one_is_refused() {
    // The object of columns, the object of operators, and the list count toward the size too.
    let of = |values: usize| format!("{{\"int8\": {{\"in\": [{}1]}}}}", "1,".repeat(values - 1));
    let filter: AssetFilter = serde_json::from_str(&of(MAX_FILTER_SIZE - 3)).unwrap();
    assert!(matches!(
        filter.into_filter().into_predicate(),
        Predicate::In { values, .. } if values.len() == MAX_FILTER_SIZE - 3
    ));
    let error = serde_json::from_str::<AssetFilter>(&of(MAX_FILTER_SIZE - 2)).unwrap_err().to_string();
    assert!(
        error.starts_with("the filter has more than 10000 values: use fewer or shorter lists"),
        "{error}"
    );
}

/// A chain of conditions counts as several levels, because the engine is recursive.
#[test]
fn a_filter_that_is_read_is_never_too_deep_for_the_engine() {
    let wide = |inside: String| {
        let conditions = vec![r#"{"int8": 1}"#; 40].join(",");
        format!("{{\"any\": [{{\"all\": [{conditions}, {inside}]}}, {conditions}]}}")
    };
    let read = |json: &str| serde_json::from_str::<AssetFilter>(json);
    let shallow = wide(r#"{"int8": 2}"#.to_owned());
    let filter = datus_store::Filter::<Asset>::clone(&read(&shallow).unwrap().into_filter());
    assert!(!matches!(filter.predicate(), Predicate::Invalid(_)));
    let deep = wide(wide(r#"{"int8": 2}"#.to_owned()));
    let message = "the filter has too many nested conditions: use fewer `any`, `all` and `not`, or one `in` in \
                   place of many conditions";
    assert_eq!(read(&deep).unwrap_err().to_string(), message);
}
