//! The values of keys: each says how it is written, and reads itself from what follows the key.

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

/// A value with the place of its key.
#[derive(Clone)]
pub(crate) struct Keyed<T> {
    /// The key's own token.
    pub(crate) key: Span,
    pub(crate) value: T,
}

/// What may follow a key.
pub(crate) trait Value: Sized {
    /// What the value is, in words: `text`.
    const WHAT: &'static str;

    /// How it is written after this key: `table = "…"`.
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
    /// The place of a key, if it is there.
    pub(crate) fn span(keyed: &Option<Self>) -> Option<Span> {
        keyed.as_ref().map(|keyed| keyed.key)
    }
}

/// The error for a value of another form than the key takes: at the value, or at a key without one.
fn wrong_form<T: Value>(meta: &Meta) -> Error {
    let key = keys::name(meta.path());
    let (what, usage) = (T::WHAT, T::usage(&key));
    let span = match meta {
        Meta::NameValue(pair) if !is_empty(&pair.value) => pair.value.span(),
        Meta::NameValue(_) | Meta::Path(_) | Meta::List(_) => meta.path().span(),
    };
    Error::custom(format!("`{key}` takes {what}: write `{usage}`")).with_span(&span)
}

/// The expression after `key =`, out of the invisible groups that `macro_rules!` puts around it.
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
