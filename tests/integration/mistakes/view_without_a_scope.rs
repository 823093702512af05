use datus_store::{Database, EmbeddingRecord, Result, Store};

#[derive(EmbeddingRecord)]
pub struct Note {
    #[datus(scope)]
    pub tenant: String,
    #[datus(key)]
    pub id: i64,
    #[datus(embed)]
    pub text: String,
}

pub async fn read(_db: &Database, notes: &Store<Note>) -> Result<()> {
    notes.view(|t| t.id.gt(5)).count().await?;
    Ok(())
}
