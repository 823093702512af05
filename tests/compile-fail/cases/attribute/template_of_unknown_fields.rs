use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    title: String,
    #[datus(embed(template = "{titel}: {body}"))]
    body: String,
    #[datus(embed(column = "other", template = "{title}"))]
    summary: String,
    #[datus(embed(column = "third", template = "{note:?}"))]
    note: String,
}

fn main() {}
