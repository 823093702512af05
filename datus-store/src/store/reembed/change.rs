//! Finds the vector columns of a table that must be re-embedded.

use arrow_schema::{Field, Schema};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{ModelIdentity, probe};
use crate::record::{Difference, RecordDef, VectorDef, differences, keys, standby};
use crate::store::target::{adopt_help, refuse};

/// A vector column that is re-embedded.
#[derive(Debug, Clone)]
pub(super) struct VectorChange {
    /// The position of the vector in the record.
    pub(super) vector: usize,
    pub(super) name: &'static str,
    /// The name of the standby column, which receives the new vectors.
    pub(super) standby: &'static str,
    /// The standby column.
    pub(super) field: Field,
    /// `true` if the standby column already exists, from an interrupted run or from before the last model change.
    pub(super) has_standby: bool,
    /// `true` if the table has the vector column, which searches use until the columns are swapped.
    pub(super) has_vectors: bool,
}

/// Returns the vector columns that must be re-embedded so that the table has the vectors of the schema `target`.
///
/// # Errors
/// `InvalidInput` for a standby column with the vectors of a third model; `SchemaMismatch` for differences in other columns.
pub(super) fn changes(record: &RecordDef, target: &Schema, stored: &Schema) -> Result<Vec<VectorChange>> {
    let mut changes = Vec::new();
    for (vector, definition) in record.vectors.iter().enumerate() {
        let field = target.field_with_name(definition.name).map_err(|source| {
            Error::new(ErrorKind::Engine, "the schema of the record lacks the vector column")
                .with_column(definition.name)
                .with_source(source)
        })?;
        let stored_vectors = stored.field_with_name(definition.name).ok();
        if stored_vectors.is_some_and(|vectors| alike(field, vectors)) {
            continue;
        }
        changes.push(change(vector, definition, field, stored_vectors.is_some(), stored)?);
    }
    let elsewhere = |difference: &Difference| match difference {
        Difference::SchemaVersion { .. } => false,
        difference => changes.iter().all(|change| difference.column() != Some(change.name)),
    };
    let all = differences(record, target, stored);
    let adopt = adopt_help(record, &all);
    let others: Vec<Difference> = all.into_iter().filter(elsewhere).collect();
    if others.is_empty() { Ok(changes) } else { Err(refuse(record, others, adopt)) }
}

fn change(
    vector: usize,
    definition: &VectorDef,
    field: &Field,
    has_vectors: bool,
    stored: &Schema,
) -> Result<VectorChange> {
    let standby = standby(definition.name);
    let found = stored.field_with_name(standby).ok();
    if let Some(other) = found.filter(|found| !alike(field, found)) {
        let made_by = ModelIdentity::from_metadata(other.metadata());
        let made_by = made_by.map_or_else(|| "an unknown model".to_owned(), |model| model.to_string());
        let message = format!("the standby column has vectors of {made_by}");
        let help = "finish with `reembed` and that model, or drop the vectors with `drop_standby` or `.discard_standby()`";
        return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help).with_column(standby));
    }
    Ok(VectorChange {
        vector,
        name: definition.name,
        standby,
        field: field.clone().with_name(standby),
        has_standby: found.is_some(),
        has_vectors,
    })
}

/// Returns the vector columns of the record as changes without a standby column: missing vectors are written in place.
pub(super) fn in_place(record: &RecordDef, stored: &Schema) -> Vec<VectorChange> {
    let change = |(vector, definition): (usize, &VectorDef)| {
        let field = stored.field_with_name(definition.name).ok()?.clone();
        let name = definition.name;
        Some(VectorChange { vector, name, standby: name, field, has_standby: true, has_vectors: true })
    };
    record.vectors.iter().enumerate().filter_map(change).collect()
}

/// Returns `true` if the standby columns of these changes still exist, and have the expected metadata. Another program
/// may have finished or abandoned the change.
pub(super) fn are_under_way(changes: &[VectorChange], stored: &Schema) -> bool {
    changes
        .iter()
        .all(|change| stored.field_with_name(change.standby).is_ok_and(|found| alike(&change.field, found)))
}

/// Returns the standby columns whose vectors differ from those of the schema `target`.
pub(super) fn others(record: &RecordDef, target: &Schema, stored: &Schema) -> Vec<&'static str> {
    let other = |vector: &VectorDef| {
        let standby = standby(vector.name);
        let target = target.field_with_name(vector.name).ok()?;
        let found = stored.field_with_name(standby).ok()?;
        (!alike(target, found)).then_some(standby)
    };
    record.vectors.iter().filter_map(other).collect()
}

/// Returns `true` if both columns have the same type, sources, template, metric and model. If both have a probe vector,
/// these have to match too.
fn alike(target: &Field, found: &Field) -> bool {
    const MARKS: [&str; 3] = [keys::VECTOR_OF, keys::TEMPLATE, keys::METRIC];
    let marked_alike = MARKS.iter().all(|mark| target.metadata().get(*mark) == found.metadata().get(*mark));
    let model = |field: &Field| ModelIdentity::from_metadata(field.metadata());
    let probe = |field: &Field| field.metadata().get(keys::PROBE).and_then(|text| probe::from_text(text));
    let same_probe = match (probe(target), probe(found)) {
        (Some(target), Some(found)) => probe::cosine(&target, &found) >= probe::THRESHOLD,
        _ => true,
    };
    marked_alike && same_probe && model(target) == model(found) && target.data_type() == found.data_type()
}
