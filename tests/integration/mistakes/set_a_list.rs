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

pub async fn set(_db: &Database, notes: &Store<Note>) -> Result<()> {
    notes.update().all_rows().set(|t| t.tags, vec!["new".to_owned()]).await?;
    Ok(())
}
