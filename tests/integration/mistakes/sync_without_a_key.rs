use datus_store::{Database, EmbeddingRecord, Result, Store};

#[derive(EmbeddingRecord)]
pub struct Note {
    pub id: i64,
    pub stars: Option<i32>,
    pub tags: Vec<String>,
    #[datus(embed)]
    pub text: String,
}

pub async fn sync(_db: &Database, notes: &Store<Note>, rows: Vec<Note>) -> Result<()> {
    notes.sync(rows).within(|t| t.id.gt(3)).await?;
    Ok(())
}
