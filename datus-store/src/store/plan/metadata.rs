use std::collections::HashMap;

use arrow_schema::{DataType, Field, Schema};

use super::step::{MetadataChange, Step};
use crate::record::{is_standby, keys};

/// What a record may stop saying. Other keys of the table are left alone: they may be the program's or a newer version's.
const TAKEN_AWAY: [&str; 4] = [keys::DESCRIPTION, keys::SOURCE_OF, keys::INDEX, keys::FTS];

/// What steps of their own set.
const OWN_STEP: [&str; 3] = [keys::KEY, keys::METRIC, keys::SCHEMA_VERSION];

/// The metadata of a schema that takes the place of a stored one: pairs that are not the record's stay.
pub(in crate::store) fn merged(
    expected: &HashMap<String, String>,
    stored: &HashMap<String, String>,
) -> HashMap<String, String> {
    let mut merged = stored.clone();
    merged.retain(|key, _| !TAKEN_AWAY.contains(&key.as_str()));
    merged.extend(expected.iter().map(|(key, value)| (key.clone(), value.clone())));
    merged
}

/// The step that brings the metadata of the schema up to date.
pub(super) fn of_table(expected: &Schema, stored: &Schema) -> Option<Step> {
    step(None, changes(expected.metadata(), stored.metadata()))
}

/// The steps that bring the metadata of a column, and of the columns inside a struct, up to date.
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

/// The steps that let vector columns on standby say the new names of renamed columns: whoever changes a text that they
/// are made from must know.
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
    let gone = TAKEN_AWAY.into_iter().filter(|key| !expected.contains_key(*key)).filter_map(|key| {
        Some(MetadataChange { key: key.to_owned(), from: Some(stored.get(key)?.clone()), to: None })
    });
    let mut changes: Vec<MetadataChange> =
        set.chain(gone).filter(|change| !OWN_STEP.contains(&change.key.as_str())).collect();
    changes.sort_unstable_by(|left, right| left.key.cmp(&right.key));
    changes
}
