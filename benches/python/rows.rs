//! Generates the rows and the questions that both programs use.

use datus_store::model::HashingModel;
use datus_store::{Embedded, Embedding, EmbeddingRecord};
use datus_store_benches::table;
use serde::{Deserialize, Serialize};

/// The number of dimensions of the vectors. `program.py` has the same number.
pub(crate) const DIMENSION: usize = 384;

/// A table of a data catalog, with bitmap indexes. `program.py` has the same columns.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "catalog")]
pub(crate) struct Table {
    /// The unique dotted path `catalog.database.schema.table`.
    #[datus(key)]
    pub(crate) identifier: String,
    /// The name of the database, one of 40.
    #[datus(index = bitmap)]
    pub(crate) database_name: String,
    /// The name of the schema, one of 3.
    #[datus(index = bitmap)]
    pub(crate) schema_name: String,
    /// The name of the table.
    pub(crate) table_name: String,
    /// `table`, or `view` in one of seven rows.
    #[datus(index = bitmap)]
    pub(crate) table_type: String,
    /// The `CREATE TABLE` statement.
    #[datus(embed, fts)]
    pub(crate) definition: String,
}

/// The same columns with B-trees instead of bitmaps, and without a full-text index.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "catalog_btree")]
pub(crate) struct BTreeTable {
    #[datus(key)]
    pub(crate) identifier: String,
    #[datus(index = btree)]
    pub(crate) database_name: String,
    #[datus(index = btree)]
    pub(crate) schema_name: String,
    pub(crate) table_name: String,
    #[datus(index = btree)]
    pub(crate) table_type: String,
    #[datus(embed)]
    pub(crate) definition: String,
}

impl From<Table> for BTreeTable {
    fn from(table: Table) -> Self {
        let Table { identifier, database_name, schema_name, table_name, table_type, definition } = table;
        Self { identifier, database_name, schema_name, table_name, table_type, definition }
    }
}

/// A question, with its vector.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Query {
    pub(crate) text: String,
    pub(crate) vector: Vec<f32>,
}

/// Returns the row with this number, and its vector.
pub(crate) fn row(model: &HashingModel, number: usize) -> Embedded<Table> {
    embedded(model, plain(number))
}

/// Returns `changed` of the first `rows` rows, with new text. Consecutive rounds change different rows.
pub(crate) fn changed_rows(
    model: &HashingModel,
    rows: usize,
    changed: usize,
    round: usize,
) -> Vec<Embedded<Table>> {
    let stride = rows / changed;
    let change = |nth: usize| {
        let mut row = plain(nth * stride + round % stride);
        row.definition.push_str(&format!("\n-- changed in round {round}"));
        embedded(model, row)
    };
    (0..changed).map(change).collect()
}

/// Returns questions that combine the table name of one row with a column of another, so that no question equals the text of
/// a row.
pub(crate) fn queries(model: &HashingModel, rows: usize, count: usize) -> Vec<Query> {
    let query = |nth: usize| {
        let [first, second] = [nth * 7_919, nth * 104_729 + 13].map(|number| plain(number % rows));
        let columns = first.definition.lines().nth(2).unwrap_or_default();
        let text = format!("{} with {}", second.table_name.replace('_', " "), columns.replace('_', " "));
        let vector = model.vector(&text);
        Query { text, vector }
    };
    (0..count).map(query).collect()
}

fn plain(number: usize) -> Table {
    let row = table(number);
    Table {
        identifier: row.identifier,
        database_name: row.database_name,
        schema_name: row.schema_name,
        table_name: row.table_name,
        table_type: row.table_type,
        definition: row.definition,
    }
}

fn embedded(model: &HashingModel, row: Table) -> Embedded<Table> {
    let vector = model.vector(&row.definition);
    Embedded::new(row, Embedding::of(HashingModel::ID, vector))
}
