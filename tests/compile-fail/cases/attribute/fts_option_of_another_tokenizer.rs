use datus_store::EmbeddingRecord;

#[derive(EmbeddingRecord)]
struct Book {
    #[datus(fts(split_identifiers = true, prefix_only = true))]
    title: String,
    #[datus(fts(code, tokenizer = "simple"))]
    source: String,
    #[datus(fts(tokenizer = "ngram", ngram_min_length = 4, ngram_max_length = 3))]
    name: String,
    #[datus(fts(stop_words("the", "New York")))]
    remarks: String,
}

fn main() {}
