//! Reads the keys of `#[datus(...)]`. This module reports unknown and repeated keys, and darling reads the others.
//!
//! A mistake in one key does not prevent the others from being read, so that all mistakes are reported together.

use darling::ast::NestedMeta;
use darling::error::Accumulator;
use darling::{Error, FromMeta};
use proc_macro2::TokenStream;
use syn::spanned::Spanned;
use syn::{Attribute, Expr, Meta, MetaNameValue, Path};

use crate::input::target::KeySet;
use crate::wording;

/// Reads the keys of all `#[datus(...)]` attributes in one position.
pub(super) fn read<K: FromMeta + Default>(attrs: &[Attribute], set: &KeySet, errors: &mut Accumulator) -> K {
    let mut metas = Vec::new();
    for attr in attrs.iter().filter(|attr| attr.path().is_ident("datus")) {
        match &attr.meta {
            Meta::List(list) => metas.extend(parse(list.tokens.clone(), errors)),
            Meta::Path(_) | Meta::NameValue(_) => {
                let takes = set.takes();
                let message = format!("keys are written in parentheses, as in `#[datus(key)]`: {takes}");
                errors.push(Error::custom(message).with_span(&attr.path().span()));
            }
        }
    }
    receive(metas, set, errors)
}

/// Reads the keys inside a value, such as those of `embed(...)`.
pub(super) fn read_inside<K: FromMeta + Default>(tokens: TokenStream, set: &KeySet) -> darling::Result<K> {
    let mut errors = Error::accumulator();
    let metas = parse(tokens, &mut errors);
    let keys = receive(metas, set, &mut errors);
    errors.finish_with(keys)
}

fn parse(tokens: TokenStream, errors: &mut Accumulator) -> Vec<NestedMeta> {
    let parsed = NestedMeta::parse_meta_list(tokens).map_err(|error| {
        let message = format!("{error}: write the keys as in `#[datus(key, rename = \"…\")]`");
        Error::custom(message).with_span(&error.span())
    });
    errors.handle(parsed).unwrap_or_default()
}

/// Reports the keys that cannot be read, and passes the others to darling.
fn receive<K: FromMeta + Default>(metas: Vec<NestedMeta>, set: &KeySet, errors: &mut Accumulator) -> K {
    let mut seen: Vec<String> = Vec::new();
    let mut readable: Vec<NestedMeta> = Vec::new();
    for nested in metas {
        let Some(meta) = errors.handle(recognize(nested, set, &mut seen)) else {
            continue;
        };
        let item = NestedMeta::Meta(meta);
        if errors.handle(K::from_list(std::slice::from_ref(&item))).is_some() {
            readable.push(item);
        }
    }
    errors.handle(K::from_list(&readable)).unwrap_or_default()
}

/// Checks that a key is known and not a duplicate.
fn recognize(nested: NestedMeta, set: &KeySet, seen: &mut Vec<String>) -> darling::Result<Meta> {
    let meta = match nested {
        NestedMeta::Meta(meta) => meta,
        // Each key validates its own value, so tokens that are not an expression are passed on unchanged.
        NestedMeta::NameValueInvalidExpr(pair) => Meta::NameValue(MetaNameValue {
            path: pair.path,
            eq_token: pair.eq_token,
            value: Expr::Verbatim(pair.value),
        }),
        NestedMeta::Lit(lit) => {
            let message = format!("a value without a key: {}", set.takes());
            return Err(Error::custom(message).with_span(&lit));
        }
    };
    let key = name(meta.path());
    if !set.keys.contains(&key.as_str()) {
        let message = match set.belongs(&key) {
            Some(place) => {
                let takes = wording::capitalized(&set.takes());
                format!("key `{key}` belongs {place}. {takes}")
            }
            None => wording::unknown("key", &key, set.keys, &set.takes()),
        };
        return Err(Error::custom(message).with_span(&meta.path().span()));
    }
    if seen.contains(&key) && !set.repeatable.contains(&key.as_str()) {
        let message = format!("duplicate key `{key}`: write it only once");
        return Err(Error::custom(message).with_span(&meta.path().span()));
    }
    seen.push(key);
    Ok(meta)
}

/// Returns the name of a key, as the user wrote it.
pub(super) fn name(path: &Path) -> String {
    let segments: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
    segments.join("::")
}
