use datus_store::{ColumnStruct, EmbeddingRecord};

#[derive(ColumnStruct)]
struct Place {
    city: String,
}

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    place: Place,
}

fn main() {
    let t = Book::columns();
    let _ = t.place.eq("Oslo");
    let _ = t.place.ctiy.eq("Oslo");
}
