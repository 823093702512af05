//! Generates the text of an annotated Rust struct from the Arrow schema of any table.
//!
//! `field_type` finds the Rust type of a column, `rust_name` the name of its field, `attributes` the keys of `#[datus(…)]`,
//! and `structs` writes the struct with the structs inside it.

mod attributes;
mod field_type;
mod rust_name;
mod structs;

use std::fmt;

use self::structs::Structs;
use super::traced;
use crate::backend::Connection;
use crate::error::{Error, ErrorKind, Result};

/// The annotated Rust struct for a table, as text. Returned by [`Database::describe`](crate::Database::describe).
///
/// `Display` prints the code, formatted as rustfmt formats it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    table: String,
    record: String,
    code: String,
    omitted_columns: Vec<String>,
}

impl Description {
    /// Returns the name of the table.
    pub fn table(&self) -> &str {
        &self.table
    }

    /// Returns the name of the struct.
    pub fn record(&self) -> &str {
        &self.record
    }

    /// Returns the columns that no field can hold. In place of each, the code contains a comment with the reason.
    ///
    /// If there are any, a store must open the table with [`ExtraColumns::Allow`](crate::ExtraColumns::Allow).
    pub fn omitted_columns(&self) -> &[String] {
        &self.omitted_columns
    }
}

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.code)
    }
}

/// Describes a table.
pub(crate) async fn describe(connection: &Connection, name: &str) -> Result<Description> {
    let describe = async {
        let missing = || {
            Error::new(ErrorKind::TableNotFound, "the table does not exist")
                .with_help("`Database::table_names` lists the tables")
        };
        let table = connection.open_table(name).await?.ok_or_else(missing)?;
        let schema = table.schema().await?;
        let Structs { record, code, omitted_columns } = Structs::new(name, &schema)?;
        Ok(Description { table: name.to_owned(), record, code, omitted_columns })
    };
    traced!("describe", name).run(describe, |_| 0).await
}
