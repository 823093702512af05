//! Which vectors of a table have to be made anew.

use arrow_schema::{Field, Schema};

use crate::error::{Error, ErrorKind, Result};
use crate::model::{ModelIdentity, probe};
use crate::record::{Difference, RecordDef, VectorDef, differences, keys, standby};
use crate::store::open::refuse;

/// A vector column that is made anew.
#[derive(Debug, Clone)]
pub(super) struct Change {
    /// Its number in the record.
    pub(super) vector: usize,
    pub(super) name: &'static str,
    /// The name of the column that the vectors are made in.
    pub(super) standby: &'static str,
    /// That column.
    pub(super) field: Field,
    /// Whether that column is there already, from a run that was cut off or from before the last change of the model.
    pub(super) begun: bool,
    /// Whether the table has vectors that serve.
    pub(super) serving: bool,
}

/// What has to be made anew so that the table has the vectors of the schema `wanted`.
///
/// # Errors
/// `InvalidInput` for a column that stands by with the vectors of yet another model; `SchemaMismatch` for differences
/// elsewhere.
pub(super) fn changes(record: &RecordDef, wanted: &Schema, stored: &Schema) -> Result<Vec<Change>> {
    let mut changes = Vec::new();
    for (vector, definition) in record.vectors.iter().enumerate() {
        let Ok(field) = wanted.field_with_name(definition.name) else { continue };
        let serving = stored.field_with_name(definition.name).ok();
        if serving.is_some_and(|serving| alike(field, serving)) {
            continue;
        }
        changes.push(change(vector, definition, field, serving.is_some(), stored)?);
    }
    let elsewhere = |difference: &Difference| match difference {
        Difference::SchemaVersion { .. } => false,
        difference => changes.iter().all(|change| difference.column() != Some(change.name)),
    };
    let others: Vec<Difference> = differences(record, wanted, stored).into_iter().filter(elsewhere).collect();
    if others.is_empty() { Ok(changes) } else { Err(refuse(record, others)) }
}

fn change(
    vector: usize,
    definition: &VectorDef,
    field: &Field,
    serving: bool,
    stored: &Schema,
) -> Result<Change> {
    let standby = standby(definition.name);
    let found = stored.field_with_name(standby).ok();
    if let Some(other) = found.filter(|found| !alike(field, found)) {
        let made_by = ModelIdentity::from_metadata(other.metadata());
        let made_by = made_by.map_or_else(|| "another model".to_owned(), |model| model.to_string());
        let message = format!("the standby column has vectors of {made_by}");
        let help = "finish that with `reembed` and that model, or drop them with `drop_standby`, or with `.discard_standby()` \
                    here";
        return Err(Error::new(ErrorKind::InvalidInput, message).with_help(help).with_column(standby));
    }
    Ok(Change {
        vector,
        name: definition.name,
        standby,
        field: field.clone().with_name(standby),
        begun: found.is_some(),
        serving,
    })
}

/// The vectors of the record as changes that need no column of their own: rows that lack one get it where they are.
pub(super) fn in_place(record: &RecordDef, stored: &Schema) -> Vec<Change> {
    let change = |(vector, definition): (usize, &VectorDef)| {
        let field = stored.field_with_name(definition.name).ok()?.clone();
        let name = definition.name;
        Some(Change { vector, name, standby: name, field, begun: true, serving: true })
    };
    record.vectors.iter().enumerate().filter_map(change).collect()
}

/// Whether the columns that are filled are there, and are to hold what these changes make. Another program can have ended
/// the change, or given it up.
pub(super) fn are_under_way(changes: &[Change], stored: &Schema) -> bool {
    changes
        .iter()
        .all(|change| stored.field_with_name(change.standby).is_ok_and(|found| alike(&change.field, found)))
}

/// The columns that stand by with other vectors than those of the schema `wanted`.
pub(super) fn others(record: &RecordDef, wanted: &Schema, stored: &Schema) -> Vec<&'static str> {
    let other = |vector: &VectorDef| {
        let standby = standby(vector.name);
        let wanted = wanted.field_with_name(vector.name).ok()?;
        let found = stored.field_with_name(standby).ok()?;
        (!alike(wanted, found)).then_some(standby)
    };
    record.vectors.iter().filter_map(other).collect()
}

/// Whether the vectors of both columns are made in the same way by the same model, as far as the probe text shows.
fn alike(wanted: &Field, found: &Field) -> bool {
    const MARKS: [&str; 3] = [keys::VECTOR_OF, keys::TEMPLATE, keys::METRIC];
    let marked_alike = MARKS.iter().all(|mark| wanted.metadata().get(*mark) == found.metadata().get(*mark));
    let model = |field: &Field| ModelIdentity::from_metadata(field.metadata());
    let probe = |field: &Field| field.metadata().get(keys::PROBE).and_then(|text| probe::from_text(text));
    let same_probe = match (probe(wanted), probe(found)) {
        (Some(wanted), Some(found)) => probe::cosine(&wanted, &found) >= probe::THRESHOLD,
        _ => true,
    };
    marked_alike && same_probe && model(wanted) == model(found) && wanted.data_type() == found.data_type()
}
