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

pub async fn read<R: EmbeddingRecord>(_db: &Database, notes: &Store<R>) -> Result<usize> {
    notes.count().await
}
