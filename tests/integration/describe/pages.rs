use datus_store::EmbeddingRecord;

// The model datus/hashing@1 (16 dimensions, normalized) made `vector`.
/// A page of the handbook.
#[derive(Debug, Clone, PartialEq, EmbeddingRecord)]
#[datus(table = "pages", schema_version = 3)]
pub struct Page {
    /// The path in the repository.
    #[datus(key)]
    pub path: String,
    #[datus(fts(language = "German", with_position = true), index = ngram)]
    pub title: String,
    #[datus(index = bitmap)]
    pub chapter: u32,
    #[datus(index)]
    pub year: Option<i16>,
    #[datus(fts(tokenizer = "code", stem = true, remove_stop_words = true, split_identifiers = true))]
    pub snippet: Option<String>,
    #[datus(fts(tokenizer = "ngram", ngram_min_length = 2, ngram_max_length = 3))]
    pub author: String,
    #[datus(fts(stop_words("a", "the")))]
    pub summary: String,
    #[datus(embed(metric = l2), fts)]
    pub text: Option<String>,
}
