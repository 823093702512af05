use datus_store::{ColumnEnum, ColumnName, ColumnStruct, EmbeddingRecord};

#[derive(Debug, Clone, PartialEq, ColumnEnum)]
#[datus(rename_al = "lowercase")]
enum Genre { Novel }

#[derive(ColumnStruct)]
#[datus(rename_al = "lowercase")]
struct Place {
    city: String,
}

#[derive(EmbeddingRecord)]
struct Book {
    genre: Genre,
    genres: Vec<Genre>,
    place: Place,
}

fn main() {
    let t = Book::columns();
    let _ = t.genre.eq(Genre::Novel).and(t.place.city.eq("Oslo")) & t.genres.contains(Genre::Novel);
    let _ = (Genre::Novel.name(), BookFilter { genre: Some(Genre::Novel.into()), ..Default::default() });
}
