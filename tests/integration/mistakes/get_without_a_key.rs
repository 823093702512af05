use datus_store::{Database, EmbeddingRecord, Result, Store};

#[derive(EmbeddingRecord)]
pub struct Note {
    pub id: i64,
    pub stars: Option<i32>,
    pub tags: Vec<String>,
    #[datus(embed)]
    pub text: String,
}

pub async fn get(_db: &Database, notes: &Store<Note>) -> Result<Option<Note>> {
    notes.get(3).await
}
