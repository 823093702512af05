use std::collections::HashMap;

use arrow_schema::{DataType, Field, Schema};

use super::renames::Renames;
use super::{Fill, Plan, Step, metadata};
use crate::backend::{IndexState, StoredKind};
use crate::model::ModelIdentity;
use crate::record::{Difference, FieldDef, IndexKind, Metric, RecordDef, differences, keys};

/// The contents of a table that a plan depends on, in addition to its schema. The default lists no indexes and no nulls:
/// a plan made with it names every column that differs, drops no index, and treats nullable columns as free of nulls.
#[derive(Debug, Default)]
pub(in crate::store) struct TableContents {
    /// The number of rows.
    pub(in crate::store) rows: usize,
    /// The number of nulls in each column, by the record's name for the column.
    pub(in crate::store) nulls: HashMap<String, usize>,
    /// The number of rows that have no key, or the same key as an earlier row, under the record's key. `None` if they were
    /// not counted, in which case every row is assumed to be one of them.
    pub(in crate::store) sharing_key: Option<usize>,
    /// The indexes.
    pub(in crate::store) indexes: Vec<IndexState>,
}

/// Computes the steps that change a stored schema into the schema of a record.
pub(in crate::store) fn compute(
    record: &RecordDef,
    expected: &Schema,
    stored: &Schema,
    contents: &TableContents,
) -> Plan {
    let renames = Renames::find(record, expected, stored);
    let renamed = renames.apply(stored);
    let mut steps: Vec<Step> = Vec::new();
    for (from, to) in &renames.columns {
        let data_type =
            stored.field_with_name(from).map_or(DataType::Null, |field| field.data_type().clone());
        steps.push(Step::RenameColumn { from: from.clone(), to: to.clone(), data_type });
    }
    let by_kind = StepsByKind::sort(differences(record, expected, &renamed), record, &renamed, contents);
    let StepsByKind { nulls, added, marks, reembeds, destroys } = by_kind;
    steps.extend(nulls);
    steps.extend(added);
    for field in record.fields.iter().filter(|field| field.optional) {
        if renamed.field_with_name(field.name).is_err() {
            steps.push(add(field, Fill::Default));
        }
    }
    let mut described: Vec<Step> = metadata::of_table(expected, stored).into_iter().collect();
    for field in expected.fields() {
        let name = renames.stored(field.name());
        let Ok(found) = stored.field_with_name(name) else { continue };
        steps.extend(undeclared(field, found, &contents.indexes));
        if !reembeds.iter().any(|step| step.column() == Some(field.name())) {
            metadata::of_column(field.name(), field, found, &mut described);
        }
    }
    described.extend(metadata::of_standby(stored, &renamed));
    steps.extend(described);
    steps.extend(marks);
    steps.extend(reembeds);
    steps.extend(destroys);
    steps.sort_by_key(Step::effect);
    Plan { table: record.table.clone().into_owned(), record: record.record, rows: contents.rows, steps }
}

/// The steps that resolve differences, by kind.
#[derive(Default)]
struct StepsByKind {
    nulls: Vec<Step>,
    added: Vec<Step>,
    /// The steps that change only metadata.
    marks: Vec<Step>,
    reembeds: Vec<Step>,
    destroys: Vec<Step>,
}

