use compile_fail::Store;
use datus_store::{EmbeddingRecord, Projection};

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(embed)]
    title: String,
}

#[derive(Debug, Projection)]
#[datus(of = Book)]
struct Summary {
    titel: String,
    #[datus(flatten)]
    inner: Inner,
}

#[derive(Debug, Projection)]
#[datus(off = Book)]
struct Inner {
    title: String,
}

fn read(books: Store<Book>) {
    let _ = books.search_all().select_as::<Summary>();
    let _ = books.search("Emma").select_as::<Inner>().limit(3).stream();
}

fn main() {}
