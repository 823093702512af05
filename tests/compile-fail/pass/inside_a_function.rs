//! Derives work wherever items are allowed: in functions, in blocks, and twice with the same name.

#![deny(warnings)]

use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, Projection};

fn first() -> &'static str {
    #[derive(Debug, Clone, PartialEq, ColumnEnum)]
    enum Genre {
        Novel,
    }
    #[derive(ColumnStruct)]
    struct Place {
        #[datus(timestamp(ms, "UTC"))]
        since: chrono::DateTime<chrono::Utc>,
    }
    #[derive(EmbeddingRecord)]
    #[datus(table = "first")]
    struct Book {
        genre: Genre,
        place: Place,
    }
    let t = Book::columns();
    let _ = t.genre.eq(Genre::Novel) & t.place.since.lt(chrono::Utc::now());
    Book::TABLE
}

fn second() -> &'static str {
    {
        #[derive(EmbeddingRecord)]
        #[datus(table = "second")]
        struct Book {
            title: String,
        }
        #[derive(Projection)]
        #[datus(of = Book)]
        struct Title {
            #[datus(column = title)]
            name: String,
        }
        let _ = |title: Title| title.name;
        let _ = BookFilter { title: Some("Emma".into()), ..BookFilter::default() };
        Book::TABLE
    }
}

fn main() {
    assert_eq!((first(), second()), ("first", "second"));
}
