use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Film {
    title: String,
}

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    year: i32,
}

fn main() {
    let t = Book::columns();
    let _ = t.title.eq("Emma").and(Film::columns().title.eq("Emma"));
}
