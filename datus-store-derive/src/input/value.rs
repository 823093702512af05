//! Reads the values of keys. Each type of value describes its syntax and parses the tokens after the key.

mod column;
mod embed;
mod flatten;
mod fts;
mod list;
mod plain;
mod storage;
mod template;

use darling::{Error, FromMeta};
use proc_macro2::Span;
use syn::spanned::Spanned;
use syn::{Expr, Meta};

pub(crate) use self::column::ColumnKey;
pub(crate) use self::embed::EmbedKeys;
pub(crate) use self::flatten::FlattenKeys;
pub(crate) use self::fts::FtsKeys;
pub(crate) use self::plain::{DefaultKey, IndexKey};
pub(crate) use self::storage::{DecimalKey, TimestampKey};
pub(crate) use self::template::{TemplateInput, TemplateKey};
use crate::input::keys;

/// A value with the span of its key.
#[derive(Clone)]
pub(crate) struct Keyed<T> {
    /// The span of the key.
    pub(crate) key: Span,
    pub(crate) value: T,
}

/// The value of a key.
pub(crate) trait Value: Sized {
    /// The description of the value in messages, such as `a string literal`.
    const WHAT: &'static str;

    /// Returns an example of the key with a value: `table = "…"`. Messages put it in backticks.
    fn usage(key: &str) -> String;

    /// Reads the value.
    fn read(meta: &Meta) -> darling::Result<Self>;
}

impl<T: Value> FromMeta for Keyed<T> {
    fn from_meta(meta: &Meta) -> darling::Result<Self> {
        Ok(Self { key: meta.path().span(), value: T::read(meta)? })
    }
}

impl<T> Keyed<T> {
    /// Returns the span of a key, or `None` if it is absent.
    pub(crate) fn span(keyed: &Option<Self>) -> Option<Span> {
        keyed.as_ref().map(|keyed| keyed.key)
    }
}

/// Returns the error for a value with the wrong syntax, at the value, or at the key if there is no value.
fn wrong_form<T: Value>(meta: &Meta) -> Error {
    let key = keys::name(meta.path());
    let (what, usage) = (T::WHAT, T::usage(&key));
    let span = match meta {
        Meta::NameValue(pair) if !is_empty(&pair.value) => pair.value.span(),
        Meta::NameValue(_) | Meta::Path(_) | Meta::List(_) => meta.path().span(),
    };
    Error::custom(format!("`{key}` takes {what}: write `{usage}`")).with_span(&span)
}

/// Returns the expression after `key =`, without the invisible groups that `macro_rules!` adds.
fn assigned(meta: &Meta) -> Option<&Expr> {
    match meta {
        Meta::NameValue(pair) => Some(ungrouped(&pair.value)),
        Meta::Path(_) | Meta::List(_) => None,
    }
}

fn ungrouped(expr: &Expr) -> &Expr {
    match expr {
        Expr::Group(group) => ungrouped(&group.expr),
        other => other,
    }
}

fn is_empty(expr: &Expr) -> bool {
    matches!(expr, Expr::Verbatim(tokens) if tokens.is_empty())
}
