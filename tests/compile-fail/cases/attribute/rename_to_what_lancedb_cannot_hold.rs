use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(rename = "the `title`")]
    title: String,
    #[datus(rename = "shelf.row")]
    shelf: i64,
    #[datus(rename = "")]
    remarks: String,
}

fn main() {}
