//! Lists in parentheses: `key(a, b)`, `metadata("k" = "v")`, `stop_words("a", "b")`.

use syn::ext::IdentExt;
use syn::parse::ParseStream;
use syn::punctuated::Punctuated;
use syn::{Ident, LitStr, Meta, Token};

use super::{Value, wrong_form};

/// `key(a, b)`.
impl Value for Vec<Ident> {
    const WHAT: &'static str = "field names in parentheses";

    fn usage(key: &str) -> String {
        format!("{key}(a, b)")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        // Keywords are accepted too, because a raw identifier may be written without its `r#`.
        parse_list(meta, Ident::parse_any).ok_or_else(|| wrong_form::<Self>(meta))
    }
}

/// `metadata("k" = "v")`.
impl Value for Vec<(LitStr, LitStr)> {
    const WHAT: &'static str = "pairs of string literals in parentheses";

    fn usage(key: &str) -> String {
        format!("{key}(\"name\" = \"value\")")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        parse_list(meta, pair).ok_or_else(|| wrong_form::<Self>(meta))
    }
}

/// `key("a", "b")`.
impl Value for Vec<LitStr> {
    const WHAT: &'static str = "string literals in parentheses";

    fn usage(key: &str) -> String {
        format!("{key}(\"a\", \"b\")")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        parse_list(meta, |input| input.parse()).ok_or_else(|| wrong_form::<Self>(meta))
    }
}

fn pair(input: ParseStream<'_>) -> syn::Result<(LitStr, LitStr)> {
    let name = input.parse()?;
    input.parse::<Token![=]>()?;
    Ok((name, input.parse()?))
}

/// Parses a comma-separated list in parentheses, with an optional trailing comma.
fn parse_list<T>(meta: &Meta, item: fn(ParseStream<'_>) -> syn::Result<T>) -> Option<Vec<T>> {
    let Meta::List(list) = meta else {
        return None;
    };
    let parser = |input: ParseStream<'_>| Punctuated::<T, Token![,]>::parse_terminated_with(input, item);
    let items = list.parse_args_with(parser).ok()?;
    Some(items.into_iter().collect())
}
