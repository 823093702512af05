use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
#[datus(schema_version = 0)]
struct Book {
    #[datus(rename_from = "id")]
    id: i64,
    #[datus(rename_from = "id")]
    title: String,
    #[datus(rename_from = "")]
    pages: u32,
}

fn main() {}
