use datus_store::query::SearchAll;
use datus_store::{EmbeddingRecord, Filter, record};

#[derive(Clone, EmbeddingRecord)]
#[datus(tabel = "books")]
struct Book {
    #[datus(key)]
    title: String,
    year: Option<i32>,
}

fn main() {
    let t = Book::columns();
    let filter: Filter<Book> = t.title.eq("Emma").and(t.year.is_null());
    let data = BookFilter { title: None, ..Default::default() };
    let book = Book { title: "Emma".to_owned(), year: None };
    let batch = record::encode(&[book]).unwrap();
    let _: Vec<Book> = record::decode(&batch).unwrap();
    let _ = |all| {
        let query = SearchAll::<Book>::every_row(all).matching(filter).matching(data);
        query.title("Emma").maybe_year(Some(1815)).select(|t| (t.title, t.year)).limit(1).stream()
    };
}
