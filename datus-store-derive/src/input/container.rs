//! The keys on a type. Each derive takes a subset of them; see `Target`.

use darling::FromMeta;
use syn::{Ident, LitInt, LitStr, Path};

use crate::choice::Case;
use crate::input::value::Keyed;

/// The keys of a record, a column enum, a column struct or a projection.
#[derive(Default, FromMeta)]
pub(crate) struct ContainerKeys {
    #[darling(default)]
    pub(crate) table: Option<Keyed<LitStr>>,
    #[darling(default)]
    pub(crate) rename_all: Option<Keyed<Case>>,
    #[darling(default, rename = "crate")]
    pub(crate) krate: Option<Keyed<Path>>,
    #[darling(default)]
    pub(crate) key: Option<Keyed<Vec<Ident>>>,
    #[darling(default)]
    pub(crate) schema_version: Option<Keyed<LitInt>>,
    #[darling(multiple)]
    pub(crate) metadata: Vec<Keyed<Vec<(LitStr, LitStr)>>>,
    #[darling(default)]
    pub(crate) of: Option<Keyed<Path>>,
}
