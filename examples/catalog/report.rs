//! Formats the answer to a question as a table.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use datus_store::Hit;

use crate::record::{TableSchema, TableType};
use crate::sqlite::shorten;

/// The maximum number of characters of a table's description to print.
const SUMMARY_CHARS: usize = 72;

/// Formats the hits, best first. A `*` marks the expected table, if there is one.
pub(crate) fn hits(question: &str, hits: &[Hit<TableSchema>], expected: Option<&str>) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_header(["", "table", "kind", "score", "description"]);
    for (index, hit) in hits.iter().enumerate() {
        let name = hit.record.short_name();
        let mark = if Some(name.as_str()) == expected { "*" } else { "" };
        table.add_row([
            format!("{}{mark}", index + 1),
            name,
            kind(hit.record.table_type).to_owned(),
            format!("{:.3}", hit.score.value()),
            shorten(hit.record.summary(), SUMMARY_CHARS),
        ]);
    }
    if let Some(column) = table.column_mut(3) {
        column.set_cell_alignment(CellAlignment::Right);
    }
    format!("{question}\n{table}\n")
}

/// Formats the statement and the sample rows of the best hit.
pub(crate) fn best(record: &TableSchema) -> String {
    let rows = record.sample_rows.as_deref().unwrap_or("(none)");
    format!("{}\n\nsample rows:\n{rows}\n", record.definition)
}

fn kind(kind: TableType) -> &'static str {
    match kind {
        TableType::Table => "table",
        TableType::View => "view",
    }
}
