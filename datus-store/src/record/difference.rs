use std::fmt;

use arrow_schema::{DataType, Field, Schema};

use super::{RecordDef, keys};
use crate::model::ModelIdentity;

/// One way in which a table differs from the record that opens it.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Difference {
    /// The record has a column that the table lacks.
    Missing {
        /// The column.
        column: String,
        /// Its type in the record.
        expected: DataType,
    },
    /// The table has a column that the record lacks.
    Extra {
        /// The column.
        column: String,
        /// Its type in the table.
        found: DataType,
    },
    /// The column is of another type.
    Type {
        /// The column.
        column: String,
        /// Its type in the record.
        expected: DataType,
        /// Its type in the table.
        found: DataType,
    },
    /// One side can hold nulls and the other can't.
    Nullability {
        /// The column.
        column: String,
        /// Whether it is nullable in the record; the table says the opposite.
        expected: bool,
    },
    /// The vectors have another number of values.
    Dimension {
        /// The vector column.
        column: String,
        /// The dimension of the model.
        expected: usize,
        /// The dimension in the table.
        found: usize,
    },
    /// The vectors were made by another model, or the table does not say by which.
    Model {
        /// The vector column.
        column: String,
        /// The model that opens the table.
        expected: Box<ModelIdentity>,
        /// The model that made the vectors.
        found: Option<Box<ModelIdentity>>,
    },
    /// Distances are measured in another way, or the table does not say how.
    Metric {
        /// The vector column.
        column: String,
        /// The metric of the record.
        expected: String,
        /// The metric of the table.
        found: Option<String>,
    },
    /// The vectors were made from another column, or the table does not say from which.
    Source {
        /// The vector column.
        column: String,
        /// The text column of the record.
        expected: String,
        /// The text column of the table.
        found: Option<String>,
    },
    /// The key is of other columns.
    Key {
        /// The key's columns in the record, in order.
        expected: Vec<String>,
        /// The key's columns in the table, in order.
        found: Vec<String>,
    },
}

impl Difference {
    /// The column that differs; `None` where the difference is about the table as a whole.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Missing { column, .. }
            | Self::Extra { column, .. }
            | Self::Type { column, .. }
            | Self::Nullability { column, .. }
            | Self::Dimension { column, .. }
            | Self::Model { column, .. }
            | Self::Metric { column, .. }
            | Self::Source { column, .. } => Some(column),
            Self::Key { .. } => None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { column, expected } => write!(f, "column `{column}` ({expected}) is not in the table"),
            Self::Extra { column, found } => write!(f, "column `{column}` ({found}) is not in the record"),
            Self::Type { column, expected, found } => {
                write!(f, "column `{column}` is {expected} in the record and {found} in the table")
            }
            Self::Nullability { column, expected: true } => {
                write!(f, "column `{column}` is an `Option` in the record and never null in the table")
            }
            Self::Nullability { column, expected: false } => {
                write!(f, "column `{column}` can be null in the table and is no `Option` in the record")
            }
            Self::Dimension { column, expected, found } => {
                write!(f, "vector `{column}` has {found} values in the table and the model makes {expected}")
            }
            Self::Model { column, expected, found: Some(found) } => {
                write!(f, "vector `{column}` was made by model {found}, and this model is {expected}")
            }
            Self::Model { column, expected, found: None } => {
                write!(f, "vector `{column}` does not say which model made it, and this model is {expected}")
            }
            Self::Metric { column, expected, found } => {
                let found = found.as_deref().unwrap_or("not said");
                write!(f, "vector `{column}` is measured by {expected} in the record, in the table it is {found}")
            }
            Self::Source { column, expected, found } => {
                let found = found.as_deref().map_or("a column not said".to_owned(), |found| format!("`{found}`"));
                write!(f, "vector `{column}` is made from `{expected}` in the record and from {found} in the table")
            }
            Self::Key { expected, found } => {
                write!(f, "the key is ({}) in the record and ({}) in the table", expected.join(", "), found.join(", "))
            }
        }
    }
}

/// Every difference between the schema that a record wants and the one that a table has. The order of columns does
/// not count, and neither does a missing column whose field has a default.
pub(crate) fn differences(record: &RecordDef, expected: &Schema, found: &Schema) -> Vec<Difference> {
    let mut differences = Vec::new();
    for field in expected.fields() {
        match found.field_with_name(field.name()) {
            Ok(stored) => compare_fields(field, stored, &mut differences),
            Err(_) if record.field(field.name()).is_some_and(|field| field.optional) => {}
            Err(_) => differences
                .push(Difference::Missing { column: field.name().clone(), expected: field.data_type().clone() }),
        }
    }
    for field in found.fields() {
        if expected.field_with_name(field.name()).is_err() {
            differences.push(Difference::Extra { column: field.name().clone(), found: field.data_type().clone() });
        }
    }
    let (expected, found) = (key_columns(expected), key_columns(found));
    if expected != found {
        differences.push(Difference::Key { expected, found });
    }
    differences
}

fn compare_fields(expected: &Field, found: &Field, differences: &mut Vec<Difference>) {
    let column = || expected.name().clone();
    let vector = expected.metadata().contains_key(keys::VECTOR_OF);
    match (expected.data_type(), found.data_type()) {
        (DataType::FixedSizeList(wanted, expected), DataType::FixedSizeList(item, found))
            if vector && wanted.data_type() == item.data_type() =>
        {
            if expected != found {
                let length = |length: &i32| usize::try_from(*length).unwrap_or_default();
                let (expected, found) = (length(expected), length(found));
                differences.push(Difference::Dimension { column: column(), expected, found });
            }
        }
        (wanted, stored) if !same_type(wanted, stored) => differences.push(Difference::Type {
            column: column(),
            expected: wanted.clone(),
            found: stored.clone(),
        }),
        _ => {}
    }
    if expected.is_nullable() != found.is_nullable() {
        differences.push(Difference::Nullability { column: column(), expected: expected.is_nullable() });
    }
    if vector {
        compare_vectors(expected, found, differences);
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
    }
}

/// The columns of the key, in the order of the key.
fn key_columns(schema: &Schema) -> Vec<String> {
    let mut columns: Vec<(usize, String)> = schema
        .fields()
        .iter()
        .filter_map(|field| Some((field.metadata().get(keys::KEY)?.parse().ok()?, field.name().clone())))
        .collect();
    columns.sort_unstable();
    columns.into_iter().map(|(_, name)| name).collect()
}

/// Whether two types are equal, whatever the metadata of the fields inside.
fn same_type(left: &DataType, right: &DataType) -> bool {
    let same_field = |left: &Field, right: &Field| {
        left.name() == right.name()
            && left.is_nullable() == right.is_nullable()
            && same_type(left.data_type(), right.data_type())
    };
    match (left, right) {
        (DataType::List(left), DataType::List(right)) => same_field(left, right),
        (DataType::Map(left, _), DataType::Map(right, _)) => same_field(left, right),
        (DataType::FixedSizeList(left, a), DataType::FixedSizeList(right, b)) => a == b && same_field(left, right),
        (DataType::Struct(left), DataType::Struct(right)) => {
            left.len() == right.len() && left.iter().zip(right).all(|(left, right)| same_field(left, right))
        }
        (left, right) => left == right,
    }
}
