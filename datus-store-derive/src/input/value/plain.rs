//! Simple values: strings, flags, numbers, names and paths.

use darling::Error;
use quote::ToTokens;
use syn::{Expr, ExprLit, Lit, LitBool, LitInt, LitStr, Meta, Path};

use super::{Value, assigned, wrong_form};
use crate::choice::{Case, Choice, IndexKind, Metric, VectorElement, VectorIndex};
use crate::input::keys;
use crate::wording;

impl Value for LitStr {
    const WHAT: &'static str = "a string literal";

    fn usage(key: &str) -> String {
        format!("{key} = \"…\"")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match assigned(meta) {
            Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => Ok(text.clone()),
            _ => Err(wrong_form::<Self>(meta)),
        }
    }
}

/// A flag, which is a key without a value.
impl Value for () {
    const WHAT: &'static str = "no value";

    fn usage(key: &str) -> String {
        match key {
            "multi" => "#[datus(embed(multi))]".to_owned(),
            "code" => "#[datus(fts(code))]".to_owned(),
            _ => format!("#[datus({key})]"),
        }
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match meta {
            Meta::Path(_) => Ok(()),
            Meta::NameValue(_) | Meta::List(_) => Err(wrong_form::<Self>(meta)),
        }
    }
}

impl Value for bool {
    const WHAT: &'static str = "`true` or `false`";

    fn usage(key: &str) -> String {
        format!("{key} = {}", key != "filter")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match assigned(meta) {
            Some(Expr::Lit(ExprLit { lit: Lit::Bool(LitBool { value, .. }), .. })) => Ok(*value),
            _ => Err(wrong_form::<Self>(meta)),
        }
    }
}

impl Value for LitInt {
    const WHAT: &'static str = "a number";

    fn usage(key: &str) -> String {
        let example = if key == "schema_version" { 2 } else { 255 };
        format!("{key} = {example}")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match assigned(meta) {
            Some(Expr::Lit(ExprLit { lit: Lit::Int(number), .. })) => Ok(number.clone()),
            _ => Err(wrong_form::<Self>(meta)),
        }
    }
}

/// A path, with or without quotes.
impl Value for Path {
    const WHAT: &'static str = "a path";

    fn usage(key: &str) -> String {
        let example = match key {
            "crate" => "::datus_store",
            "with" => "MyAdapter",
            "of" => "MyRecord",
            _ => "MyModel",
        };
        format!("{key} = {example}")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        let path = match assigned(meta) {
            Some(Expr::Path(path)) if path.qself.is_none() => Some(path.path.clone()),
            Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => text.parse().ok(),
            // `Tagged<A, B>` is a valid path for a type, but not for an expression.
            Some(Expr::Verbatim(tokens)) => syn::parse2(tokens.clone()).ok(),
            _ => None,
        };
        path.ok_or_else(|| wrong_form::<Self>(meta))
    }
}

impl Value for Case {
    const WHAT: &'static str = "the name of a case in quotes";

    fn usage(key: &str) -> String {
        format!("{key} = \"snake_case\"")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match assigned(meta) {
            Some(Expr::Lit(ExprLit { lit: Lit::Str(text), .. })) => choose(&text.value(), text),
            _ => Err(wrong_form::<Self>(meta)),
        }
    }
}

impl Value for Metric {
    const WHAT: &'static str = "the name of a metric";

    fn usage(key: &str) -> String {
        format!("{key} = cosine")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match assigned(meta) {
            Some(Expr::Path(path)) => choose_path(&path.path),
            Some(value) => Err(quoted::<Self, Self>(meta, value)),
            None => Err(wrong_form::<Self>(meta)),
        }
    }
}

impl Value for VectorElement {
    const WHAT: &'static str = "the name of an element";

    fn usage(key: &str) -> String {
        format!("{key} = f16")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match assigned(meta) {
            Some(Expr::Path(path)) => choose_path(&path.path),
            Some(value) => Err(quoted::<Self, Self>(meta, value)),
            None => Err(wrong_form::<Self>(meta)),
        }
    }
}

impl Value for VectorIndex {
    const WHAT: &'static str = "the name of a vector index";

    fn usage(key: &str) -> String {
        format!("{key} = auto")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match assigned(meta) {
            Some(Expr::Path(path)) => choose_path(&path.path),
            Some(value) => Err(quoted::<Self, Self>(meta, value)),
            None => Err(wrong_form::<Self>(meta)),
        }
    }
}

/// The value of `index`: a kind, or nothing for the default kind.
#[derive(Clone)]
pub(crate) struct IndexKey {
    pub(crate) kind: IndexKind,
}

impl Value for IndexKey {
    const WHAT: &'static str = "the name of an index kind, or nothing";

    fn usage(key: &str) -> String {
        format!("{key} = btree")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match (meta, assigned(meta)) {
            (Meta::Path(_), _) => Ok(Self { kind: IndexKind::default() }),
            (_, Some(Expr::Path(path))) => Ok(Self { kind: choose_path(&path.path)? }),
            (_, Some(value)) => Err(quoted::<Self, IndexKind>(meta, value)),
            _ => Err(wrong_form::<Self>(meta)),
        }
    }
}

/// The value of `default`: an expression, or nothing for the `Default` trait.
#[derive(Clone)]
pub(crate) enum DefaultKey {
    Trait,
    Expr(Expr),
}

impl Value for DefaultKey {
    const WHAT: &'static str = "an expression, or nothing";

    fn usage(key: &str) -> String {
        format!("{key} = String::new()")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match meta {
            Meta::Path(_) => Ok(Self::Trait),
            Meta::NameValue(pair) if !matches!(pair.value, Expr::Verbatim(_)) => {
                Ok(Self::Expr(pair.value.clone()))
            }
            Meta::NameValue(_) | Meta::List(_) => Err(wrong_form::<Self>(meta)),
        }
    }
}

/// Returns the error for a value with the wrong syntax. For a name in quotes, the error states that the name needs no quotes
/// or is unknown.
fn quoted<V: Value, T: Choice>(meta: &Meta, value: &Expr) -> Error {
    let Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) = value else { return wrong_form::<V>(meta) };
    let name = text.value();
    if let Err(unknown) = choose::<T>(&name, text) {
        return unknown;
    }
    let key = keys::name(meta.path());
    Error::custom(format!("`{key}` takes a name without quotes: write `{key} = {name}`")).with_span(text)
}

/// Finds a choice by its name without quotes.
pub(super) fn choose_path<T: Choice>(path: &Path) -> darling::Result<T> {
    choose(&path.to_token_stream().to_string().replace(' ', ""), path)
}

fn choose<T: Choice>(name: &str, tokens: &impl syn::spanned::Spanned) -> darling::Result<T> {
    let names = || T::ALL.iter().map(|(name, _)| *name);
    match T::ALL.iter().find(|(candidate, _)| *candidate == name) {
        Some((_, choice)) => Ok(*choice),
        None => {
            let valid = format!("{} {}", T::LIST, wording::list(names()));
            let message = wording::unknown(T::WHAT, name, names(), &valid);
            Err(Error::custom(message).with_span(&tokens.span()))
        }
    }
}
