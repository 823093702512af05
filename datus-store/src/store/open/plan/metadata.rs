use std::collections::HashMap;

use arrow_schema::{DataType, Field, Schema};

use super::step::{MetadataChange, Step};
use crate::record::{is_standby, keys};

/// The keys that are removed when the record no longer sets them. Other keys of the table are kept: they may belong to another
/// program or to a newer version of this crate.
const REMOVABLE: [&str; 4] = [keys::DESCRIPTION, keys::SOURCE_OF, keys::INDEX, keys::FTS];

/// The keys that other steps set.
const SET_BY_OTHER_STEPS: [&str; 3] = [keys::KEY, keys::METRIC, keys::SCHEMA_VERSION];

/// Returns the metadata of a schema that replaces a stored one. Stored pairs that the record does not set are kept, except
/// for those with a `REMOVABLE` key.
pub(in crate::store) fn merged(
    expected: &HashMap<String, String>,
    stored: &HashMap<String, String>,
) -> HashMap<String, String> {
    let mut merged = stored.clone();
    merged.retain(|key, _| !REMOVABLE.contains(&key.as_str()));
    merged.extend(expected.iter().map(|(key, value)| (key.clone(), value.clone())));
    merged
}

/// Returns the step that updates the metadata of the schema, if it changes.
pub(super) fn of_table(expected: &Schema, stored: &Schema) -> Option<Step> {
    step(None, changes(expected.metadata(), stored.metadata()))
}

/// Adds the steps that update the metadata of a column, and of the columns inside a struct.
pub(super) fn of_column(path: &str, expected: &Field, stored: &Field, steps: &mut Vec<Step>) {
    steps.extend(step(Some(path.to_owned()), changes(expected.metadata(), stored.metadata())));
    if let (DataType::Struct(expected), DataType::Struct(stored)) = (expected.data_type(), stored.data_type())
    {
        for field in expected {
            if let Some((_, stored)) = stored.find(field.name()) {
                of_column(&format!("{path}.{}", field.name()), field, stored, steps);
            }
        }
    }
}

/// Returns the steps that put the new names of renamed columns into the metadata of standby vector columns. A writer that
/// changes a source text uses these names to find the vectors that depend on it.
pub(super) fn of_standby(stored: &Schema, renamed: &Schema) -> Vec<Step> {
    let fields = stored.fields().iter().zip(renamed.fields()).filter(|(field, _)| is_standby(field));
    let steps = fields.filter_map(|(field, renamed)| {
        step(Some(field.name().clone()), changes(renamed.metadata(), field.metadata()))
    });
    steps.collect()
}

fn step(column: Option<String>, changes: Vec<MetadataChange>) -> Option<Step> {
    (!changes.is_empty()).then_some(Step::SetMetadata { column, changes })
}

fn changes(expected: &HashMap<String, String>, stored: &HashMap<String, String>) -> Vec<MetadataChange> {
    let set = expected.iter().filter(|(key, value)| stored.get(*key) != Some(value)).map(|(key, value)| {
        MetadataChange { key: key.clone(), from: stored.get(key).cloned(), to: Some(value.clone()) }
    });
    let gone = REMOVABLE.into_iter().filter(|key| !expected.contains_key(*key)).filter_map(|key| {
        Some(MetadataChange { key: key.to_owned(), from: Some(stored.get(key)?.clone()), to: None })
    });
    let mut changes: Vec<MetadataChange> =
        set.chain(gone).filter(|change| !SET_BY_OTHER_STEPS.contains(&change.key.as_str())).collect();
    changes.sort_unstable_by(|left, right| left.key.cmp(&right.key));
    changes
}
