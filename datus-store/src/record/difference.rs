use std::fmt;

use arrow_schema::DataType;

use crate::model::ModelIdentity;

#[cfg(feature = "store")]
mod compare;

#[cfg(feature = "store")]
pub(crate) use compare::{differences, key_columns, same_type, schema_version};

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
    /// The vectors were made from other columns, or the table does not say from which.
    Source {
        /// The vector column.
        column: String,
        /// The text column of the record; several with commas.
        expected: String,
        /// The text column of the table; several with commas.
        found: Option<String>,
    },
    /// The vectors were made from the same columns put together in another way.
    Template {
        /// The vector column.
        column: String,
        /// The template of the record; `None` where the text is the column as it is.
        expected: Option<String>,
        /// The template of the table.
        found: Option<String>,
    },
    /// The key is of other columns.
    Key {
        /// The key's columns in the record, in order.
        expected: Vec<String>,
        /// The key's columns in the table, in order.
        found: Vec<String>,
    },
    /// The table was made for another version of the schema, see `#[datus(schema_version = …)]`.
    SchemaVersion {
        /// The version of the record; 0 where it says none.
        expected: u32,
        /// The version of the table; 0 where it says none.
        found: u32,
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
                write!(f, "column `{column}` may be null in the record and is never null in the table")
            }
            Self::Nullability { column, expected: false } => {
                write!(f, "column `{column}` may be null in the table and is never null in the record")
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
                write!(
                    f,
                    "vector `{column}` is measured by {expected} in the record, in the table it is {found}"
                )
            }
            Self::Source { column, expected, found } => {
                let found =
                    found.as_deref().map_or("a column not said".to_owned(), |found| format!("`{found}`"));
                write!(
                    f,
                    "vector `{column}` is made from `{expected}` in the record and from {found} in the table"
                )
            }
            Self::Template { column, expected, found } => {
                let text = |template: &Option<String>| match template {
                    Some(template) => format!("as \"{template}\""),
                    None => "of one column as it is".to_owned(),
                };
                write!(
                    f,
                    "the text of vector `{column}` is made {} in the record and {} in the table",
                    text(expected),
                    text(found)
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
