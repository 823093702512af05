//! The tokenizer of a full-text index, and the options specific to that tokenizer.

use darling::error::Accumulator;
use proc_macro2::Span;
use syn::LitInt;

use super::{check_name, flag, positive};
use crate::input::{FtsKeys, Keyed};
use crate::model::TokenizerModel;
use crate::validate::report;

/// The tokenizers of lance-index 14.
const TOKENIZERS: &[&str] = &["simple", "whitespace", "raw", "ngram", "code", "icu", "icu/split", "jieba"];

/// The prefixes of tokenizer names that end with the name of a dictionary.
const FAMILIES: &[&str] = &["jieba/", "lindera/"];

/// The engine's default n-gram length, in characters.
const NGRAM_LENGTH: u32 = 3;

/// Resolves the tokenizer.
pub(super) fn of(keys: &FtsKeys, errors: &mut Accumulator) -> TokenizerModel {
    if let Some(tokenizer) = &keys.tokenizer {
        check_name("tokenizer", "the tokenizers are", tokenizer, TOKENIZERS, FAMILIES, errors);
        if keys.code.is_some() {
            let message =
                "`code` and `tokenizer` conflict: `code` chooses the tokenizer, so remove one of them";
            report(errors, tokenizer.key, message);
        }
    }
    let name = match (&keys.code, &keys.tokenizer) {
        (Some(_), _) => "code".to_owned(),
        (None, Some(tokenizer)) => tokenizer.value.value(),
        (None, None) => "simple".to_owned(),
    };
    if name != "code" {
        refuse(
            &of_code(keys),
            "is an option of the tokenizer `code`: write `fts(code)`, or remove it",
            errors,
        );
    }
    if name != "ngram" {
        let rule = "is an option of the tokenizer `ngram`: write `tokenizer = \"ngram\"`, or remove it";
        refuse(&of_ngram(keys), rule, errors);
    }
    match name.as_str() {
        "code" => code(keys, errors),
        "ngram" => ngram(keys, errors),
        _ => TokenizerModel::Named(name),
    }
}

/// Resolves the `code` tokenizer. As in the engine, `tokenizer = "code"` does not split identifiers by default, but `fts(code)`
/// does.
fn code(keys: &FtsKeys, errors: &mut Accumulator) -> TokenizerModel {
    let split_identifiers = flag(keys.split_identifiers.as_ref(), keys.code.is_some());
    if !split_identifiers {
        let of_parts = [
            ("split_on_numerics", Keyed::span(&keys.split_on_numerics)),
            ("preserve_original", Keyed::span(&keys.preserve_original)),
        ];
        let rule =
            "applies only to identifiers that are split: write `split_identifiers = true`, or remove it";
        refuse(&of_parts, rule, errors);
    }
    TokenizerModel::Code {
        split_identifiers,
        split_on_numerics: flag(keys.split_on_numerics.as_ref(), true),
        preserve_original: flag(keys.preserve_original.as_ref(), true),
        index_operators: flag(keys.index_operators.as_ref(), false),
    }
}

/// Resolves the `ngram` tokenizer. A bound that is not set takes the default value, or the value of the other bound if the
/// default conflicts with it.
fn ngram(keys: &FtsKeys, errors: &mut Accumulator) -> TokenizerModel {
    if let Some(span) = keys.with_position.as_ref().filter(|key| key.value).map(|key| key.key) {
        let message = "`with_position` has no effect with the tokenizer `ngram`, whose tokens have no positions: remove it";
        report(errors, span, message);
    }
    let min = keys.ngram_min_length.as_ref().and_then(|key| length("ngram_min_length", key, errors));
    let max = keys.ngram_max_length.as_ref().and_then(|key| length("ngram_max_length", key, errors));
    let min_length = min.unwrap_or_else(|| NGRAM_LENGTH.min(max.unwrap_or(NGRAM_LENGTH)));
    let max_length = max.unwrap_or_else(|| NGRAM_LENGTH.max(min_length));
    if max_length < min_length
        && let Some(key) = &keys.ngram_max_length
    {
        let message = format!(
            "`ngram_max_length` must be at least `ngram_min_length`, which is {min_length}, not {max_length}: \
             write `ngram_max_length = {min_length}`"
        );
        report(errors, key.value.span(), message);
    }
    TokenizerModel::Ngram { min_length, max_length, prefix_only: flag(keys.prefix_only.as_ref(), false) }
}

fn length(name: &str, key: &Keyed<LitInt>, errors: &mut Accumulator) -> Option<u32> {
    let length = positive(key);
    if length.is_none() {
        let message = format!(
            "`{name}` must be at least 1 character, not {}: write `{name} = {NGRAM_LENGTH}`",
            key.value
        );
        report(errors, key.value.span(), message);
    }
    length
}

fn of_code(keys: &FtsKeys) -> [(&'static str, Option<Span>); 4] {
    [
        ("split_identifiers", Keyed::span(&keys.split_identifiers)),
        ("split_on_numerics", Keyed::span(&keys.split_on_numerics)),
        ("preserve_original", Keyed::span(&keys.preserve_original)),
        ("index_operators", Keyed::span(&keys.index_operators)),
    ]
}

fn of_ngram(keys: &FtsKeys) -> [(&'static str, Option<Span>); 3] {
    [
        ("ngram_min_length", Keyed::span(&keys.ngram_min_length)),
        ("ngram_max_length", Keyed::span(&keys.ngram_max_length)),
        ("prefix_only", Keyed::span(&keys.prefix_only)),
    ]
}

/// Reports the options that are present, each with the rule that it breaks.
fn refuse(options: &[(&str, Option<Span>)], rule: &str, errors: &mut Accumulator) {
    for (name, span) in options {
        if let Some(span) = span {
            report(errors, *span, format!("`{name}` {rule}"));
        }
    }
}
