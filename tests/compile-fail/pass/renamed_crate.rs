//! `crate = path` sets the path of the crate.

mod vendor {
    pub mod storage {
        pub use datus_store::*;
    }
}

use vendor::storage::{ColumnEnum, ColumnStruct, EmbeddingRecord, Projection};

mod datus_store {}

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
#[datus(crate = crate::vendor::storage)]
enum Genre {
    Novel,
}

#[derive(ColumnStruct)]
#[datus(crate = crate::vendor::storage)]
struct Place {
    city: String,
}

#[derive(ColumnStruct)]
#[datus(crate = vendor::storage)]
struct Isbn(String);

#[derive(EmbeddingRecord)]
#[datus(crate = vendor::storage)]
struct Book {
    #[datus(key)]
    isbn: Isbn,
    #[datus(embed)]
    title: String,
    genre: Genre,
    place: Option<Place>,
    #[datus(timestamp(us, "UTC"))]
    at: chrono::DateTime<chrono::Utc>,
}

#[derive(Projection)]
#[datus(of = Book, crate = vendor::storage)]
struct Summary {
    title: String,
    #[datus(column = place.city)]
    city: Option<String>,
}

fn main() {
    let _ = |summary: Summary| (summary.title, summary.city);
    let book = Book {
        isbn: Isbn("1".into()),
        title: "Emma".into(),
        genre: Genre::Novel,
        place: Some(Place { city: "Bath".into() }),
        at: chrono::DateTime::UNIX_EPOCH,
    };
    let batch = vendor::storage::record::encode(&[book]).unwrap();
    let books: Vec<Book> = vendor::storage::record::decode(&batch).unwrap();
    assert_eq!(books[0].place.as_ref().unwrap().city, "Bath");
}
