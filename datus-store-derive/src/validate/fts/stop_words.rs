//! The record's own stop words.

use darling::error::Accumulator;

use crate::input::FtsKeys;
use crate::model::TokenizerModel;
use crate::validate::report;

/// Resolves the stop words: sorted and distinct, because the table metadata stores them. The list is empty if the language's
/// stop words are used.
pub(super) fn of(keys: &FtsKeys, tokenizer: &TokenizerModel, errors: &mut Accumulator) -> Vec<String> {
    let Some(key) = &keys.stop_words else {
        return Vec::new();
    };
    if let Some(remove) = keys.remove_stop_words.as_ref().filter(|remove| !remove.value) {
        let message = "`stop_words` and `remove_stop_words = false` conflict: remove one of them";
        report(errors, remove.key, message);
    } else if key.value.is_empty() {
        let message = "`stop_words` has no words: write `remove_stop_words = false` to keep all words";
        report(errors, key.key, message);
    }
    if matches!(tokenizer, TokenizerModel::Ngram { .. }) {
        let message =
            "`stop_words` has no effect with the tokenizer `ngram`, whose tokens are not words: remove it";
        report(errors, key.key, message);
    }
    let mut words = Vec::new();
    for word in &key.value {
        let text = word.value();
        if !is_word(&text, tokenizer) {
            let name = tokenizer.name();
            let message = format!(
                "a stop word must be one word, but the tokenizer `{name}` does not recognize `{text}` as one: \
                 write its words separately, as in `stop_words(\"a\", \"b\")`"
            );
            report(errors, word.span(), message);
        }
        words.push(text);
    }
    words.sort_unstable();
    words.dedup();
    words
}

/// Returns `true` if the text can be a token. For most tokenizers, only the characters that the table metadata reserves are
/// rejected.
fn is_word(text: &str, tokenizer: &TokenizerModel) -> bool {
    let of_word = |letter: char| match tokenizer.name() {
        "simple" | "icu/split" => letter.is_alphanumeric(),
        "code" => letter.is_alphanumeric() || letter == '_',
        // The table metadata separates words with spaces and options with commas.
        _ => !letter.is_whitespace() && !matches!(letter, ',' | '=' | '"' | '\\'),
    };
    !text.is_empty() && text.chars().all(of_word)
}
