//! Reads tables from a file of JSON objects, one per line:
//! `{"database": …, "table": …, "description": …, "columns": […], "ddl": …}`.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::Path;

use serde::Deserialize;

use crate::record::{TableSchema, TableType};

#[derive(Deserialize)]
struct Line {
    database: String,
    table: String,
    /// The description of the table in plain words.
    #[serde(default)]
    description: String,
    /// The descriptions of the columns in plain words.
    #[serde(default)]
    columns: Vec<String>,
    ddl: String,
}

/// Reads every table in the file. Skips blank lines; an invalid line is an error that names the line.
pub(crate) fn read_file(path: &Path) -> Result<Vec<TableSchema>, String> {
    let shown = path.display();
    let file = File::open(path).map_err(|error| format!("{shown}: {error}"))?;
    let mut tables = Vec::new();
    for (index, line) in BufReader::new(file).lines().enumerate() {
        let place = |error: &dyn std::error::Error| format!("{shown}, line {}: {error}", index + 1);
        let line = line.map_err(|error| place(&error))?;
        if !line.trim().is_empty() {
            tables.push(table(serde_json::from_str(&line).map_err(|error| place(&error))?));
        }
    }
    Ok(tables)
}

fn table(line: Line) -> TableSchema {
    let Line { database, table, description, columns, ddl } = line;
    let definition = format!("-- {description}: {}\n{ddl}", columns.join(", "));
    TableSchema::new("jsonl", &database, &table, TableType::Table, definition)
}
