//! Shows the answer to one question as a table.

use comfy_table::presets::UTF8_FULL_CONDENSED;
use comfy_table::{CellAlignment, Table};
use datus_store::Hit;

use crate::record::{TableSchema, TableType};
use crate::sqlite::shorten;

/// Characters of a table's description that are shown.
const SUMMARY_CHARS: usize = 72;

/// The hits from best to worst; a `*` marks the table that was expected, if one was.
pub(crate) fn hits(question: &str, hits: &[Hit<TableSchema>], expected: Option<&str>) -> String {
    let mut table = Table::new();
    table.load_preset(UTF8_FULL_CONDENSED);
    table.set_header(["", "table", "kind", "distance", "what it holds"]);
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

/// The statement and the sample rows of the best hit.
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
