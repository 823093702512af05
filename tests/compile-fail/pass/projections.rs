//! Projections of one record: renamed, nested, flattened, whole structs, and inside other selections.

#![deny(warnings)]

use compile_fail::Store;
use datus_store::{ColumnEnum, ColumnStruct, EmbeddingRecord, Hit, Projection, Result};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, ColumnEnum)]
enum Genre {
    Novel,
}

#[derive(Debug, Clone, PartialEq, ColumnStruct)]
struct Publisher {
    name: String,
    city: Option<String>,
}

#[derive(EmbeddingRecord)]
struct Book {
    isbn: [u8; 13],
    #[datus(rename = "Title", embed)]
    title: String,
    genre: Genre,
    genres: Vec<Genre>,
    publisher: Publisher,
    imprint: Option<Publisher>,
    #[datus(flatten(prefix = "printer_"))]
    printer: Publisher,
    #[datus(decimal(10, 2))]
    price: rust_decimal::Decimal,
    #[datus(json)]
    notes: Vec<String>,
    #[datus(timestamp(ms, "Europe/Oslo"))]
    at: chrono::DateTime<chrono::Utc>,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[datus(of = Book)]
struct Summary {
    title: String,
    genre: Genre,
    #[datus(flatten)]
    places: Places,
    price: rust_decimal::Decimal,
    notes: Vec<String>,
    at: chrono::DateTime<chrono::Utc>,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash, Projection)]
#[datus(of = crate::Book)]
struct Places {
    #[datus(column = publisher.city)]
    city: Option<String>,
    #[datus(column = imprint.name)]
    imprint: Option<String>,
    #[datus(column = printer.name)]
    printed_by: String,
    genres: Vec<Genre>,
}

#[derive(Debug, Clone, PartialEq, Projection)]
#[datus(of = Book)]
struct Whole {
    publisher: Publisher,
    imprint: Option<Publisher>,
    #[datus(column = publisher)]
    again: Publisher,
}

async fn read(books: Store<Book>) -> Result<()> {
    let _: Vec<Summary> = books.search_all().genre(Genre::Novel).select_as::<Summary>().limit(3).await?;
    let _: Option<Whole> = books.search_all().select_as::<Whole>().order_by(|t| t.title.asc()).first().await?;
    let _: Vec<Hit<Summary>> = books.search("Emma").select_as::<Summary>().filter(|t| t.title.ne("a")).await?;
    let _: std::collections::HashSet<Places> = books.search_all().select_as::<Places>().distinct().await?;
    let _: Vec<(String, Places)> = books.search_all().select(|t| (t.title, Places::selection())).await?;
    Ok(())
}

fn main() {
    let _ = read;
    let mut paths = Vec::new();
    <Summary as Projection<Book>>::paths(&mut paths);
    let paths: Vec<String> = paths.iter().map(|path| path.to_string()).collect();
    let nested = ["Title", "genre", "publisher.city", "imprint.name", "printer_name", "genres", "price", "notes", "at"];
    assert_eq!(paths, nested);
}
