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

pub async fn write(_db: &Database, notes: &Store<Note>) -> Result<()> {
    notes.across_scopes().delete().filter(|t| t.id.eq(7)).await?;
    Ok(())
}
