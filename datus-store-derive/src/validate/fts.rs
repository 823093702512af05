//! Full-text indexes. The defaults are those of Lance's `InvertedIndexParams`, except `max_token_length` and those of
//! `fts(code)`. They are repeated here so that a new version of the engine does not change a table.

mod stop_words;
mod tokenizer;

use darling::error::Accumulator;
use syn::{LitInt, LitStr};

use crate::input::{FtsKeys, Keyed};
use crate::model::{FtsModel, TokenizerModel};
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

/// The default of `max_token_length`: tokens of this many bytes or more are dropped. It is the default of Lucene's analyzers.
/// The engine's default of 40 would drop Git commit hashes.
const MAX_TOKEN_LENGTH: u32 = 255;

/// Resolves the full-text index of a column.
pub(super) fn of(key: &Keyed<FtsKeys>, errors: &mut Accumulator) -> FtsModel {
    let keys = &key.value;
    if let Some(language) = &keys.language {
        check_name("language", "the languages are", language, LANGUAGES, &[], errors);
    }
    let tokenizer = tokenizer::of(keys, errors);
    // These are the engine's defaults. Stemming and stop words apply to words. A run of characters is not a word, and the
    // `code` tokenizer keeps identifiers as they are.
    let of_words = keys.code.is_some() || matches!(tokenizer, TokenizerModel::Named(_));
    let stop_words = stop_words::of(keys, &tokenizer, errors);
    FtsModel {
        language: keys.language.as_ref().map_or_else(|| "English".to_owned(), |key| key.value.value()),
        stem: flag(keys.stem.as_ref(), of_words),
        remove_stop_words: flag(keys.remove_stop_words.as_ref(), of_words || !stop_words.is_empty()),
        stop_words,
        ascii_folding: flag(keys.ascii_folding.as_ref(), true),
        lower_case: flag(keys.lower_case.as_ref(), true),
        with_position: flag(keys.with_position.as_ref(), false),
        max_token_length: match &keys.max_token_length {
            Some(length) => match positive(length) {
                Some(length) => length,
                None => {
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
        tokenizer,
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

fn flag(key: Option<&Keyed<bool>>, default: bool) -> bool {
    match key {
        Some(key) => key.value,
        None => default,
    }
}

/// Returns the number, or `None` if it is 0 or too large.
fn positive(key: &Keyed<LitInt>) -> Option<u32> {
    key.value.base10_parse::<u32>().ok().filter(|number| *number > 0)
}
