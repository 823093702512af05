use compile_fail::Store;
use datus_store::{EmbeddingRecord, Projection};

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
}

#[derive(EmbeddingRecord)]
struct Film {
    title: String,
}

#[derive(Projection)]
#[datus(of = Film)]
struct Title {
    title: String,
}

fn read(books: Store<Book>) {
    let _ = books.search_all().select_as::<Title>();
    let _ = books.search_all().select_as::<String>();
    let _ = books.search_all().select(|t| (t.title, Title::selection()));
}

fn main() {}
