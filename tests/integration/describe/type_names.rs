use datus_store::{ColumnStruct, EmbeddingRecord};

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<StringRow>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "string")]
pub struct StringRow {
    pub row: StringRowRow,
    #[datus(rename = "Row")]
    pub row_: StringRowRowRow,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub struct StringRowRow {
    pub a: i8,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub struct StringRowRowRow {
    pub b: i8,
}
