//! `column = path.to.field`.

use quote::ToTokens;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Ident, Meta, Token};

use super::{Value, assigned, wrong_form};

/// The value of `column`: the path of a field of the record, with at least one name.
#[derive(Clone)]
pub(crate) struct ColumnKey {
    pub(crate) path: Vec<Ident>,
}

impl Value for ColumnKey {
    const WHAT: &'static str = "the path of a field of the record";

    // The message puts backticks around the usage, so the inner backticks separate two examples.
    fn usage(key: &str) -> String {
        format!("{key} = title` or `{key} = location.city")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        let parser = |input: ParseStream<'_>| Punctuated::<Ident, Token![.]>::parse_separated_nonempty(input);
        let path = assigned(meta).and_then(|path| parser.parse2(path.to_token_stream()).ok());
        match path {
            Some(path) => Ok(Self { path: path.into_iter().collect() }),
            None => Err(wrong_form::<Self>(meta)),
        }
    }
}
