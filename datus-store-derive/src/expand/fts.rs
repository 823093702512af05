//! Expands the options of a full-text index.

use crate::model::{FtsModel, TokenizerModel};

/// Returns the options as the table metadata stores them: `language=English,tokenizer=simple,…`.
pub(super) fn options(fts: &FtsModel) -> String {
    let FtsModel {
        language,
        tokenizer,
        stem,
        remove_stop_words,
        stop_words,
        ascii_folding,
        lower_case,
        with_position,
        max_token_length,
    } = fts;
    let name = tokenizer.name();
    let mut options = format!(
        "language={language},tokenizer={name},stem={stem},remove_stop_words={remove_stop_words},\
         ascii_folding={ascii_folding},lower_case={lower_case},with_position={with_position},\
         max_token_length={max_token_length}"
    );
    options += &match tokenizer {
        TokenizerModel::Named(_) => String::new(),
        TokenizerModel::Code { split_identifiers, split_on_numerics, preserve_original, index_operators } => {
            format!(
                ",split_identifiers={split_identifiers},split_on_numerics={split_on_numerics},\
                 preserve_original={preserve_original},index_operators={index_operators}"
            )
        }
        TokenizerModel::Ngram { min_length, max_length, prefix_only } => {
            format!(",ngram_min_length={min_length},ngram_max_length={max_length},prefix_only={prefix_only}")
        }
    };
    if !stop_words.is_empty() {
        options += &format!(",stop_words={}", stop_words.join(" "));
    }
    options
}
