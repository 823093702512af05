//! Generates values that satisfy a schema.

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::string::string_regex;
use serde_json::{Map, Value, json};

use super::validate::resolve;

/// Generates values for the schema. `depth` limits how many nested references are followed.
pub(super) fn values(root: &Value, schema: &Value, depth: usize) -> BoxedStrategy<Value> {
    let keyword = |name: &str| schema.get(name);
    if let Some(reference) = keyword("$ref") {
        return match depth.checked_sub(1) {
            Some(depth) => values(root, resolve(root, reference), depth),
            None => Just(json!({})).boxed(),
        };
    }
    if let Some(names) = keyword("enum") {
        return select(names.as_array().unwrap().clone()).boxed();
    }
    if let Some(options) = keyword("anyOf") {
        let options: Vec<_> =
            options.as_array().unwrap().iter().map(|option| values(root, option, depth)).collect();
        return proptest::strategy::Union::new(options).boxed();
    }
    match keyword("type").and_then(Value::as_str).expect("a type") {
        "null" => Just(Value::Null).boxed(),
        "boolean" => any::<bool>().prop_map(Value::from).boxed(),
        "integer" => integers(keyword("minimum").unwrap(), keyword("maximum").unwrap()),
        "number" => {
            let bound =
                |name: &str, default: f64| keyword(name).map_or(default, |bound| bound.as_f64().unwrap());
            let (low, high) = (bound("minimum", -1e300), bound("maximum", 1e300));
            prop_oneof![
                (low..=high).prop_map(Value::from),
                (low.max(-1000.0)..=high.min(1000.0))
                    .prop_map(|float| json!((float * 100.0).round() / 100.0)),
                Just(json!(low)),
                Just(json!(high)),
            ]
            .boxed()
        }
        "string" => texts(schema),
        "array" => {
            let bound =
                |name: &str, default| keyword(name).map_or(default, |bound| bound.as_u64().unwrap() as usize);
            let (min, max) = (bound("minItems", 0), bound("maxItems", 3));
            vec(values(root, &schema["items"], depth), min..=max.max(min)).prop_map(Value::from).boxed()
        }
        "object" => objects(root, schema, depth),
        other => panic!("unknown type {other}"),
    }
}

fn objects(root: &Value, schema: &Value, depth: usize) -> BoxedStrategy<Value> {
    let properties: Vec<(String, Value)> =
        schema["properties"].as_object().unwrap().clone().into_iter().collect();
    let min = schema.get("minProperties").map_or(0, |min| min.as_u64().unwrap() as usize);
    let most = properties.len().min(4);
    let root = root.clone();
    let chosen = subsequence(properties, min..=most.max(min));
    let entries = chosen.prop_flat_map(move |properties| {
        let entries: Vec<_> = properties
            .into_iter()
            .map(|(name, schema)| (Just(name), values(&root, &schema, depth)))
            .collect();
        entries
    });
    entries.prop_map(|entries| Value::Object(entries.into_iter().collect::<Map<_, _>>())).boxed()
}

fn integers(min: &Value, max: &Value) -> BoxedStrategy<Value> {
    match (min.as_i64(), max.as_i64()) {
        (Some(low), Some(high)) => {
            prop_oneof![low..=high, Just(low), Just(high)].prop_map(Value::from).boxed()
        }
        _ => {
            let (low, high) = (min.as_u64().unwrap(), max.as_u64().unwrap());
            prop_oneof![low..=high, Just(low), Just(high)].prop_map(Value::from).boxed()
        }
    }
}

fn texts(schema: &Value) -> BoxedStrategy<Value> {
    let matching = |pattern: &str| string_regex(pattern).unwrap().prop_map(Value::from).boxed();
    if let Some(pattern) = schema.get("pattern").and_then(Value::as_str) {
        return matching(pattern.trim_start_matches('^').trim_end_matches('$'));
    }
    match schema.get("format").and_then(Value::as_str) {
        Some("uuid") => matching("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"),
        Some("date") => matching("[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])"),
        // All times are within the range of nanosecond timestamps.
        Some("date-time") => matching(
            "(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](Z|[+]0[0-9]:30|-11:00)",
        ),
        Some(other) => panic!("unknown format {other}"),
        None => {
            prop_oneof![any::<String>(), Just(String::new()), "[a-z%_]{1,8}"].prop_map(Value::from).boxed()
        }
    }
}
