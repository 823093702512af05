//! `fts`, `fts(code)`, `fts(language = "English", …)`.

use darling::FromMeta;
use syn::{LitInt, LitStr, Meta};

use super::{Keyed, Value, wrong_form};
use crate::input::keys;
use crate::input::target::FTS;

/// The value of `fts`.
#[derive(Clone, Default, FromMeta)]
pub(crate) struct FtsKeys {
    #[darling(default)]
    pub(crate) code: Option<Keyed<()>>,
    #[darling(default)]
    pub(crate) language: Option<Keyed<LitStr>>,
    #[darling(default)]
    pub(crate) tokenizer: Option<Keyed<LitStr>>,
    #[darling(default)]
    pub(crate) stem: Option<Keyed<bool>>,
    #[darling(default)]
    pub(crate) remove_stop_words: Option<Keyed<bool>>,
    #[darling(default)]
    pub(crate) stop_words: Option<Keyed<Vec<LitStr>>>,
    #[darling(default)]
    pub(crate) ascii_folding: Option<Keyed<bool>>,
    #[darling(default)]
    pub(crate) lower_case: Option<Keyed<bool>>,
    #[darling(default)]
    pub(crate) with_position: Option<Keyed<bool>>,
    #[darling(default)]
    pub(crate) max_token_length: Option<Keyed<LitInt>>,
    #[darling(default)]
    pub(crate) split_identifiers: Option<Keyed<bool>>,
    #[darling(default)]
    pub(crate) split_on_numerics: Option<Keyed<bool>>,
    #[darling(default)]
    pub(crate) preserve_original: Option<Keyed<bool>>,
    #[darling(default)]
    pub(crate) index_operators: Option<Keyed<bool>>,
    #[darling(default)]
    pub(crate) ngram_min_length: Option<Keyed<LitInt>>,
    #[darling(default)]
    pub(crate) ngram_max_length: Option<Keyed<LitInt>>,
    #[darling(default)]
    pub(crate) prefix_only: Option<Keyed<bool>>,
}

impl Value for FtsKeys {
    const WHAT: &'static str = "options in parentheses, or nothing";

    fn usage(key: &str) -> String {
        format!("{key}(language = \"English\")")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match meta {
            Meta::Path(_) => Ok(Self::default()),
            Meta::List(list) => keys::read_inside(list.tokens.clone(), &FTS),
            Meta::NameValue(_) => Err(wrong_form::<Self>(meta)),
        }
    }
}
