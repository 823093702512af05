//! Reads the tables and views of a SQLite database, with their first rows.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Result, Row};

use crate::schema::{TableSchema, TableType};

/// The number of rows that are stored as sample values for each table.
const SAMPLE_ROWS: usize = 3;

/// Reads a database file without writing to it.
pub(crate) fn read_file(path: &Path, datasource: &str, database: &str) -> Result<Vec<TableSchema>> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    read_tables(&Connection::open_with_flags(path, flags)?, datasource, database)
}

/// Runs a script in an empty in-memory database, and reads the tables that it created.
pub(crate) fn read_script(script: &str, datasource: &str, database: &str) -> Result<Vec<TableSchema>> {
    let connection = Connection::open_in_memory()?;
    connection.execute_batch(script)?;
    read_tables(&connection, datasource, database)
}

fn read_tables(connection: &Connection, datasource: &str, database: &str) -> Result<Vec<TableSchema>> {
    let mut statement = connection.prepare(
        "SELECT name, type = 'table', sql FROM sqlite_schema
         WHERE type IN ('table', 'view') AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name",
    )?;
    let tables = statement.query_map([], |row| {
        let (name, is_table): (String, bool) = (row.get(0)?, row.get(1)?);
        let (row_count, sample_rows) = if is_table { sample(connection, &name)? } else { (None, None) };
        Ok(TableSchema {
            datasource: datasource.to_owned(),
            identifier: format!("sqlite.{database}.main.{name}"),
            catalog_name: "sqlite".to_owned(),
            database_name: database.to_owned(),
            schema_name: "main".to_owned(),
            table_name: name,
            table_type: if is_table { TableType::Table } else { TableType::View },
            row_count,
            definition: row.get(2)?,
            sample_rows,
            updated_at: None,
        })
    })?;
    tables.collect()
}

/// Returns the number of rows, and the first rows as lines of comma-separated values.
fn sample(connection: &Connection, table: &str) -> Result<(Option<u64>, Option<String>)> {
    let table = format!("\"{}\"", table.replace('"', "\"\""));
    let count: i64 = connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| row.get(0))?;
    let mut statement = connection.prepare(&format!("SELECT * FROM {table} LIMIT {SAMPLE_ROWS}"))?;
    let mut lines = vec![statement.column_names().collect::<Vec<_>>().join(",")];
    let values =
        |row: &Row<'_>| (0..row.as_ref().column_count()).map(|n| Ok(text(row.get_ref(n)?))).collect();
    for row in statement.query_map([], values)? {
        let row: Vec<String> = row?;
        lines.push(row.join(","));
    }
    Ok((count.try_into().ok(), (count > 0).then(|| lines.join("\n"))))
}

fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => String::new(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(text) => String::from_utf8_lossy(text).into_owned(),
        ValueRef::Blob(bytes) => format!("<{} bytes>", bytes.len()),
    }
}
