//! Prints the annotated Rust structs for existing tables.
//!
//! `cargo run --example describe -- FOLDER [TABLE]`. Without a table, it prints the structs for all tables in the database.
//! Without a folder, it creates a small in-memory table and prints its struct.
#![expect(clippy::print_stdout, reason = "an example prints its results")]

use std::error::Error;

use datus_store::model::HashingModel;
use datus_store::{ColumnStruct, Database, EmbeddingRecord, Store};

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let (db, name) = match arguments.next() {
        Some(folder) => (Database::connect(folder).await?, arguments.next()),
        None => (sample().await?, None),
    };
    let names = match name {
        Some(name) => vec![name],
        None => db.table_names().await?,
    };
    for name in names {
        let description = db.describe(&name).await?;
        println!("{description}");
        if !description.omitted_columns().is_empty() {
            println!("// Open it with `db.store(models).extra_columns(ExtraColumns::Allow)`.\n");
        }
    }
    Ok(())
}

/// A book in a library.
#[derive(EmbeddingRecord)]
#[datus(table = "books")]
struct Book {
    #[datus(key)]
    isbn: String,
    #[datus(fts)]
    title: String,
    #[datus(embed(metric = dot), fts)]
    summary: Option<String>,
    #[datus(index = label_list)]
    languages: Vec<String>,
    publisher: Publisher,
}

#[derive(ColumnStruct)]
struct Publisher {
    name: String,
    founded: Option<u16>,
}

/// Creates an in-memory database with one table.
async fn sample() -> datus_store::Result<Database> {
    let db = Database::connect("memory://").await?;
    let books: Store<Book> = db.store(HashingModel::new(256)).await?;
    let book = Book {
        isbn: "978-0-00-000000-2".to_owned(),
        title: "A Year of Tomatoes".to_owned(),
        summary: Some("How to sow, water, prune and harvest tomatoes, month by month.".to_owned()),
        languages: vec!["en".to_owned()],
        publisher: Publisher { name: "Garden Press".to_owned(), founded: Some(1987) },
    };
    books.add([book]).await?;
    Ok(db)
}
