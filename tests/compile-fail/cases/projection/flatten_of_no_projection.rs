use datus_store::{EmbeddingRecord, Projection};

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
}

#[derive(EmbeddingRecord)]
struct Film {
    title: String,
}

#[derive(Projection)]
#[datus(of = Film)]
struct FilmTitle {
    title: String,
}

#[derive(Projection)]
#[datus(of = Book)]
struct Summary {
    #[datus(flatten)]
    film: FilmTitle,
    #[datus(flatten)]
    title: String,
}

fn main() {}
