use std::fmt;

use arrow_schema::DataType;

use crate::model::ModelIdentity;

#[cfg(any(feature = "store", test))]
mod compare;

#[cfg(feature = "store")]
pub(crate) use compare::{differences, key_columns, same_type, schema_version};

/// A difference between a table and the record type that it is opened with.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Difference {
    /// The table lacks a column of the record.
    Missing {
        /// The column.
        column: String,
        /// Its type in the record.
        expected: DataType,
    },
    /// The record lacks a column of the table.
    Extra {
        /// The column.
        column: String,
        /// Its type in the table.
        found: DataType,
    },
    /// The column has a different type in the table.
    Type {
        /// The column.
        column: String,
        /// Its type in the record.
        expected: DataType,
        /// Its type in the table.
        found: DataType,
    },
    /// The column is nullable in only one of the two: the record or the table.
    Nullability {
        /// The column.
        column: String,
        /// `true` if the column is nullable in the record but not in the table, `false` for the reverse.
        expected: bool,
    },
    /// The vectors of the table have a different dimension.
    Dimension {
        /// The vector column.
        column: String,
        /// The dimension of the model.
        expected: usize,
        /// The dimension in the table.
        found: usize,
    },
    /// The vectors were computed by a different model, or the table does not record the model.
    Model {
        /// The vector column.
        column: String,
        /// The model that opens the table.
        expected: Box<ModelIdentity>,
        /// The model that computed the vectors, or `None` if the table does not record it.
        found: Option<Box<ModelIdentity>>,
    },
    /// The distance metric is different, or the table does not record it.
    Metric {
        /// The vector column.
        column: String,
        /// The metric of the record.
        expected: String,
        /// The metric of the table, or `None` if the table does not record it.
        found: Option<String>,
    },
    /// The vectors were computed from different columns, or the table does not record the columns.
    Source {
        /// The vector column.
        column: String,
        /// The source columns in the record, separated by commas.
        expected: String,
        /// The source columns in the table, separated by commas, or `None` if the table does not record them.
        found: Option<String>,
    },
    /// The vectors were computed from the same columns with a different template.
    Template {
        /// The vector column.
        column: String,
        /// The template in the record, or `None` if the text is a single column without a template.
        expected: Option<String>,
        /// The template in the table, or `None` if the text is a single column without a template.
        found: Option<String>,
    },
    /// The key consists of different columns.
    Key {
        /// The key columns in the record, in order.
        expected: Vec<String>,
        /// The key columns in the table, in order.
        found: Vec<String>,
    },
    /// The table has a different schema version; see `#[datus(schema_version = …)]`.
    SchemaVersion {
        /// The version of the record, or 0 if absent.
        expected: u32,
        /// The version of the table, or 0 if absent.
        found: u32,
    },
}

impl Difference {
    /// Returns the column that differs, or `None` if the difference concerns the whole table.
    pub fn column(&self) -> Option<&str> {
        match self {
            Self::Missing { column, .. }
            | Self::Extra { column, .. }
            | Self::Type { column, .. }
            | Self::Nullability { column, .. }
            | Self::Dimension { column, .. }
            | Self::Model { column, .. }
            | Self::Metric { column, .. }
            | Self::Source { column, .. }
            | Self::Template { column, .. } => Some(column),
            Self::Key { .. } | Self::SchemaVersion { .. } => None,
        }
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing { column, expected } => {
                write!(f, "column `{column}` ({expected}) is not in the table")
            }
            Self::Extra { column, found } => write!(f, "column `{column}` ({found}) is not in the record"),
            Self::Type { column, expected, found } => {
                write!(f, "column `{column}` is {expected} in the record and {found} in the table")
            }
            Self::Nullability { column, expected: true } => {
                write!(f, "column `{column}` may be null in the record, but is never null in the table")
            }
            Self::Nullability { column, expected: false } => {
                write!(f, "column `{column}` may be null in the table, but is never null in the record")
            }
            Self::Dimension { column, expected, found } => {
                write!(
                    f,
                    "vector `{column}` has dimension {found} in the table, but the model has {expected}"
                )
            }
            Self::Model { column, expected, found: Some(found) } => {
                write!(f, "vector `{column}` was made by model {found}, but this model is {expected}")
            }
            Self::Model { column, expected, found: None } => {
                write!(
                    f,
                    "the table does not record which model made vector `{column}`, and this model is {expected}"
                )
            }
            Self::Metric { column, expected, found } => {
                let found = found.as_deref().unwrap_or("not recorded");
                write!(
                    f,
                    "the metric of vector `{column}` is {expected} in the record and {found} in the table"
                )
            }
            Self::Source { column, expected, found } => {
                let found = found.as_deref().map_or("not recorded".to_owned(), |found| format!("`{found}`"));
                write!(
                    f,
                    "the source of vector `{column}` is `{expected}` in the record and {found} in the table"
                )
            }
            Self::Template { column, expected, found } => {
                let show = |template: &Option<String>| match template {
                    Some(template) => format!("\"{template}\""),
                    None => "none".to_owned(),
                };
                write!(
                    f,
                    "the template of vector `{column}` is {} in the record and {} in the table",
                    show(expected),
                    show(found)
                )
            }
            Self::SchemaVersion { expected, found } => {
                write!(f, "the schema version is {expected} in the record and {found} in the table")
            }
            Self::Key { expected, found } => {
                write!(
                    f,
                    "the key is ({}) in the record and ({}) in the table",
                    expected.join(", "),
                    found.join(", ")
                )
            }
        }
    }
}

#[cfg(test)]
mod tests;
