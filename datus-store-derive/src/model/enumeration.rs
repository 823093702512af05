//! The model of a column enum.

use proc_macro2::Ident;
use syn::{Path, Visibility};

/// An enum that is stored as text.
pub(crate) struct EnumModel {
    pub(crate) ident: Ident,
    pub(crate) vis: Visibility,
    /// The path of `datus_store`.
    pub(crate) krate: Path,
    /// The doc comment, `None` where there is none.
    pub(crate) description: Option<String>,
    /// In the order written; at least one, with distinct names.
    pub(crate) variants: Vec<VariantModel>,
}

/// A variant and the text that is stored for it.
pub(crate) struct VariantModel {
    pub(crate) ident: Ident,
    pub(crate) name: String,
}
