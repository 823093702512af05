//! Full-text indexes. The defaults are those of Lance's `InvertedIndexParams::default`, except `max_token_length`. They are
//! repeated here so that a new version of the engine does not change a table.

use darling::error::Accumulator;
use syn::LitStr;

use crate::input::{FtsKeys, Keyed};
use crate::model::FtsModel;
use crate::validate::report;
use crate::wording;

/// The languages that lance-tokenizer 14 stems.
const LANGUAGES: &[&str] = &[
    "Arabic",
    "Danish",
    "Dutch",
    "English",
    "Finnish",
    "French",
    "German",
    "Greek",
    "Hungarian",
    "Italian",
    "Norwegian",
    "Portuguese",
    "Romanian",
    "Russian",
    "Spanish",
    "Swedish",
    "Tamil",
    "Turkish",
];

/// The tokenizers of lance-index 14.
const TOKENIZERS: &[&str] = &["simple", "whitespace", "raw", "ngram", "code", "icu", "icu/split", "jieba"];

/// The prefixes of tokenizers whose names continue with the name of a dictionary.
const TOKENIZER_FAMILIES: &[&str] = &["jieba/", "lindera/"];

/// The default length in bytes from which tokens are dropped. It is the default of Lucene's analyzers. The engine's default
/// of 40 drops the hash of a git commit.
const MAX_TOKEN_LENGTH: u32 = 255;

/// Resolves the full-text index of a column.
pub(super) fn of(key: &Keyed<FtsKeys>, errors: &mut Accumulator) -> FtsModel {
    let FtsKeys {
        language,
        tokenizer,
        stem,
        remove_stop_words,
        ascii_folding,
        lower_case,
        with_position,
        max_token_length,
    } = &key.value;
    if let Some(language) = language {
        check_name("language", "the languages are", language, LANGUAGES, &[], errors);
    }
    if let Some(tokenizer) = tokenizer {
        let families = TOKENIZER_FAMILIES;
        check_name("tokenizer", "the tokenizers are", tokenizer, TOKENIZERS, families, errors);
    }
    FtsModel {
        language: text(language.as_ref(), "English"),
        tokenizer: text(tokenizer.as_ref(), "simple"),
        stem: flag(stem.as_ref(), true),
        remove_stop_words: flag(remove_stop_words.as_ref(), true),
        ascii_folding: flag(ascii_folding.as_ref(), true),
        lower_case: flag(lower_case.as_ref(), true),
        with_position: flag(with_position.as_ref(), false),
        max_token_length: match max_token_length {
            Some(length) => match length.value.base10_parse::<u32>() {
                Ok(length) if length > 0 => length,
                _ => {
                    let message = format!(
                        "`max_token_length` must be at least 1 byte, not {}: \
                         write `max_token_length = {MAX_TOKEN_LENGTH}`",
                        length.value
                    );
                    report(errors, length.value.span(), message);
                    MAX_TOKEN_LENGTH
                }
            },
            None => MAX_TOKEN_LENGTH,
        },
    }
}

/// Reports a name that is neither in the list nor in one of the families.
fn check_name(
    what: &str,
    list: &str,
    key: &Keyed<LitStr>,
    names: &[&str],
    families: &[&str],
    errors: &mut Accumulator,
) {
    let name = key.value.value();
    let in_family = |family: &&str| name.len() > family.len() && name.starts_with(*family);
    if !names.contains(&name.as_str()) && !families.iter().any(in_family) {
        let valid = format!("{list} {}", wording::list(names));
        let message = wording::unknown(what, &name, names, &valid);
        report(errors, key.value.span(), message);
    }
}

fn text(key: Option<&Keyed<LitStr>>, default: &str) -> String {
    match key {
        Some(key) => key.value.value(),
        None => default.to_owned(),
    }
}

fn flag(key: Option<&Keyed<bool>>, default: bool) -> bool {
    match key {
        Some(key) => key.value,
        None => default,
    }
}
