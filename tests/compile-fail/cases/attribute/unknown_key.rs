use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
#[datus(tabel = "books")]
struct Book {
    #[datus(embd)]
    title: String,
    #[datus(primary)]
    isbn: String,
}

fn main() {}
