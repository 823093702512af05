use datus_store::{EmbeddingRecord, Result, Store};

#[derive(EmbeddingRecord)]
pub struct Note {
    #[datus(key)]
    pub id: i64,
    #[datus(embed)]
    pub text: String,
}

pub async fn write(notes: &Store<Note>, rows: Vec<Note>) -> Result<()> {
    notes.upsert(rows).stamp_scope().await?;
    Ok(())
}
