use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
#[datus(table = "books", table = "shelf")]
struct Book {
    #[datus(index = btree, embed)]
    #[datus(index = bitmap)]
    title: String,
}

fn main() {}
