use arrow_schema::{DataType, Field, Schema};

use super::Difference;
use crate::model::ModelIdentity;
use crate::record::{RecordDef, is_standby, keys};

/// Returns every difference between the schema of a record and that of a table.
///
/// The order of columns, missing columns that have a default, and standby vector columns do not count as differences.
pub(crate) fn differences(record: &RecordDef, expected: &Schema, found: &Schema) -> Vec<Difference> {
    let mut differences = Vec::new();
    for field in expected.fields() {
        match found.field_with_name(field.name()) {
            Ok(stored) => compare_fields(field, stored, &mut differences),
            Err(_) if record.field(field.name()).is_some_and(|field| field.optional) => {}
            Err(_) => differences.push(Difference::Missing {
                column: field.name().clone(),
                expected: field.data_type().clone(),
            }),
        }
    }
    for field in found.fields() {
        if expected.field_with_name(field.name()).is_err() && !is_standby(field) {
            differences
                .push(Difference::Extra { column: field.name().clone(), found: field.data_type().clone() });
        }
    }
    let versions = (schema_version(expected), schema_version(found));
    if versions.0 != versions.1 {
        differences.push(Difference::SchemaVersion { expected: versions.0, found: versions.1 });
    }
    let (expected, found) = (key_columns(expected), key_columns(found));
    if expected != found {
        differences.push(Difference::Key { expected, found });
    }
    differences
}

fn compare_fields(expected: &Field, found: &Field, differences: &mut Vec<Difference>) {
    let column = || expected.name().clone();
    let is_vector = expected.metadata().contains_key(keys::VECTOR_OF);
    let dimensions = if is_vector { dimensions(expected.data_type(), found.data_type()) } else { None };
    if let Some((expected, found)) = dimensions {
        differences.push(Difference::Dimension { column: column(), expected, found });
    } else if !same_type(expected.data_type(), found.data_type()) {
        differences.push(Difference::Type {
            column: column(),
            expected: expected.data_type().clone(),
            found: found.data_type().clone(),
        });
    }
    if expected.is_nullable() != found.is_nullable() {
        differences.push(Difference::Nullability { column: column(), expected: expected.is_nullable() });
    }
    if is_vector {
        compare_vectors(expected, found, differences);
    }
}

/// Returns the dimensions of two vector types that differ only in their dimensions.
fn dimensions(expected: &DataType, found: &DataType) -> Option<(usize, usize)> {
    match (expected, found) {
        (DataType::List(expected), DataType::List(found)) => {
            dimensions(expected.data_type(), found.data_type())
        }
        (DataType::FixedSizeList(expected_item, expected), DataType::FixedSizeList(found_item, found))
            if expected_item.data_type() == found_item.data_type() && expected != found =>
        {
            Some((usize::try_from(*expected).ok()?, usize::try_from(*found).ok()?))
        }
        _ => None,
    }
}

fn compare_vectors(expected: &Field, found: &Field, differences: &mut Vec<Difference>) {
    let column = || expected.name().clone();
    let text = |field: &Field, key: &str| field.metadata().get(key).cloned();
    if let Some(model) = ModelIdentity::from_metadata(expected.metadata()) {
        let stored = ModelIdentity::from_metadata(found.metadata());
        if stored.as_ref() != Some(&model) {
            let (expected, found) = (Box::new(model), stored.map(Box::new));
            differences.push(Difference::Model { column: column(), expected, found });
        }
    }
    if let (Some(metric), stored) = (text(expected, keys::METRIC), text(found, keys::METRIC))
        && stored.as_ref() != Some(&metric)
    {
        differences.push(Difference::Metric { column: column(), expected: metric, found: stored });
    }
    if let (Some(source), stored) = (text(expected, keys::VECTOR_OF), text(found, keys::VECTOR_OF))
        && stored.as_ref() != Some(&source)
    {
        differences.push(Difference::Source { column: column(), expected: source, found: stored });
    } else {
        let (expected, found) = (text(expected, keys::TEMPLATE), text(found, keys::TEMPLATE));
        if expected != found {
            differences.push(Difference::Template { column: column(), expected, found });
        }
    }
}

/// Returns the schema version in the metadata, or 0 if absent.
pub(crate) fn schema_version(schema: &Schema) -> u32 {
    let version = schema.metadata().get(keys::SCHEMA_VERSION);
    version.and_then(|version| version.parse().ok()).unwrap_or_default()
}

/// Returns the key columns in the order of the key.
pub(crate) fn key_columns(schema: &Schema) -> Vec<String> {
    let mut columns: Vec<(usize, String)> = schema
        .fields()
        .iter()
        .filter_map(|field| Some((field.metadata().get(keys::KEY)?.parse().ok()?, field.name().clone())))
        .collect();
    columns.sort_unstable();
    columns.into_iter().map(|(_, name)| name).collect()
}

/// Returns `true` if two types are equal, ignoring the metadata of nested fields.
pub(crate) fn same_type(left: &DataType, right: &DataType) -> bool {
    let same_field = |left: &Field, right: &Field| {
        left.name() == right.name()
            && left.is_nullable() == right.is_nullable()
            && same_type(left.data_type(), right.data_type())
    };
    match (left, right) {
        (DataType::List(left), DataType::List(right)) => same_field(left, right),
        (DataType::Map(left, _), DataType::Map(right, _)) => same_field(left, right),
        (DataType::FixedSizeList(left, a), DataType::FixedSizeList(right, b)) => {
            a == b && same_field(left, right)
        }
        (DataType::Struct(left), DataType::Struct(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_field(left, right))
        }
        (left, right) => left == right,
    }
}

#[cfg(test)]
mod tests;
