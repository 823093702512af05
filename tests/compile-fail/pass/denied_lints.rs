//! Public types in a crate that denies common lints.

#![deny(missing_docs, warnings, unreachable_pub, missing_debug_implementations, missing_copy_implementations)]
#![deny(unused, unused_qualifications, single_use_lifetimes, trivial_casts, non_ascii_idents, elided_lifetimes_in_paths)]
#![deny(rust_2018_idioms, future_incompatible, nonstandard_style, private_interfaces, private_bounds, unnameable_types)]
#![forbid(unsafe_code)]

use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, Projection};

/// A kind of book.
#[derive(Debug, Clone, Copy, PartialEq, ColumnEnum)]
pub enum Genre {
    /// Long.
    Novel,
    /// Short.
    #[deprecated]
    Essay,
}

/// The location of a book.
#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub struct Place {
    /// The city.
    pub city: String,
    shelf: Option<i32>,
}

/// The ISBN of a book.
#[derive(Debug, Clone, PartialEq, ColumnStruct)]
pub struct Isbn(pub String);

/// A book.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(key(isbn))]
pub struct Book {
    /// The ISBN.
    pub isbn: Isbn,
    /// The title.
    #[datus(embed, fts)]
    pub title: String,
    /// The kind.
    pub genre: Genre,
    /// The place.
    pub place: Option<Place>,
    pub(crate) pages: u32,
    secret: bool,
    /// The date of purchase.
    #[datus(timestamp(ms, "UTC"))]
    pub bought: chrono::DateTime<chrono::Utc>,
}

/// The columns that a list of books shows.
#[derive(Debug, Clone, PartialEq, Projection)]
#[datus(of = Book)]
pub struct Summary {
    /// The title.
    pub title: String,
    /// The number of pages.
    #[datus(column = pages)]
    pub length: u32,
    #[datus(flatten)]
    inner: inside::Secret,
}

mod inside {
    /// A column that is private to the crate.
    #[derive(Debug, Clone, PartialEq, datus_store::Projection)]
    #[datus(of = super::Book)]
    pub(super) struct Secret {
        secret: bool,
    }

    impl Secret {
        pub(super) fn is_secret(&self) -> bool {
            self.secret
        }
    }

    /// A record that is visible only in the crate.
    #[derive(Debug, Clone, PartialEq, datus_store::EmbeddingRecord)]
    pub(crate) struct Internal {
        pub(crate) title: String,
        #[datus(embed)]
        pub(super) text: Option<String>,
        #[datus(timestamp(ms, "UTC"))]
        at: chrono::DateTime<chrono::Utc>,
    }
}

fn main() {
    let _ = |summary: Summary| summary.inner.is_secret();
    let _ = (Book::columns().secret.eq(true), Book::columns().pages.eq(3), inside::Internal::columns());
}
