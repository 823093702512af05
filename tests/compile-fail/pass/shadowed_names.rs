//! Names in the surrounding code do not change the meaning of generated code.

#![deny(warnings)]
#![allow(dead_code, unused_macros, non_camel_case_types)]

use ::datus_store::{ColumnEnum as E, ColumnStruct as S, EmbeddingRecord as R, Projection as P};

mod core {}
mod std {}
mod alloc {}
mod serde {}
mod datus_store {}

struct Option;
struct Result;
struct Vec;
struct Box;
struct String;
struct Some;
struct None;
struct Ok;
struct Err;
struct str;
struct bool;
struct usize;
struct Column;
struct Filter;
struct Native;
trait Default {}
trait Clone {}
trait Copy {}
trait Debug {}
trait PartialEq {}
trait Into {}
trait From {}
trait Iterator {}
trait IntoFuture {}
trait Send {}
trait Sync {}
fn drop() {}
macro_rules! vec {
    () => {};
}
macro_rules! panic {
    () => {};
}
macro_rules! unreachable {
    () => {};
}
macro_rules! write {
    () => {};
}
macro_rules! stringify {
    () => {};
}

#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq, E)]
#[datus(rename_all = "lowercase")]
enum Genre {
    Novel,
    Ok,
    None,
}

#[derive(S)]
struct Isbn(::std::string::String);

#[derive(S)]
struct Place {
    city: ::std::string::String,
    #[datus(skip)]
    cache: ::std::vec::Vec<u8>,
}

#[derive(R)]
#[datus(key(isbn), metadata("owner" = "library"))]
struct Book {
    isbn: Isbn,
    #[datus(embed, fts, index)]
    title: ::std::string::String,
    genre: ::core::option::Option<Genre>,
    genres: ::std::vec::Vec<Genre>,
    #[datus(default)]
    place: ::core::option::Option<Place>,
    #[datus(index = label_list, default = ::std::vec::Vec::new())]
    tags: ::std::vec::Vec<::std::string::String>,
    #[datus(decimal(10, 2))]
    price: ::rust_decimal::Decimal,
    #[datus(timestamp(ms, "Europe/Oslo"))]
    at: ::chrono::DateTime<::chrono::Utc>,
    #[datus(dictionary, default = "unknown")]
    publisher: ::std::string::String,
    #[datus(json)]
    notes: ::std::vec::Vec<::std::string::String>,
    #[datus(skip)]
    cache: ::core::primitive::usize,
}

#[derive(P)]
#[datus(of = Book)]
struct Summary {
    title: ::std::string::String,
    #[datus(column = place.city)]
    city: ::core::option::Option<::std::string::String>,
    #[datus(flatten)]
    tags: Tags,
}

#[derive(P)]
#[datus(of = Book)]
struct Tags {
    tags: ::std::vec::Vec<::std::string::String>,
}

fn main() {
    let filter = BookFilter { genre: ::core::option::Option::Some(::core::convert::Into::into(Genre::Ok)), ..::core::default::Default::default() };
    ::core::assert!(filter.title.is_none());
    ::core::assert_eq!(<Book as R>::TABLE, "book");
}