impl StepsByKind {
    fn sort(
        differences: Vec<Difference>,
        record: &RecordDef,
        stored: &Schema,
        contents: &TableContents,
    ) -> Self {
        let is_vector = |name: &str| record.vectors.iter().any(|vector| vector.name == name);
        let data_type = |name: &str| {
            stored.field_with_name(name).map_or(DataType::Null, |field| field.data_type().clone())
        };
        // Differences that make vectors unusable come first. Other differences of the same vector column are then added to
        // the reasons for its step.
        let (outdated, others): (Vec<_>, Vec<_>) = differences.into_iter().partition(|difference| {
            !matches!(
                difference,
                Difference::Metric { .. } | Difference::Nullability { .. } | Difference::Extra { .. }
            ) && difference.column().is_some_and(is_vector)
        });
        let mut steps = Self::default();
        outdated.into_iter().for_each(|difference| steps.reembed(difference, contents.rows));
        for difference in others {
            match difference {
                Difference::Missing { column, .. } => {
                    steps.added.extend(record.field(&column).map(|field| {
                        add(
                            field,
                            if field.nullable { Fill::Nulls } else { Fill::Nothing { rows: contents.rows } },
                        )
                    }))
                }
                Difference::Extra { column, found } => {
                    steps.destroys.push(Step::DropColumn { column, data_type: found, rows: contents.rows });
                }
                Difference::Type { column, expected, found } => {
                    let rows = contents.rows;
                    steps.destroys.push(Step::ChangeType { column, from: found, to: expected, rows });
                }
                Difference::Nullability { column, expected: true } => {
                    let data_type = data_type(&column);
                    steps.nulls.push(Step::AllowNulls { column, data_type });
                }
                Difference::Nullability { column, expected: false } => {
                    let (data_type, nulls) = (data_type(&column), contents.nulls.get(&column).copied());
                    steps.nulls.push(Step::ForbidNulls { column, data_type, nulls: nulls.unwrap_or(0) });
                }
                Difference::Metric { ref column, ref expected, .. }
                    if steps.is_reembedded(column) || can_be_zero(column, expected, stored) =>
                {
                    steps.reembed(difference, contents.rows);
                }
                Difference::Metric { column, expected, found } => {
                    steps.marks.push(Step::SetMetric { column, from: found, to: expected });
                }
                Difference::Key { expected, found } => {
                    let rows = contents.sharing_key.unwrap_or(contents.rows);
                    steps.destroys.push(Step::ChangeKey { from: found, to: expected, rows });
                }
                Difference::SchemaVersion { expected, found } => {
                    steps.marks.push(Step::RaiseVersion { from: found, to: expected });
                }
                // These occur only for vector columns and are handled above.
                Difference::Dimension { .. }
                | Difference::Model { .. }
                | Difference::Source { .. }
                | Difference::Template { .. } => steps.reembed(difference, contents.rows),
            }
        }
        steps
    }

    fn is_reembedded(&self, vector: &str) -> bool {
        self.reembeds.iter().any(|step| step.column() == Some(vector))
    }

    fn reembed(&mut self, reason: Difference, rows: usize) {
        let Some(vector) = reason.column().map(str::to_owned) else { return };
        let known = self.reembeds.iter_mut().find_map(|step| match step {
            Step::Reembed { column, reasons, .. } if *column == vector => Some(reasons),
            _ => None,
        });
        match known {
            Some(reasons) => reasons.push(reason),
            None => self.reembeds.push(Step::Reembed { column: vector, reasons: vec![reason], rows }),
        }
    }
}

/// Returns `true` if the metric is cosine and stored vectors may have length zero. The cosine distance of such a vector is
/// undefined. Only the model's identity shows whether its vectors are normalized.
fn can_be_zero(vector: &str, metric: &str, stored: &Schema) -> bool {
    let model =
        stored.field_with_name(vector).ok().map(|field| ModelIdentity::from_metadata(field.metadata()));
    metric == Metric::Cosine.name() && !model.flatten().is_some_and(|model| model.normalized)
}

fn add(field: &FieldDef, fill: Fill) -> Step {
    let FieldDef { name, data_type, nullable, .. } = field;
    Step::AddColumn { column: (*name).to_owned(), data_type: data_type.clone(), nullable: *nullable, fill }
}

/// Returns the steps that drop the indexes on a column that an earlier struct declared but the record does not. The column's
/// metadata contains the earlier declarations.
fn undeclared(expected: &Field, stored: &Field, indexes: &[IndexState]) -> Vec<Step> {
    let declared = |key: &str| match (stored.metadata().get(key), expected.metadata().get(key)) {
        (was, now) if was != now => was,
        _ => None,
    };
    let (scalar, text) = (declared(keys::INDEX), declared(keys::FTS));
    let of_key = expected.metadata().contains_key(keys::KEY);
    let gone = indexes.iter().filter(|index| match &index.kind {
        // The B-tree of a key stays, even if an attribute declared it.
        StoredKind::Scalar(IndexKind::BTree) if of_key => false,
        StoredKind::Scalar(kind) => scalar.is_some_and(|declared| declared == kind.name()),
        // An index with different options stays in use until `create_indexes` rebuilds it.
        StoredKind::Text(_) => text.is_some() && !expected.metadata().contains_key(keys::FTS),
        StoredKind::Vector(..) | StoredKind::Other(_) => false,
    });
    gone.filter(|index| index.is_of(stored.name()))
        .map(|index| Step::DropIndex { index: index.name.clone(), column: stored.name().clone() })
        .collect()
}
