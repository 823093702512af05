//! Reads some members of the JSON details that the engine reports for an index.

use std::collections::BTreeSet;

use lancedb::index::scalar::FtsIndexBuilder;

use super::super::error::convert;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Metric;

/// The options of a full-text index in the syntax of `#[datus(fts(…))]`: `language=English,tokenizer=simple,…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextOptions(String);

/// The options of every full-text index, each with the engine's name for it.
const OPTIONS: [(&str, &str); 8] = [
    ("language", "language"),
    ("tokenizer", "base_tokenizer"),
    ("stem", "stem"),
    ("remove_stop_words", "remove_stop_words"),
    ("ascii_folding", "ascii_folding"),
    ("lower_case", "lower_case"),
    ("with_position", "with_position"),
    ("max_token_length", "max_token_length"),
];

/// The additional options of the `code` tokenizer.
const CODE: [(&str, &str); 4] = [
    ("split_identifiers", "split_identifiers"),
    ("split_on_numerics", "split_on_numerics"),
    ("preserve_original", "preserve_original"),
    ("index_operators", "index_operators"),
];

/// The additional options of the `ngram` tokenizer.
const NGRAM: [(&str, &str); 3] = [
    ("ngram_min_length", "min_ngram_length"),
    ("ngram_max_length", "max_ngram_length"),
    ("prefix_only", "prefix_only"),
];

/// The last option: the stop words, separated by spaces. If it is absent, the stop words are those of the language.
const STOP_WORDS: &str = "stop_words";

impl TextOptions {
    /// Returns the options that a field declares, with the stop words in the form in which an index stores them.
    ///
    /// # Errors
    /// `InvalidInput` for a stop word that the tokenizer does not turn into exactly one token.
    pub(crate) fn declared(options: &str) -> Result<Self> {
        let Some((others, words)) = options.split_once(&format!(",{STOP_WORDS}=")) else {
            return Ok(Self(options.to_owned()));
        };
        let mut kept = BTreeSet::new();
        // The engine compares stop words with lowercase, stemmed tokens, so `tables` as written would remove no token.
        let tokens = Self(others.to_owned()).to_builder()?.remove_stop_words(false).ascii_folding(false);
        let mut tokenizer = tokens.build().map_err(|error| convert(error.into()))?;
        for word in words.split(' ') {
            let mut stream = tokenizer.token_stream_for_search(word);
            let mut is_word = false;
            while let Some(token) = stream.try_next().map_err(|_| not_a_word(word))? {
                if (token.offset_from, token.offset_to) == (0, word.len()) {
                    kept.insert(token.text.clone());
                    is_word = true;
                }
            }
            if !is_word {
                return Err(not_a_word(word));
            }
        }
        let kept: Vec<String> = kept.into_iter().collect();
        Ok(Self(format!("{others},{STOP_WORDS}={}", kept.join(" "))))
    }

