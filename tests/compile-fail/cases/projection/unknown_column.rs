use datus_store::{ColumnStruct, EmbeddingRecord, Projection};

#[derive(ColumnStruct)]
struct Publisher {
    city: String,
}

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    publisher: Publisher,
}

#[derive(Projection)]
#[datus(of = Book)]
struct Summary {
    titel: String,
    #[datus(column = publisher.town)]
    place: String,
}

fn main() {}
