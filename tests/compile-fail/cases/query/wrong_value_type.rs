use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    year: i32,
}

fn main() {
    let t = Book::columns();
    let _ = t.year.eq("1815");
    let _ = t.title.eq(1815);
    let _ = t.year.is_in([1815.0]);
    let _ = t.year.lt("1815");
    let _ = t.year.between(1800, 1900_u64);
}