    /// Returns the options of a stored index, or `None` if the engine does not report them.
    pub(super) fn from_details(details: &str) -> Option<Self> {
        let of_tokenizer = match member(details, "base_tokenizer")? {
            "code" => &CODE[..],
            "ngram" => &NGRAM[..],
            _ => &[],
        };
        let options = OPTIONS.iter().chain(of_tokenizer);
        let options = options.map(|(name, kept)| Some(format!("{name}={}", member(details, kept)?)));
        let mut options = options.collect::<Option<Vec<_>>>()?.join(",");
        if let Some(mut words) = words(details, "custom_stop_words")? {
            words.sort_unstable();
            options += &format!(",{STOP_WORDS}={}", words.join(" "));
        }
        Some(Self(options))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns `true` if indexes with these options split texts into the same tokens. Options that do not affect the tokens
    /// may differ.
    pub(crate) fn tokenizes_like(&self, other: &Self) -> bool {
        let of_tokens = |options: &Self| {
            let pairs = options.0.split(',').filter(|pair| !pair.starts_with("with_position="));
            pairs.map(str::to_owned).collect::<Vec<_>>()
        };
        of_tokens(self) == of_tokens(other)
    }

    /// Converts the options to the engine's builder.
    pub(in crate::backend) fn to_builder(&self) -> Result<FtsIndexBuilder> {
        let mut builder = FtsIndexBuilder::default();
        for pair in self.0.split(',').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| unknown_option(pair))?;
            let flag = || value.parse::<bool>().map_err(|_| unknown_option(pair));
            let number = || value.parse::<u32>().map_err(|_| unknown_option(pair));
            builder = match name {
                "language" => builder.language(value).map_err(|error| convert(error.into()))?,
                // This must come before the other options, because it sets some of them.
                "tokenizer" => builder.base_tokenizer(value.to_owned()),
                "stem" => builder.stem(flag()?),
                "remove_stop_words" => builder.remove_stop_words(flag()?),
                "ascii_folding" => builder.ascii_folding(flag()?),
                "lower_case" => builder.lower_case(flag()?),
                "with_position" => builder.with_position(flag()?),
                // An index that another program built may have no limit.
                "max_token_length" if value == "null" => builder.max_token_length(None),
                "max_token_length" => builder.max_token_length(Some(number()? as usize)),
                "split_identifiers" => builder.split_identifiers(flag()?),
                "split_on_numerics" => builder.split_on_numerics(flag()?),
                "preserve_original" => builder.preserve_original(flag()?),
                "index_operators" => builder.index_operators(flag()?),
                "ngram_min_length" => builder.ngram_min_length(number()?),
                "ngram_max_length" => builder.ngram_max_length(number()?),
                "prefix_only" => builder.ngram_prefix_only(flag()?),
                STOP_WORDS => {
                    let words = value.split(' ').filter(|word| !word.is_empty()).map(str::to_owned);
                    builder.custom_stop_words(Some(words.collect()))
                }
                _ => return Err(unknown_option(pair)),
            };
        }
        Ok(builder)
    }
}

fn not_a_word(word: &str) -> Error {
    let message = format!("the tokenizer does not turn the stop word `{word}` into exactly one token");
    Error::new(ErrorKind::InvalidInput, message)
        .with_help("write its words separately, as in `#[datus(fts(stop_words(\"a\", \"b\")))]`")
}

fn unknown_option(pair: &str) -> Error {
    let message = format!("this version does not support the full-text option `{pair}`");
    Error::new(ErrorKind::InvalidInput, message)
}

/// Returns the metric of a vector index, or `None` if the details lack it because an older engine version built the index.
pub(super) fn metric(details: &str) -> Option<Metric> {
    match member(details, "metric_type")? {
        "COSINE" => Some(Metric::Cosine),
        "L2" => Some(Metric::L2),
        "DOT" => Some(Metric::Dot),
        _ => None,
    }
}

/// Returns the value of a member of a JSON object, without quotes. The names must be distinct, and the values must not contain
/// quotes, commas or braces.
fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = json.split_once(&format!("\"{name}\":"))?;
    match value.trim_start().strip_prefix('"') {
        Some(text) => text.split('"').next(),
        None => value.split([',', '}']).next().map(str::trim),
    }
}

