//! Generated code that is not used causes no warnings.

#![deny(warnings)]

use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, Projection, record};

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
enum Genre {
    Novel,
}

#[derive(Debug, PartialEq, ColumnStruct)]
struct Place {
    city: String,
}

#[derive(Debug, PartialEq, EmbeddingRecord)]
struct Book {
    #[datus(embed)]
    title: String,
    genre: Genre,
    place: Option<Place>,
}

#[derive(Debug, PartialEq, Projection)]
#[datus(of = Book)]
struct Title {
    title: String,
}

fn main() {
    let books = [Book { title: "Emma".into(), genre: Genre::Novel, place: Some(Place { city: "Bath".into() }) }];
    let batch = record::encode(&books).unwrap();
    assert_eq!(record::decode::<Book>(&batch).unwrap(), books);
}
