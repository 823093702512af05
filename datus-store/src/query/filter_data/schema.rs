//! The JSON Schema of filters and query results.

mod answers;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::limits::MAX_FILTER_DEPTH;
use super::{operators, problem};
use crate::record::{ColumnKind, FieldType, FilterColumn, Operator, RecordFilter, ScalarKind, StructFilter};

/// Returns the schema of the generated `…Filter` of a record. Called by generated code.
pub fn record_schema<F: RecordFilter + JsonSchema>(generator: &mut SchemaGenerator) -> Schema {
    let this = generator.subschema_for::<F>().to_value();
    filter(F::COLUMNS, F::COMBINATORS, &this, &|_| None).into()
}

/// Returns the schema of the generated `…Filter` of a nested struct. Called by generated code.
pub fn struct_schema<F: StructFilter>() -> Schema {
    closed(properties(F::COLUMNS, &|_| None)).into()
}

/// A function that returns the values that a column with this name can have, or `None` if they are not known.
pub(crate) type EnumValues<'a> = dyn Fn(&str) -> Option<Vec<Value>> + 'a;

/// Returns the schema of a filter. `this` is the schema for filters that are nested in it.
pub(crate) fn filter(
    columns: &[FilterColumn],
    combinators: [&'static str; 3],
    this: &Value,
    known: &EnumValues<'_>,
) -> Map<String, Value> {
    let [any, all, not] = combinators;
    let mut properties = properties(columns, known);
    let list = |description: String, min: usize| json!({ "description": description, "type": "array", "items": this, "minItems": min });
    let deep = format!("At most {MAX_FILTER_DEPTH} levels deep.");
    properties
        .insert(any.into(), list(format!("At least one of these filters must match the row. {deep}"), 1));
    properties.insert(all.into(), list(format!("All of these filters must match the row. {deep}"), 0));
    let mut negated = this.clone();
    if let Some(negated) = negated.as_object_mut() {
        negated.insert("description".into(), json!("This filter must be false for the row."));
    }
    properties.insert(not.into(), negated);
    closed(properties)
}

/// Returns the schema of an object that has only these properties.
fn closed(properties: Map<String, Value>) -> Map<String, Value> {
    let entries = [
        ("type", "object".into()),
        ("properties", properties.into()),
        ("additionalProperties", false.into()),
    ];
    entries.into_iter().map(|(key, value)| (key.to_owned(), value)).collect()
}

fn properties(columns: &[FilterColumn], known: &EnumValues<'_>) -> Map<String, Value> {
    let usable = problem::usable(columns);
    usable.map(|column| (column.name.to_owned(), self::column(column, known))).collect()
}

fn column(column: &FilterColumn, known: &EnumValues<'_>) -> Value {
    let mut schema = match column.field.kind {
        ColumnKind::Struct(inside) => {
            let mut properties = properties(inside, &|_| None);
            if column.field.nullable {
                properties.entry(Operator::IsNull.name()).or_insert_with(|| json!({ "type": "boolean" }));
            }
            closed(properties).into()
        }
        ColumnKind::Scalar(kind) => {
            let value = value(kind, known(column.name));
            json!({ "anyOf": [value, tests(column.field, &value)] })
        }
        ColumnKind::List(kind) => {
            let item = value(kind, known(column.name));
            let items = json!({
                "description": "The list must contain every item.", "type": "array", "items": item,
            });
            json!({ "anyOf": [items, tests(column.field, &item)] })
        }
        ColumnKind::Opaque | ColumnKind::Json => tests(column.field, &Value::Null),
    };
    if let Some(schema) = schema.as_object_mut().filter(|_| !column.description.is_empty()) {
        schema.insert("description".into(), json!(column.description));
    }
    schema
}

/// Returns the schema of an object of operators.
fn tests(field: FieldType, value: &Value) -> Value {
    let tests = operators::of(field).into_iter().map(|operator| {
        let list = |item: &Value| json!({ "type": "array", "items": item });
        let schema = match operator {
            Operator::IsNull => json!({ "type": "boolean" }),
            Operator::In | Operator::NotIn if field.nullable => {
                list(&json!({ "anyOf": [value, { "type": "null" }] }))
            }
            operator if operator.takes_list() => list(value),
            Operator::Like => json!({
                "description": "A pattern: `%` matches any characters, `_` matches one.", "type": "string",
            }),
            Operator::StartsWith | Operator::EndsWith => json!({ "type": "string" }),
            Operator::Contains if matches!(field.kind, ColumnKind::Scalar(_)) => json!({ "type": "string" }),
            _ => value.clone(),
        };
        (operator.name().to_owned(), schema)
    });
    let tests: Map<String, Value> = tests.collect();
    json!({ "type": "object", "properties": tests, "additionalProperties": false, "minProperties": 1 })
}

/// Returns the schema of a value. If the possible values are known, the schema lists them.
fn value(kind: ScalarKind, known: Option<Vec<Value>>) -> Value {
    match known {
        Some(values) => match scalar(kind).get("type") {
            Some(name) => json!({ "type": name, "enum": values }),
            None => json!({ "enum": values }),
        },
        None => scalar(kind),
    }
}

fn scalar(kind: ScalarKind) -> Value {
    let integer = |min: i64, max: u64| json!({ "type": "integer", "minimum": min, "maximum": max });
    let bytes = || integer(0, u8::MAX.into());
    match kind {
        ScalarKind::Bool => json!({ "type": "boolean" }),
        ScalarKind::Int8 => integer(i8::MIN.into(), 127),
        ScalarKind::Int16 => integer(i16::MIN.into(), 32_767),
        ScalarKind::Int32 => integer(i32::MIN.into(), 2_147_483_647),
        ScalarKind::Int64 => integer(i64::MIN, 9_223_372_036_854_775_807),
        ScalarKind::UInt8 => integer(0, u8::MAX.into()),
        ScalarKind::UInt16 => integer(0, u16::MAX.into()),
        ScalarKind::UInt32 => integer(0, u32::MAX.into()),
        ScalarKind::UInt64 => integer(0, u64::MAX),
        #[cfg(feature = "half")]
        ScalarKind::Float16 => json!({ "type": "number", "minimum": -65504, "maximum": 65504 }),
        ScalarKind::Float32 => json!({ "type": "number", "minimum": f32::MIN, "maximum": f32::MAX }),
        ScalarKind::Float64 => json!({ "type": "number" }),
        ScalarKind::Text => json!({ "type": "string" }),
        ScalarKind::Enum(names) => json!({ "type": "string", "enum": names }),
        ScalarKind::Bytes => json!({ "type": "array", "items": bytes() }),
        ScalarKind::FixedBytes(length) => {
            json!({ "type": "array", "items": bytes(), "minItems": length, "maxItems": length })
        }
        #[cfg(feature = "uuid")]
        ScalarKind::Uuid => json!({ "type": "string", "format": "uuid" }),
        #[cfg(feature = "chrono")]
        ScalarKind::Date => json!({ "type": "string", "format": "date" }),
        #[cfg(feature = "chrono")]
        ScalarKind::Time => json!({
            "description": "A time of day.", "type": "string", "pattern": format!("^{TIME}$"),
        }),
        #[cfg(feature = "chrono")]
        ScalarKind::Timestamp { zone: Some(_), .. } => json!({ "type": "string", "format": "date-time" }),
        #[cfg(feature = "chrono")]
        ScalarKind::Timestamp { zone: None, .. } => json!({
            "description": "A local time without a zone.",
            "type": "string",
            "pattern": format!("^{DATE}T{TIME}$"),
        }),
        ScalarKind::Duration => json!({
            "description": "A number of seconds. As text, it can have more digits.",
            "anyOf": [
                { "type": "number", "minimum": 0, "maximum": 9_200_000_000_u64 },
                { "type": "string", "pattern": r"^([0-9]{1,9}|[1-8][0-9]{9}|9[01][0-9]{8})(\.[0-9]{1,9})?$" },
            ],
        }),
        ScalarKind::Decimal { precision, scale } => json!({
            "description": "A decimal number as text.", "type": "string", "pattern": decimal(precision, scale),
        }),
    }
}

/// The pattern for Gregorian dates: days 1 to 28, the later days of longer months, and February 29 in leap years.
#[cfg(feature = "chrono")]
const DATE: &str = concat!(
    "([0-9]{4}-((0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])|(0[13-9]|1[0-2])-(29|30)|(0[13578]|1[02])-31)",
    "|([0-9]{2}(0[48]|[2468][048]|[13579][26])|([02468][048]|[13579][26])00)-02-29)",
);
/// The pattern for times of day.
#[cfg(feature = "chrono")]
const TIME: &str = r"([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\.[0-9]{1,9})?";

fn decimal(precision: u8, scale: i8) -> String {
    let scale = scale.unsigned_abs();
    let whole = match precision.saturating_sub(scale) {
        0 => "0".to_owned(),
        digits => format!("[0-9]{{1,{digits}}}"),
    };
    let fraction = if scale == 0 { String::new() } else { format!(r"(\.[0-9]{{1,{scale}}})?") };
    format!("^-?{whole}{fraction}$")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::ScalarKind;

    #[test]
    fn each_operator_has_the_schema_of_its_argument() {
        let known = json!({ "enum": ["a", "b"] });
        let field = FieldType { kind: ColumnKind::Scalar(ScalarKind::Text), nullable: true };
        let operators = &tests(field, &known)["properties"];
        let string = json!({ "type": "string" });
        assert_eq!((&operators["eq"], &operators["is_null"]), (&known, &json!({ "type": "boolean" })));
        for operator in ["starts_with", "ends_with", "contains"] {
            assert_eq!(operators[operator], string, "{operator}");
        }
        assert!(operators["like"]["description"].as_str().is_some_and(|text| text.contains("pattern")));
        let with_null = json!({ "type": "array", "items": { "anyOf": [known, { "type": "null" }] } });
        assert_eq!((&operators["in"], &operators["not_in"]), (&with_null, &with_null));
        let operators = &tests(FieldType { nullable: false, ..field }, &known)["properties"];
        assert_eq!(operators["in"], json!({ "type": "array", "items": known }));
        let list = FieldType { kind: ColumnKind::List(ScalarKind::Text), nullable: false };
        assert_eq!(tests(list, &known)["properties"]["contains"], known);
    }
}
