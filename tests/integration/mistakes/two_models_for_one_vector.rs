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

pub async fn open(db: &Database) -> Result<Store<Note>> {
    let model = datus_store::model::HashingModel::default;
    let notes: Store<Note> = db.store((model(), model())).await?;
    Ok(notes)
}
