use datus_store::{Database, EmbeddingRecord, Result, Store};

#[derive(EmbeddingRecord)]
pub struct Note {
    pub tenant: String,
    #[datus(key)]
    pub id: i64,
    #[datus(embed)]
    pub text: String,
}

pub async fn write(_db: &Database, notes: &Store<Note>, rows: Vec<Note>) -> Result<()> {
    notes.view(|t| t.id.gt(5)).upsert(rows).await?;
    Ok(())
}
