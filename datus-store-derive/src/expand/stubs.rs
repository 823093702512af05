//! What a failed derive emits instead of its code, so that one mistake shows as one error.

use proc_macro2::{Ident, TokenStream};
use syn::{Generics, Path};

/// Emits the stubs of a record.
pub(crate) fn record(_ident: &Ident, _generics: &Generics, _krate: &Path) -> TokenStream {
    TokenStream::new()
}

/// Emits the stubs of a column enum.
pub(crate) fn enumeration(_ident: &Ident, _generics: &Generics, _krate: &Path) -> TokenStream {
    TokenStream::new()
}

/// Emits the stubs of a nested struct or a newtype.
pub(crate) fn structure(_ident: &Ident, _generics: &Generics, _krate: &Path) -> TokenStream {
    TokenStream::new()
}
