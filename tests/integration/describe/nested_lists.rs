use datus_store::{ColumnStruct, EmbeddingRecord};

// Put `#[datus(key)]` on the field that identifies a row.
// Another program made the table: `db.adopt::<NestedLists>(models)` checks it and records the vectors and the key.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "nested_lists")]
pub struct NestedLists {
    pub places: Option<Vec<Option<NestedListsPlaces>>>,
    pub home: NestedListsHome,
    // The column `odd` contains `large`, which is LargeUtf8: no field can hold it.
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub struct NestedListsPlaces {
    pub city: String,
    #[datus(rename = "postalCode")]
    pub postal_code: Option<String>,
    pub position: Option<NestedListsPlacesPosition>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub struct NestedListsPlacesPosition {
    pub lat: f64,
    pub lon: f64,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub struct NestedListsHome {
    pub city: String,
    #[datus(rename = "postalCode")]
    pub postal_code: Option<String>,
    pub position: Option<NestedListsHomePosition>,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub struct NestedListsHomePosition {
    pub lat: f64,
    pub lon: f64,
}
