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

pub async fn update(_db: &Database, notes: &Store<Note>) -> Result<()> {
    notes.update().set(|t| t.stars, 3).filter(|t| t.id.eq(1)).await?;
    Ok(())
}
