use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Note {
    #[datus(scope, key)]
    tenant: String,
    text: String,
}

#[derive(EmbeddingRecord)]
#[datus(key(tenant, id))]
struct Page {
    #[datus(scope)]
    tenant: String,
    id: i64,
}

fn main() {}
