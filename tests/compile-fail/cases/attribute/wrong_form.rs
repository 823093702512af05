use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
#[datus(table = books)]
struct Book {
    #[datus(rename)]
    title: String,
    #[datus(index("btree"))]
    isbn: String,
}

fn main() {}
