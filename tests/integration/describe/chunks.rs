use datus_store::EmbeddingRecord;

// The model datus/hashing@1 (16 dimensions, normalized) made `meaning`.
// The model datus/hashing@1 (16 dimensions, normalized) made `headline`.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "chunks", key(r#type, number))]
pub struct Chunk {
    pub number: i32,
    pub r#type: String,
    #[datus(embed(column = "meaning", template = "{type}: {body}"))]
    pub body: String,
    #[datus(embed(column = "headline"))]
    pub title: String,
}
