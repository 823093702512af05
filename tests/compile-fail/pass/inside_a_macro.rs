//! Derives work in `macro_rules!`, with names, types and values from inside the macro and from its caller.

#![deny(warnings)]

use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, Projection, record};

macro_rules! catalog {
    ($record:ident, $table:literal, $krate:path, { $($field:ident: $ty:ty = $name:literal),* }, $genre:ident($($variant:ident),*)) => {
        #[derive(Debug, Clone, PartialEq, ColumnEnum)]
        pub enum $genre {
            $($variant),*
        }

        #[derive(Debug, PartialEq, ColumnStruct)]
        pub struct Inner {
            pub genre: $genre,
            pub at: Option<i64>,
        }

        #[derive(Debug, PartialEq, EmbeddingRecord)]
        #[datus(table = $table, crate = $krate)]
        pub struct $record {
            $(#[datus(rename = $name)] pub $field: $ty,)*
            #[datus(embed, default = "none")]
            pub text: String,
            pub inner: Inner,
            #[datus(default = None)]
            pub limit: Option<$genre>,
        }

        #[derive(Debug, PartialEq, Projection)]
        #[datus(of = $record, crate = $krate)]
        pub struct Summary {
            $(pub $field: $ty,)*
            #[datus(column = inner.genre)]
            pub genre: $genre,
            pub limit: Option<$genre>,
        }

        impl $record {
            fn filter() -> datus_store::Filter<Self> {
                let t = Self::columns();
                t.inner.genre.eq($genre::Novel) & t.text.like("%")
            }
        }
    };
}

catalog!(Book, "books", ::datus_store, { title: String = "Title", pages: Option<Vec<u32>> = "Pages" }, Genre(Novel, Essay));

fn main() {
    let books = [Book {
        title: "Emma".into(),
        pages: Some(vec![1]),
        text: "A comedy".into(),
        inner: Inner { genre: Genre::Essay, at: None },
        limit: None,
    }];
    let batch = record::encode(&books).unwrap();
    assert!(batch.column_by_name("Title").is_some());
    assert_eq!(record::decode::<Book>(&batch).unwrap(), books);
    let _ = |summary: Summary| (summary.title, summary.genre);
    let _ = (Book::filter(), BookFilter::default(), Genre::Novel);
}
