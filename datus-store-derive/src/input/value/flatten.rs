//! `flatten`, `flatten(prefix = "…")`.

use darling::FromMeta;
use syn::{LitStr, Meta};

use super::{Keyed, Value, wrong_form};
use crate::input::keys;
use crate::input::target::FLATTEN;

/// The value of `flatten`.
#[derive(Clone, Default, FromMeta)]
pub(crate) struct FlattenKeys {
    #[darling(default)]
    pub(crate) prefix: Option<Keyed<LitStr>>,
}

impl Value for FlattenKeys {
    const WHAT: &'static str = "a prefix in parentheses, or nothing";

    fn usage(key: &str) -> String {
        format!("{key}(prefix = \"…\")")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match meta {
            Meta::Path(_) => Ok(Self::default()),
            Meta::List(list) => keys::read_inside(list.tokens.clone(), &FLATTEN),
            Meta::NameValue(_) => Err(wrong_form::<Self>(meta)),
        }
    }
}
