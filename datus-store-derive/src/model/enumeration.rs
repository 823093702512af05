//! The model of a column enum.

use proc_macro2::Ident;
use syn::Path;

/// An enum that is stored as text.
pub(crate) struct EnumModel {
    pub(crate) ident: Ident,
    /// The path of `datus_store`.
    pub(crate) krate: Path,
    /// In the order written; at least one, with distinct names.
    pub(crate) variants: Vec<VariantModel>,
}

/// A variant and the text that is stored for it.
pub(crate) struct VariantModel {
    pub(crate) ident: Ident,
    pub(crate) name: String,
}
