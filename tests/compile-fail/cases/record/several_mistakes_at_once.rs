use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
#[datus(tabel = "books", key(isbn, tilte))]
struct Book {
    isbn: String,
    #[datus(rename = "isbn")]
    title: String,
    #[datus(decimal(50, 2))]
    price: f64,
    #[datus(skip, index = btre)]
    cache: usize,
    _rowid: u64,
}

fn main() {}
