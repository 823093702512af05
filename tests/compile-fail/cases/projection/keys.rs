use datus_store::{EmbeddingRecord, Projection};

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
}

#[derive(Projection)]
#[datus(of = Book, table = "books", colum = title)]
struct Summary {
    #[datus(rename = "title")]
    renamed: String,
    #[datus(column = "title")]
    quoted: String,
    #[datus(column = title, flatten)]
    both: String,
    #[datus(flatten(prefix = "a_"), column(title))]
    prefixed: String,
}

fn main() {}
