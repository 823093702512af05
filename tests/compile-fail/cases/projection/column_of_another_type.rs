use datus_store::{ColumnStruct, EmbeddingRecord, Projection};

#[derive(ColumnStruct)]
struct Publisher {
    city: String,
}

#[derive(EmbeddingRecord)]
struct Book {
    title: Option<String>,
    year: i32,
    publisher: Option<Publisher>,
}

#[derive(Projection)]
#[datus(of = Book)]
struct Summary {
    title: String,
    year: i64,
    #[datus(column = publisher.city)]
    place: String,
}

fn main() {}
