//! A validator for the part of JSON Schema that the schemas of this crate use. It reports an unknown keyword as a problem.

use serde_json::Value;

/// Returns the first problem with a value, or `None` if it satisfies the schema. `root` is the schema that references are
/// relative to.
pub(super) fn problem(root: &Value, schema: &Value, value: &Value) -> Option<String> {
    let keywords = schema.as_object().expect("a schema is an object");
    for (keyword, argument) in keywords {
        let satisfied = match keyword.as_str() {
            "$schema" | "title" | "description" | "$defs" => true,
            "$ref" => match problem(root, resolve(root, argument), value) {
                None => true,
                problem => return problem,
            },
            "type" => has_type(argument.as_str().expect("one type"), value),
            "enum" => argument.as_array().expect("a list").contains(value),
            "anyOf" => {
                let options = argument.as_array().expect("a list");
                options.iter().any(|option| problem(root, option, value).is_none())
            }
            "properties" => {
                let properties = argument.as_object().expect("an object");
                let given = value.as_object().into_iter().flatten();
                let found =
                    given.filter_map(|(key, value)| problem(root, properties.get(key)?, value)).next();
                if found.is_some() {
                    return found;
                }
                true
            }
            "additionalProperties" => {
                assert_eq!(argument, &Value::Bool(false));
                let properties = keywords["properties"].as_object().expect("an object");
                value.as_object().is_none_or(|given| given.keys().all(|key| properties.contains_key(key)))
            }
            "required" => argument.as_array().expect("a list").iter().all(|key| {
                value.as_object().is_none_or(|given| given.contains_key(key.as_str().expect("a key")))
            }),
            "minProperties" => value.as_object().is_none_or(|given| given.len() as u64 >= number(argument)),
            "items" => {
                let found = value.as_array().into_iter().flatten();
                if let Some(problem) = found.filter_map(|item| problem(root, argument, item)).next() {
                    return Some(problem);
                }
                true
            }
            "minItems" => value.as_array().is_none_or(|items| items.len() as u64 >= number(argument)),
            "maxItems" => value.as_array().is_none_or(|items| items.len() as u64 <= number(argument)),
            "minimum" => value.as_number().is_none_or(|_| at_most(argument, value)),
            "maximum" => value.as_number().is_none_or(|_| at_most(value, argument)),
            "pattern" => value.as_str().is_none_or(|text| {
                regex::Regex::new(argument.as_str().expect("a pattern")).expect("a pattern").is_match(text)
            }),
            "format" => {
                value.as_str().is_none_or(|text| has_format(argument.as_str().expect("a format"), text))
            }
            other => panic!("unknown keyword {other}"),
        };
        if !satisfied {
            return Some(format!("{keyword} {argument} is not satisfied by {value}"));
        }
    }
    None
}

pub(super) fn resolve<'a>(root: &'a Value, reference: &Value) -> &'a Value {
    let pointer =
        reference.as_str().and_then(|reference| reference.strip_prefix('#')).expect("a local reference");
    root.pointer(pointer).expect("a definition")
}

fn number(value: &Value) -> u64 {
    value.as_u64().expect("a number")
}

fn at_most(left: &Value, right: &Value) -> bool {
    let integer = |value: &Value| value.as_i64().map(i128::from).or(value.as_u64().map(i128::from));
    match (integer(left), integer(right)) {
        (Some(left), Some(right)) => left <= right,
        _ => left.as_f64() <= right.as_f64(),
    }
}

fn has_type(name: &str, value: &Value) -> bool {
    match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => {
            value.is_i64() || value.is_u64() || value.as_f64().is_some_and(|float| float.fract() == 0.0)
        }
        "number" => value.is_number(),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("unknown type {other}"),
    }
}

fn has_format(name: &str, text: &str) -> bool {
    let pattern = match name {
        "uuid" => "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$",
        "date" => "^[0-9]{4}-[0-9]{2}-[0-9]{2}$",
        "date-time" => {
            r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?(Z|[+-][0-9]{2}:[0-9]{2})$"
        }
        // A format for numbers does not restrict text.
        "int32" => return true,
        other => panic!("unknown format {other}"),
    };
    regex::Regex::new(pattern).expect("a pattern").is_match(text)
}