/// Returns the strings of a member that is a list. Returns `Some(None)` if the member is null or absent, and `None` if the
/// member cannot be read. None of the tokenizers that this crate uses produces a word with escapes or commas.
fn words<'a>(json: &'a str, name: &str) -> Option<Option<Vec<&'a str>>> {
    let Some((_, value)) = json.split_once(&format!("\"{name}\":")) else { return Some(None) };
    let Some(list) = value.trim_start().strip_prefix('[') else { return Some(None) };
    let (list, _) = list.split_once(']')?;
    if list.contains('\\') {
        return None;
    }
    let texts = list.split(',').map(str::trim).filter(|text| !text.is_empty());
    let texts = texts.map(|text| text.strip_prefix('"')?.strip_suffix('"'));
    Some(Some(texts.collect::<Option<Vec<_>>>()?))
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;

    #[test]
    fn options_of_an_index_have_the_form_of_an_attribute() {
        let details = r#"{"lance_tokenizer":null,"base_tokenizer":"icu/split","language":"German","with_position":true,
            "max_token_length":40,"lower_case":true,"stem":false,"remove_stop_words":true,"custom_stop_words":null,
            "ascii_folding":true,"min_ngram_length":3}"#;
        let options = "language=German,tokenizer=icu/split,stem=false,remove_stop_words=true,ascii_folding=true,\
                       lower_case=true,with_position=true,max_token_length=40";
        assert_eq!(TextOptions::from_details(details), Some(TextOptions(options.to_owned())));
        assert_eq!(TextOptions::from_details("{}"), None);
    }

    /// Returns the details of an index that is built with these options, as the engine prints them.
    fn details(options: &str) -> String {
        let builder = TextOptions::declared(options).unwrap().to_builder().unwrap();
        builder.to_training_json().unwrap().to_string()
    }

    const WORDS: &str = "stem=true,remove_stop_words=true,ascii_folding=true,lower_case=true,with_position=false,\
                         max_token_length=255";

    #[test]
    fn declared_options_are_those_of_the_index_that_they_build() {
        for options in [
            format!("language=German,tokenizer=simple,{WORDS}"),
            format!(
                "language=English,tokenizer=code,{WORDS},split_identifiers=true,split_on_numerics=false,\
                 preserve_original=true,index_operators=true"
            ),
            format!(
                "language=English,tokenizer=ngram,{WORDS},ngram_min_length=2,ngram_max_length=9,prefix_only=true"
            ),
        ] {
            assert_eq!(TextOptions::from_details(&details(&options)), Some(TextOptions(options)));
        }
    }

    #[test]
    fn stop_words_are_stored_as_the_tokenizer_leaves_them() {
        let declared = format!("language=English,tokenizer=simple,{WORDS},stop_words=Tables the");
        let stored = TextOptions::declared(&declared).unwrap();
        assert_eq!(stored.as_str(), format!("language=English,tokenizer=simple,{WORDS},stop_words=tabl the"));
        assert_eq!(TextOptions::from_details(&details(&declared)), Some(stored));
        let error = TextOptions::declared(&format!("{declared} order_id")).unwrap_err();
        assert!(error.message().contains("`order_id`"), "{error}");
        let code = declared.replace("simple", "code").replace("Tables", "order_id");
        assert!(TextOptions::declared(&code).unwrap().as_str().ends_with(",stop_words=order_id the"));
    }

    #[test]
    fn stop_words_that_cannot_be_read_are_unknown_options() {
        let details = details(&format!("language=English,tokenizer=simple,{WORDS}"));
        let with = |words: &str| {
            details.replace("\"custom_stop_words\":null", &format!("\"custom_stop_words\":{words}"))
        };
        assert!(TextOptions::from_details(&with("[]")).unwrap().as_str().ends_with(",stop_words="));
        assert!(
            TextOptions::from_details(&with(r#"["b","a"]"#)).unwrap().as_str().ends_with(",stop_words=a b")
        );
        for words in [r#"["a\"b"]"#, r#"["a,b"]"#] {
            assert_eq!(TextOptions::from_details(&with(words)), None, "{words}");
        }
    }

    #[test]
    fn tokens_do_not_depend_on_positions() {
        let options = |rest: &str| TextOptions(format!("tokenizer=simple,with_position={rest}"));
        assert!(options("true,stem=true").tokenizes_like(&options("false,stem=true")));
        assert!(!options("true,stem=true").tokenizes_like(&options("true,stem=false")));
    }

    #[test]
    fn an_unknown_option_is_an_error_that_names_it() {
        let error = TextOptions("stem=perhaps".to_owned()).to_builder().unwrap_err();
        assert!(error.message().contains("`stem=perhaps`"), "{error}");
    }

    #[test]
    fn the_metric_of_a_vector_index_is_read() {
        assert_eq!(metric(r#"{"metric_type":"COSINE","compression":{"type":"pq"}}"#), Some(Metric::Cosine));
        assert_eq!(metric("{}"), None);
    }
}
