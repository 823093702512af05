use datus_store::EmbeddingRecord;
use fastrand::Rng;
use serde::{Deserialize, Serialize};

/// A table of a data catalog.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord, typed_arrow::Record, Serialize, Deserialize)]
#[datus(table = "schema_metadata")]
pub struct TableSchema {
    /// The unique dotted path `catalog.database.schema.table`.
    #[datus(key)]
    pub identifier: String,
    /// The name of the catalog.
    pub catalog_name: String,
    /// The name of the database, one of 40.
    #[datus(index = bitmap)]
    pub database_name: String,
    /// The name of the schema.
    pub schema_name: String,
    /// The name of the table.
    pub table_name: String,
    /// `table` or `view`.
    pub table_type: String,
    /// The `CREATE TABLE` statement.
    #[datus(embed)]
    pub definition: String,
}

const SUBJECTS: [&str; 24] = [
    "order",
    "customer",
    "invoice",
    "payment",
    "product",
    "shipment",
    "campaign",
    "session",
    "employee",
    "ticket",
    "account",
    "contract",
    "supplier",
    "warehouse",
    "price",
    "budget",
    "region",
    "subscription",
    "refund",
    "event",
    "device",
    "visit",
    "lead",
    "forecast",
];
const ASPECTS: [&str; 12] = [
    "daily", "monthly", "history", "summary", "line", "status", "detail", "snapshot", "audit", "raw", "fact",
    "dim",
];
const COLUMNS: [(&str, &str); 20] = [
    ("id", "BIGINT NOT NULL"),
    ("name", "VARCHAR(255)"),
    ("created_at", "TIMESTAMP NOT NULL"),
    ("updated_at", "TIMESTAMP"),
    ("amount", "DECIMAL(18, 2)"),
    ("currency", "CHAR(3)"),
    ("quantity", "INTEGER"),
    ("email", "VARCHAR(320)"),
    ("country_code", "CHAR(2)"),
    ("is_active", "BOOLEAN DEFAULT TRUE"),
    ("description", "TEXT"),
    ("parent_id", "BIGINT"),
    ("discount_rate", "DOUBLE PRECISION"),
    ("region", "VARCHAR(64)"),
    ("channel", "VARCHAR(32)"),
    ("valid_from", "DATE"),
    ("valid_to", "DATE"),
    ("source_system", "VARCHAR(64)"),
    ("batch_number", "INTEGER"),
    ("checksum", "CHAR(64)"),
];

/// Returns tables like those of a company, each different and with about 370 bytes of DDL. Every call returns the same tables.
pub fn tables(count: usize) -> impl Iterator<Item = TableSchema> + Send {
    (0..count).map(table)
}

/// Returns the table at this position in [`tables`].
pub fn table(number: usize) -> TableSchema {
    let mut random = Rng::with_seed(number as u64);
    let subject = SUBJECTS[random.usize(..SUBJECTS.len())];
    let table_name = format!("{subject}_{}_{number}", ASPECTS[random.usize(..ASPECTS.len())]);
    let database_name = format!("database_{}", number % 40);
    let schema_name = ["public", "staging", "mart"][number % 3].to_owned();
    let catalog_name = "warehouse".to_owned();
    TableSchema {
        identifier: format!("{catalog_name}.{database_name}.{schema_name}.{table_name}"),
        table_type: if number.is_multiple_of(7) { "view" } else { "table" }.to_owned(),
        definition: definition(&mut random, subject, &table_name),
        catalog_name,
        database_name,
        schema_name,
        table_name,
    }
}

fn definition(random: &mut Rng, subject: &str, table: &str) -> String {
    let mut columns = COLUMNS;
    random.shuffle(&mut columns);
    let count = random.usize(6..16);
    let columns = columns.iter().take(count).map(|(name, kind)| format!("  {subject}_{name} {kind}"));
    format!("CREATE TABLE {table} (\n{}\n);", columns.collect::<Vec<_>>().join(",\n"))
}
