use datus_store::{Database, EmbeddingRecord, Result, Store};

#[derive(EmbeddingRecord)]
pub struct Note {
    #[datus(key)]
    pub id: i64,
    pub stars: Option<i32>,
    pub tags: Vec<String>,
    pub text: String,
}

pub async fn read(_db: &Database, notes: &Store<Note>) -> Result<()> {
    notes.search("tea").await?;
    Ok(())
}
