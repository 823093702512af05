//! Reads the tables and views of a SQLite database: their statements, and the first rows of each table.

use std::path::Path;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags, Row};

use crate::record::{TableSchema, TableType};

/// The number of sample rows per table.
const SAMPLE_ROWS: usize = 3;
/// The maximum number of characters in one value.
const VALUE_CHARS: usize = 40;
/// The maximum total number of characters in a table's sample rows.
const SAMPLE_CHARS: usize = 1_000;

/// Reads a database file without writing to it. The database is named after the file.
pub(crate) fn read_file(path: &Path) -> Result<Vec<TableSchema>, String> {
    let shown = path.display();
    let database = path.file_stem().map_or_else(|| "main".into(), |stem| stem.to_string_lossy());
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    Connection::open_with_flags(path, flags)
        .and_then(|connection| tables(&connection, "sqlite", &database))
        .map_err(|error| format!("{shown}: cannot be read as a SQLite database: {error}"))
}

/// Runs a script in an empty in-memory database, and reads the tables that it created.
pub(crate) fn read_script(database: &str, script: &str) -> Result<Vec<TableSchema>, String> {
    let read = || {
        let connection = Connection::open_in_memory()?;
        connection.execute_batch(script)?;
        tables(&connection, "sample", database)
    };
    read().map_err(|error: rusqlite::Error| format!("the script of the database {database}: {error}"))
}

fn tables(connection: &Connection, catalog: &str, database: &str) -> rusqlite::Result<Vec<TableSchema>> {
    // Leaves out shadow tables, which store the data of virtual tables, and SQLite's own `sqlite_…` tables.
    let mut statement = connection.prepare(
        "SELECT s.name, s.type, s.sql FROM sqlite_schema AS s
         JOIN pragma_table_list AS l ON l.schema = 'main' AND l.name = s.name
         WHERE s.type IN ('table', 'view') AND s.sql IS NOT NULL AND l.type <> 'shadow'
           AND s.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
         ORDER BY s.name",
    )?;
    let mut rows = statement.query([])?;
    let mut tables = Vec::new();
    while let Some(row) = rows.next()? {
        let name = text(row.get_ref(0)?);
        let is_table = row.get_ref(1)?.as_bytes()? == b"table";
        let kind = if is_table { TableType::Table } else { TableType::View };
        let mut table = TableSchema::new(catalog, database, &name, kind, text(row.get_ref(2)?));
        // Views get no sample rows, since their queries can be expensive.
        if is_table {
            table.sample_rows = sample_rows(connection, &name).unwrap_or_else(|error| {
                crate::complain(&format!("note: no sample rows of {database}.{name}: {error}"));
                None
            });
        }
        tables.push(table);
    }
    Ok(tables)
}

/// Returns the first rows below a line of column names, or `None` for an empty table.
fn sample_rows(connection: &Connection, table: &str) -> rusqlite::Result<Option<String>> {
    let quoted = table.replace('"', "\"\"");
    let mut statement = connection.prepare(&format!("SELECT * FROM \"{quoted}\" LIMIT {SAMPLE_ROWS}"))?;
    let mut lines = vec![statement.column_names().collect::<Vec<_>>().join(" | ")];
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        lines.push(line(row)?);
    }
    Ok((lines.len() > 1).then(|| shorten(&lines.join("\n"), SAMPLE_CHARS)))
}

fn line(row: &Row<'_>) -> rusqlite::Result<String> {
    let count = row.as_ref().column_count();
    let values = (0..count).map(|index| row.get_ref(index).map(text).map(|value| one_line(&value)));
    Ok(values.collect::<rusqlite::Result<Vec<_>>>()?.join(" | "))
}

/// Converts a value to text. SQLite allows any bytes in a text column, so invalid UTF-8 is replaced.
fn text(value: ValueRef<'_>) -> String {
    match value {
        ValueRef::Null => "NULL".to_owned(),
        ValueRef::Integer(number) => number.to_string(),
        ValueRef::Real(number) => number.to_string(),
        ValueRef::Text(bytes) => String::from_utf8_lossy(bytes).into_owned(),
        ValueRef::Blob(bytes) => format!("<{} bytes>", bytes.len()),
    }
}

fn one_line(value: &str) -> String {
    shorten(&value.replace(char::is_control, " "), VALUE_CHARS)
}

/// Shortens text longer than `most` characters, and adds an ellipsis.
pub(crate) fn shorten(text: &str, most: usize) -> String {
    match text.char_indices().nth(most) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}
