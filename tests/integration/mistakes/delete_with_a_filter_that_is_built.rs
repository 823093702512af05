use datus_store::{Database, EmbeddingRecord, Result, Store};

#[derive(EmbeddingRecord)]
pub struct Note {
    #[datus(key)]
    pub id: i64,
    pub stars: Option<i32>,
    pub tags: Vec<String>,
    #[datus(embed)]
    pub text: String,
}

pub async fn delete(_db: &Database, notes: &Store<Note>) -> Result<usize> {
    notes.delete().filter(NoteFilter { id: Some(3.into()), ..NoteFilter::default() }).await
}
