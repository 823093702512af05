//! The names of columns in a receipt.

use arrow_schema::DataType;
use serde::{Deserialize, Serialize};

use crate::error::{Error, ErrorKind, Result, excerpt};
use crate::record::{ColumnPath, RecordDef, interned};

/// The path of a column as names, outermost first.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(transparent)]
pub(super) struct ColumnNames(Vec<String>);

impl ColumnNames {
    pub(super) fn of(path: ColumnPath) -> Self {
        Self(path.names().iter().map(|name| (*name).to_owned()).collect())
    }

    /// Returns the path of the column.
    ///
    /// # Errors
    /// `SchemaMismatch` if the record does not have the column.
    pub(super) fn find(&self, record: &RecordDef) -> Result<ColumnPath> {
        let missing = || missing(&self.0.join("."));
        let (root, children) = self.0.split_first().ok_or_else(missing)?;
        let field = record.field(root).ok_or_else(missing)?;
        let (mut path, mut data_type) = (ColumnPath::column(field.name), &field.data_type);
        for child in children {
            let DataType::Struct(fields) = data_type else { return Err(missing()) };
            let field = fields.iter().find(|field| field.name() == child).ok_or_else(missing)?;
            // Interned names are never freed. Only the names of existing columns are interned, so there are few of them.
            path = path.child(interned(child));
            data_type = field.data_type();
        }
        Ok(path)
    }
}

/// Returns the name of a column with full-text search.
///
/// # Errors
/// `SchemaMismatch` if the record does not have the column.
pub(super) fn text_column(record: &RecordDef, name: &str) -> Result<&'static str> {
    let field = record.field(name).filter(|field| field.fts.is_some());
    field.map(|field| field.name).ok_or_else(|| missing(name))
}

fn missing(name: &str) -> Error {
    let message = "the receipt uses a column that the record lacks or declares differently";
    Error::new(ErrorKind::SchemaMismatch, message)
        .with_help("replay it with the struct that it was made with")
        .with_column(excerpt(name))
}
