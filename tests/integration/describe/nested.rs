use datus_store::{ColumnStruct, EmbeddingRecord};

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<Nested>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "nested")]
pub struct Nested {
    pub id: i64,
    pub place: Option<NestedPlace>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub struct NestedPlace {
    pub city: String,
    #[datus(rename = "postalCode")]
    pub postal_code: Option<String>,
    pub position: Option<NestedPlacePosition>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub struct NestedPlacePosition {
    pub lat: f64,
    pub lon: f64,
}
