use datus_store::{EmbeddingRecord, Projection};

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
}

#[derive(Projection)]
#[datus(of = Book)]
struct Title(String);

#[derive(Projection)]
#[datus(of = Book)]
struct Nothing {}

#[derive(Projection)]
#[datus(of = Book)]
enum Either {
    Title,
}

#[derive(Projection)]
#[datus(of = Book)]
struct Generic<'a, T> {
    title: &'a T,
}

fn main() {}
