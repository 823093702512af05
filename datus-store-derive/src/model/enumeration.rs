//! The model of a column enum.

use proc_macro2::Ident;
use syn::Path;

/// An enum that is stored as text.
pub(crate) struct EnumModel {
    pub(crate) ident: Ident,
    /// The path of `datus_store`.
    pub(crate) krate: Path,
    /// The variants in the order written. There is at least one, and their names are distinct.
    pub(crate) variants: Vec<VariantModel>,
}

/// A variant with its stored text.
pub(crate) struct VariantModel {
    pub(crate) ident: Ident,
    pub(crate) name: String,
}
