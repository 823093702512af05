//! `embed`, `embed(model = Path, column = "…", metric = cosine, index = auto, element = f32, template = "…")`, `embed(multi)`.

use darling::FromMeta;
use syn::{LitStr, Meta, Path};

use super::{Keyed, TemplateKey, Value, wrong_form};
use crate::choice::{Metric, VectorElement, VectorIndex};
use crate::input::keys;
use crate::input::target::EMBED;

/// The value of `embed`.
#[derive(Clone, Default, FromMeta)]
pub(crate) struct EmbedKeys {
    #[darling(default)]
    pub(crate) multi: Option<Keyed<()>>,
    #[darling(default)]
    pub(crate) model: Option<Keyed<Path>>,
    #[darling(default)]
    pub(crate) column: Option<Keyed<LitStr>>,
    #[darling(default)]
    pub(crate) metric: Option<Keyed<Metric>>,
    #[darling(default)]
    pub(crate) index: Option<Keyed<VectorIndex>>,
    #[darling(default)]
    pub(crate) element: Option<Keyed<VectorElement>>,
    #[darling(default)]
    pub(crate) template: Option<Keyed<TemplateKey>>,
}

impl Value for EmbedKeys {
    const WHAT: &'static str = "keys in parentheses, or nothing";

    fn usage(key: &str) -> String {
        format!("{key}(model = MyModel, metric = cosine)")
    }

    fn read(meta: &Meta) -> darling::Result<Self> {
        match meta {
            Meta::Path(_) => Ok(Self::default()),
            Meta::List(list) => keys::read_inside(list.tokens.clone(), &EMBED),
            Meta::NameValue(_) => Err(wrong_form::<Self>(meta)),
        }
    }
}
