//! Generates the rows to search, and the questions.

use datus_store::EmbeddingRecord;
use datus_store_benches::tables;
use fastrand::Rng;

/// A table of a data catalog.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "catalog")]
pub(crate) struct Table {
    /// The unique dotted path `catalog.database.schema.table`.
    #[datus(key)]
    pub(crate) identifier: String,
    /// The name of the database, one of 40.
    #[datus(index = bitmap)]
    pub(crate) database_name: String,
    /// The name of the table.
    pub(crate) table_name: String,
    /// The `CREATE TABLE` statement.
    #[datus(embed, fts)]
    pub(crate) definition: String,
}

/// Returns rows with about 370 bytes of DDL each. Every call returns the same rows.
pub(crate) fn rows(count: usize) -> impl Iterator<Item = Table> + Send {
    tables(count).map(|table| Table {
        identifier: table.identifier,
        database_name: table.database_name,
        table_name: table.table_name,
        definition: table.definition,
    })
}

/// Returns questions of six to ten words, such as `raw invoice by email and checksum`. Every call returns the same
/// questions.
pub(crate) fn questions(count: usize) -> Vec<String> {
    const SUBJECTS: [&str; 8] =
        ["orders", "customer", "invoice", "shipment", "campaign", "employee", "ticket", "subscription"];
    const ASPECTS: [&str; 6] =
        ["daily", "monthly history of", "summary of", "audit of", "status of each", "raw"];
    const COLUMNS: [&str; 8] = [
        "discount rate",
        "country code",
        "currency",
        "valid from",
        "batch number",
        "email",
        "checksum",
        "source system",
    ];
    let mut random = Rng::with_seed(4);
    let question = |_| {
        let (subject, aspect) = (random.choice(SUBJECTS), random.choice(ASPECTS));
        let (first, second) = (random.choice(COLUMNS), random.choice(COLUMNS));
        let word = |word: Option<&'static str>| word.unwrap_or_default();
        format!("{} {} by {} and {}", word(aspect), word(subject), word(first), word(second))
    };
    (0..count).map(question).collect()
}
