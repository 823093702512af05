//! Reads a few members of the JSON details that the engine reports for an index.

use lancedb::index::scalar::FtsIndexBuilder;

use super::super::error::convert;
use crate::error::{Error, ErrorKind, Result};
use crate::record::Metric;

/// The options of a full-text index, as `#[datus(fts(…))]` writes them: `language=English,tokenizer=simple,…`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct TextOptions(String);

/// The options, each with the engine's name for it.
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

impl TextOptions {
    pub(crate) fn new(options: &str) -> Self {
        Self(options.to_owned())
    }

    /// Returns the options of a stored index, or `None` if the engine does not report them.
    pub(super) fn from_details(details: &str) -> Option<Self> {
        let options = OPTIONS.iter().map(|(name, kept)| Some(format!("{name}={}", member(details, kept)?)));
        Some(Self(options.collect::<Option<Vec<_>>>()?.join(",")))
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// Converts the options to the engine's builder.
    pub(in crate::backend) fn to_builder(&self) -> Result<FtsIndexBuilder> {
        let mut builder = FtsIndexBuilder::default();
        for pair in self.0.split(',').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').ok_or_else(|| unknown_option(pair))?;
            let flag = || value.parse::<bool>().map_err(|_| unknown_option(pair));
            builder = match name {
                "language" => builder.language(value).map_err(|error| convert(error.into()))?,
                "tokenizer" => builder.base_tokenizer(value.to_owned()),
                "stem" => builder.stem(flag()?),
                "remove_stop_words" => builder.remove_stop_words(flag()?),
                "ascii_folding" => builder.ascii_folding(flag()?),
                "lower_case" => builder.lower_case(flag()?),
                "with_position" => builder.with_position(flag()?),
                "max_token_length" => {
                    builder.max_token_length(Some(value.parse().map_err(|_| unknown_option(pair))?))
                }
                _ => return Err(unknown_option(pair)),
            };
        }
        Ok(builder)
    }
}

fn unknown_option(pair: &str) -> Error {
    let message = format!("this version does not support the full-text option `{pair}`");
    Error::new(ErrorKind::InvalidInput, message)
}

/// Returns the metric of a vector index, or `None` if an older version of the engine built it.
pub(super) fn metric(details: &str) -> Option<Metric> {
    match member(details, "metric_type")? {
        "COSINE" => Some(Metric::Cosine),
        "L2" => Some(Metric::L2),
        "DOT" => Some(Metric::Dot),
        _ => None,
    }
}

/// Returns the text of a member of a JSON object, without quotes. The names are distinct, and the values have no quotes,
/// commas or braces.
fn member<'a>(json: &'a str, name: &str) -> Option<&'a str> {
    let (_, value) = json.split_once(&format!("\"{name}\":"))?;
    match value.trim_start().strip_prefix('"') {
        Some(text) => text.split('"').next(),
        None => value.split([',', '}']).next().map(str::trim),
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test fails by a panic")]
mod tests {
    use super::*;

    #[test]
    fn options_of_an_index_have_the_form_of_an_attribute() {
        let details = r#"{"lance_tokenizer":null,"base_tokenizer":"icu/split","language":"German","with_position":true,
            "max_token_length":40,"lower_case":true,"stem":false,"remove_stop_words":true,"custom_stop_words":null,
            "ascii_folding":true,"min_ngram_length":3}"#;
        let options = "language=German,tokenizer=icu/split,stem=false,remove_stop_words=true,ascii_folding=true,\
                       lower_case=true,with_position=true,max_token_length=40";
        assert_eq!(TextOptions::from_details(details), Some(TextOptions::new(options)));
        assert_eq!(TextOptions::from_details("{}"), None);
    }

    #[test]
    fn an_unknown_option_is_an_error_that_names_it() {
        let error = TextOptions::new("stem=perhaps").to_builder().unwrap_err();
        assert!(error.message().contains("`stem=perhaps`"), "{error}");
    }

    #[test]
    fn the_metric_of_a_vector_index_is_read() {
        assert_eq!(metric(r#"{"metric_type":"COSINE","compression":{"type":"pq"}}"#), Some(Metric::Cosine));
        assert_eq!(metric("{}"), None);
    }
}
