use datus_store::EmbeddingRecord;

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Sales2024V1>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "sales-2024.v1")]
pub struct Sales2024V1 {
    #[datus(rename = "tableName")]
    pub table_name: Option<i32>,
    pub r#type: Option<i32>,
    #[datus(rename = "self")]
    pub self_: Option<i32>,
    #[datus(rename = "two words")]
    pub two_words: Option<i32>,
    #[datus(rename = "2024")]
    pub column_2024: Option<i32>,
    #[datus(rename = "größe")]
    pub gr_e: Option<i32>,
    pub limit: Option<i32>,
    #[datus(rename = "table_name")]
    pub table_name_: Option<i32>,
    pub _private: Option<i32>,
    #[datus(rename = "日本")]
    pub column_: Option<i32>,
}
