use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    tags: Vec<String>,
    pages: Option<u32>,
    #[datus(embed(template = "{title} ({pages} pages): {tags}"))]
    title: String,
}

fn main() {}
